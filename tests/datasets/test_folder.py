"""Anyone's images: layouts, classes, parts, subjects, and what is said about mistakes."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds, official
from fer_lib.errors import InputError

from .test_fingerprints import pictures

PEOPLE = ("anna", "ben", "cleo")
PHOTOGRAPHS = pictures(12, seed=5, size=60)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "raw" / "folder"
    folder.mkdir(parents=True)
    return folder


def put(root, *paths):
    """One photograph after the other."""
    for image, path in zip(PHOTOGRAPHS, paths, strict=False):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / path)


def test_classes_are_the_folders(root, tmp_path, capsys):
    put(root, "sad/b.png", "happy/z.jpg", "happy/a.bmp", "sad/deep/er/c.png")
    (root / "sad" / "notes.txt").write_text("who is who")
    (root / "sad" / ".DS_Store").write_text("")
    (root / "__MACOSX").mkdir()
    faces = load_dataset("folder", tmp_path)
    assert faces.name == "folder" and faces.classes == ("happy", "sad")
    assert faces.samples["sample_id"].tolist() == ["happy/a.bmp", "happy/z.jpg", "sad/b.png", "sad/deep/er/c.png"]
    assert faces.labels.tolist() == [0, 0, 1, 1] and faces.images.shape == (4, 48, 48)
    assert set(faces.samples["split"]) == {"whole"} and set(faces.samples["subject"]) == {""}
    assert "1 files are no images" in capsys.readouterr().out and faces.card["left_out"] == {"other files": 1}


def test_equal_and_nearly_equal_images_are_grouped(root, tmp_path):
    put(root, "a/0.png", "a/1.png")
    Image.fromarray(PHOTOGRAPHS[0]).save(root / "a" / "2.png")
    Image.fromarray((PHOTOGRAPHS[0] * 0.7).astype(np.uint8)).save(root / "a" / "3.png")
    faces = load_dataset("folder", tmp_path)
    assert faces.samples["duplicate_group"].tolist() == [0, 1, 0, 2]
    assert faces.samples["near_duplicate_group"].tolist() == [0, 1, 0, 0]


def test_options_decide_size_colour_and_place(root, tmp_path):
    put(tmp_path / "elsewhere", "a/0.png", "b/1.png")
    faces = load_dataset("folder", tmp_path, path=str(tmp_path / "elsewhere"), size=32, channels="rgb", resize="crop")
    assert faces.images.shape == (2, 32, 32, 3) and faces.name.startswith("folder-")
    put(root, "inner/a/0.png")
    assert len(load_dataset("folder", tmp_path, path="inner")) == 1


def test_parts_above_the_classes(root, tmp_path):
    put(root, "Train/happy/0.png", "Train/sad/1.png", "val/happy/2.png", "test/sad/3.png", "test/happy/4.png")
    faces = load_dataset("folder", tmp_path)
    assert faces.classes == ("happy", "sad")
    assert official(faces.samples).tolist() == ["train", "train", "test", "test", "validation"]
    assert make_folds("official", faces).tolist() == [-1, -1, 0, 0, -1]


def test_subjects_by_a_pattern(root, tmp_path):
    put(root, *(f"{name}/{person}_{k}.png" for k, name in enumerate(("happy", "sad")) for person in PEOPLE))
    faces = load_dataset("folder", tmp_path, subjects="^([a-z]+)_")
    assert faces.samples["subject"].tolist() == [*PEOPLE, *PEOPLE]
    assert load_dataset("folder", tmp_path, subjects="^[a-z]").samples["subject"].tolist() == list("abcabc")
    folds = make_folds("subject", faces, 3)
    assert folds[:3].tolist() == folds[3:].tolist() and set(folds) == {0, 1, 2}
    with pytest.raises(InputError, match=r"happy/anna_0\.png: '_\(7\)' finds no subject in 'anna_0\.png'"):
        load_dataset("folder", tmp_path, subjects="_(7)")
    with pytest.raises(InputError, match=r"subjects '\(' is no regular expression"):
        load_dataset("folder", tmp_path, subjects="(")


def test_the_pattern_sees_the_path_below_the_class(root, tmp_path):
    put(root, "train/sad/s01/x.png", "test/sad/s02/x.png")
    faces = load_dataset("folder", tmp_path, subjects="^(s..)/")
    assert faces.samples["subject"].tolist() == ["s02", "s01"]


def test_subjects_by_a_table(root, tmp_path):
    put(root, "happy/0.png", "sad/1.png")
    (root / "who.csv").write_text("file,subject\nsad/1.png,ben\nhappy/0.png,anna\nmore/2.png,cleo\n")
    faces = load_dataset("folder", tmp_path, subjects="who.csv")
    assert faces.samples["subject"].tolist() == ["anna", "ben"]
    (root / "who.csv").write_text("file,subject\nsad/1.png,anna\nhappy/0.png,anna\n")
    assert load_dataset("folder", tmp_path, subjects="who.csv").samples["subject"].tolist() == ["anna", "anna"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "no such file, expected columns file,subject"),
        (b"", "not a table, expected columns file,subject"),
        (b"name,who\na,b\n", "no columns file,subject in the first line"),
        (b"file,subject\nsad/1.png,ben\n", "no subject for 'happy/0.png'"),
        (b"file,subject\nsad/1.png,ben\nhappy/0.png,\n", "no subject for 'happy/0.png'"),
        (b"file,subject\nsad/1.png,ben\nsad/1.png,anna\n", "'sad/1.png' stands in two rows, expected one"),
    ],
)
def test_a_wrong_table_of_subjects_is_told(root, tmp_path, content, sentence):
    put(root, "happy/0.png", "sad/1.png")
    if content is not None:
        (root / "who.csv").write_bytes(content)
    with pytest.raises(InputError, match=rf"raw/folder/who\.csv: {sentence}"):
        load_dataset("folder", tmp_path, subjects="who.csv")


def test_what_is_wrong_with_the_folder_is_told_and_nothing_written(root, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load_dataset("folder", tmp_path, **options)
        assert not (tmp_path / "prepared").exists()

    refused(r"raw/folder: no folders, expected one per class")
    (root / "happy").mkdir()
    refused(r"raw/folder/happy: no images, expected files ending in \.png, ")
    put(root, "happy/0.png", "train/sad/1.png")
    refused(r"raw/folder: train beside happy; expected either parts \(train, validation, test\) or classes")
    (root / "happy" / "1.png").write_bytes(b"")
    (root / "train" / "sad" / "1.png").rename(root / "happy" / "2.png")
    (root / "train" / "sad").rmdir()
    (root / "train").rmdir()
    refused(r"raw/folder/happy/1\.png: empty file, expected an image")
    refused(r"raw/folder/nowhere: no such folder", path="nowhere")
    refused("folder: size 4, expected 8…1024", size=4)
    refused("folder: channels 'gray', expected one of grey, rgb; did you mean 'grey'", channels="gray")
    refused("folder: resize 'fit', expected one of stretch, pad, crop", resize="fit")


def test_a_new_image_is_noticed(root, tmp_path):
    put(root, "happy/0.png")
    assert len(load_dataset("folder", tmp_path)) == 1
    put(root, "happy/0.png", "happy/1.png")
    assert len(load_dataset("folder", tmp_path)) == 2
