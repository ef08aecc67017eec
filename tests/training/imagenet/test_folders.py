"""What lies on disk, as a network sees it."""

import numpy as np
import pytest
import torch
from PIL import Image

from fer_lib.errors import InputError
from fer_lib.training.imagenet.folders import Photographs, both_parts

from .conftest import CLASSES, quick, write_photographs


def test_both_parts_have_the_classes_in_order(photographs):
    train, val = both_parts(photographs, quick())
    assert train.classes == val.classes == CLASSES and (len(train), len(val)) == (25, 7)


def test_the_centre_is_scored(photographs):
    _, val = both_parts(photographs, quick(image_size=12, resize=20))
    image, label = val[(0, 0)]
    pixels = np.asarray(Image.open(photographs / "val" / "beach" / "0.png"))
    assert label == 0 and image.dtype == torch.uint8
    assert np.array_equal(image.permute(1, 2, 0).numpy(), pixels[4:16, 6:18])


def test_random_parts_depend_on_seed_epoch_and_position_alone(photographs):
    one, same = (Photographs(photographs, "train", quick()) for _ in range(2))
    other = Photographs(photographs, "train", quick(seed=1))
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = one[(4, 1)][0]
    assert torch.equal(before, torch.get_rng_state())  # dropout goes on undisturbed
    same[(5, 1)]
    assert torch.equal(first, same[(4, 1)][0]) and first.shape == (3, 16, 16)
    assert not torch.equal(first, one[(4, 2)][0]) and not torch.equal(first, other[(4, 1)][0])


def test_the_fingerprint_is_of_names(photographs, tmp_path):
    same = write_photographs(tmp_path / "same")
    one = Photographs(photographs, "train", quick()).fingerprint()
    assert one == Photographs(same, "train", quick()).fingerprint()
    (same / "train" / "night" / "7.png").rename(same / "train" / "night" / "8.png")
    assert one != Photographs(same, "train", quick()).fingerprint()


def remove(folder, *names):
    for path in sorted(folder.joinpath(*names).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda f: f.rename(f.with_name("moved")), "scenes: no such folder, expected one with train/ and val/"),
        (lambda f: (f / "val").rename(f / "test"), "scenes: no folder val/, expected train/ and val/, each with"),
        (lambda f: remove(f, "train"), "scenes/train: no folders, expected one for each class"),
        (lambda f: remove(f, "val", "night"), "scenes/val: no photograph of night, expected some of each class"),
        (
            lambda f: (f / "val" / "night").rename(f / "val" / "nacht"),
            "scenes: night in train/ alone; nacht in val/ alone, expected the same classes in train/ and val/",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, spoil, sentence):
    folder = write_photographs(tmp_path / "scenes", (1, 1, 1), (1, 1, 1))
    spoil(folder)
    with pytest.raises(InputError, match=sentence):
        both_parts(folder, quick())


def test_a_single_class_is_refused(tmp_path):
    folder = write_photographs(tmp_path / "scenes", (2,), (2,), ("beach",))
    with pytest.raises(InputError, match="scenes: a single class, expected at least 2"):
        both_parts(folder, quick())


@pytest.mark.parametrize("content", [b"", b"no photograph", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    folder = write_photographs(tmp_path / "scenes", (1, 1, 1), (1, 1, 1))
    path = folder / "train" / "beach" / "0.png"
    path.write_bytes(path.read_bytes()[:300] if content is None else content)
    said = Photographs(folder, "train", quick())[(0, 1)]
    assert isinstance(said, InputError) and "\n" not in str(said)
    assert str(said).startswith(f"{path}: not a readable photograph (") and str(said).endswith("repair or delete it")
