import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.training.batches import Batches, normalise, share_rows

CPU = torch.device("cpu")


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


def test_float64_is_normalised_in_float64():
    every = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    exact = normalise(every, torch.float64)
    assert exact.dtype == torch.float64
    assert np.abs(exact[:, 0].numpy() - normalise_slowly(every.numpy())).max() < 1e-15


def test_a_batch_has_the_asked_format(make_batches):
    images = np.zeros((3, 48, 48), np.uint8)
    batches = Batches(images, images, np.arange(3), 3, CPU, torch.float64)
    assert {values.dtype for values in batches[torch.tensor([0])][0]} == {torch.float64}
    assert make_batches(np.arange(3))[torch.tensor([0])][0][0].dtype == torch.float32


def random_rows(count, shape, seed):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from([(2, 2), (2, 3), (2, 2, 3), None]), st.booleans()), min_size=1
    )
)
def test_shared_rows_hold_what_each_array_holds(plan):
    """Arrays that occur again lie there once; None stays None."""
    arrays = []
    for seed, (count, shape, again) in enumerate(plan):
        arrays.append(None if shape is None else random_rows(count, shape, seed))
        if again:
            arrays.append(arrays[seed % len(arrays)])
    shared = share_rows(arrays, CPU)
    for array, rows in zip(arrays, shared, strict=True):
        assert rows is None if array is None else np.array_equal(rows.numpy(), array)
    for shape in {array.shape[1:] for array in arrays if array is not None}:
        alike = [i for i, array in enumerate(arrays) if array is not None and array.shape[1:] == shape]
        distinct = {id(arrays[i]): len(arrays[i]) for i in alike}
        storages = {shared[i].untyped_storage().data_ptr() for i in alike}
        assert len(storages) == 1
        assert shared[alike[0]].untyped_storage().nbytes() == sum(distinct.values()) * int(np.prod(shape))


def test_two_views_of_one_array_are_two_arrays():
    rows = random_rows(6, (2, 2), 0)
    parts = [rows[:3], rows[::2], rows[:3], rows[:, ::-1], rows]
    for part, found in zip(parts, share_rows(parts, CPU), strict=True):
        assert np.array_equal(found.numpy(), part)


def test_shared_rows_are_copies_of_the_arrays():
    array = random_rows(2, (2, 2), 0)
    (rows,) = share_rows([array], CPU)
    rows.fill_(9)
    assert not (array == 9).all()


def test_rows_on_the_device_are_not_copied_again():
    images, guidance = share_rows([random_rows(3, (2, 2), 0), random_rows(3, (2, 2), 1)], CPU)
    batches = Batches(images, guidance, np.arange(3), 3, CPU)
    assert batches.images.data_ptr() == images.data_ptr() and batches.guidance.data_ptr() == guidance.data_ptr()


@pytest.mark.parametrize("nothing", [[], [None, None]])
def test_nothing_to_share(nothing):
    assert share_rows(nothing, CPU) == nothing
