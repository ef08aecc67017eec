import numpy as np
import torch

from fer_lib.training.batches import normalise


def normalise_slowly(images):
    """(x/255 − 0.5)/0.5, pixel by pixel."""
    out = np.empty(images.shape, np.float64)
    for place, value in np.ndenumerate(images):
        out[place] = (int(value) / 255 - 0.5) / 0.5
    return out


def test_normalise_equals_its_slow_twin():
    grey = np.random.default_rng(0).integers(0, 256, (3, 5, 4), dtype=np.uint8)
    result = normalise(torch.from_numpy(grey))
    assert result.shape == (3, 1, 5, 4) and result.dtype == torch.float32
    assert np.abs(result[:, 0].numpy() - normalise_slowly(grey)).max() < 1e-6


def test_normalise_puts_colour_channels_first():
    colour = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)
    result = normalise(torch.from_numpy(colour))
    assert result.shape == (2, 3, 5, 4)
    assert result.is_contiguous(memory_format=torch.channels_last)
    assert np.abs(result.permute(0, 2, 3, 1).numpy() - normalise_slowly(colour)).max() < 1e-6


def test_normalised_range_is_exact():
    every = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    result = normalise(every).flatten()
    assert result.min() == -1 and result.max() == 1
    assert (result.diff() > 0).all()


def test_normalise_leaves_its_input_alone():
    images = torch.full((1, 2, 2), 7, dtype=torch.uint8)
    normalise(images)
    assert images.eq(7).all()


def test_a_batch_holds_the_asked_rows_in_order(make_batches):
    labels = np.array([0, 1, 2, 0, 1, 2])
    guidance = np.stack([np.full((48, 48), 40 * i, np.uint8) for i in range(6)])
    batches = make_batches(labels, guidance)
    (image, guide), truth = batches[torch.tensor([4, 0, 2])]
    assert truth.tolist() == [1, 0, 2]
    assert torch.equal(guide[:, 0, 0, 0], torch.tensor([160.0, 0.0, 80.0]) / 127.5 - 1)
    assert torch.equal(image, normalise(batches.images[[4, 0, 2]]))


def test_without_guidance_a_batch_has_one_input(make_batches):
    inputs, _ = make_batches(np.array([0, 1, 2]))[torch.tensor([0])]
    assert len(inputs) == 1


def test_read_only_memory_maps_are_taken(tmp_path, make_batches):
    np.save(tmp_path / "images.npy", np.zeros((3, 48, 48), np.uint8))
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    batches = make_batches(np.array([0, 1, 2]), images=images)
    batches.images.fill_(9)  # a copy of its own: the file stays as it was
    assert np.load(tmp_path / "images.npy").max() == 0
