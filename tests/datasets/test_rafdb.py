"""RAF-DB: the list and the aligned images."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.labels import EXPRESSIONS, label_space, polarity
from fer_lib.datasets.rafdb import CLASSES, read_partition
from fer_lib.errors import InputError

from .affectnet_tree import picture

LINES = [f"train_{k:05d}.jpg {1 + k % 7}" for k in range(14)] + [f"test_{k:04d}.jpg {7 - k % 7}" for k in range(7)]


def put(root, lines=LINES, lists="EmoLabel"):
    (root / lists).mkdir(parents=True, exist_ok=True)
    (root / lists / "list_patition_label.txt").write_text("\n".join(lines) + "\n")
    (root / "Image" / "aligned").mkdir(parents=True, exist_ok=True)
    for seed, line in enumerate(lines):
        name = line.split()[0].removesuffix(".jpg")
        picture(seed, (100, 100)).save(root / "Image" / "aligned" / f"{name}_aligned.jpg")


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw" / "rafdb"


@pytest.mark.filterwarnings("ignore:.*not the whole public set")
@pytest.mark.parametrize(("inside", "lists"), [("", "EmoLabel"), ("basic", "EmoLabel"), ("", "")])
def test_where_the_publisher_puts_things(raw, tmp_path, inside, lists):
    put(raw / inside, lists=lists)
    faces = load_dataset("rafdb", tmp_path)
    assert faces.images.shape == (21, 48, 48) and faces.classes == CLASSES
    assert faces.samples["sample_id"].tolist() == [line.split(".")[0] for line in LINES]
    assert faces.labels.tolist() == [int(line[-1]) - 1 for line in LINES]
    assert faces.samples["split"].tolist() == ["train"] * 14 + ["test"] * 7
    assert faces.card["public_file"] is False and len(faces.card["raw_files"]) == 2
    assert np.array_equal(np.flatnonzero(make_folds("official", faces) == 0), np.arange(14, 21))


@pytest.mark.filterwarnings("ignore:.*not the whole public set")
def test_options_and_pixels(raw, tmp_path):
    put(raw)
    faces = load_dataset("rafdb", tmp_path, size=100, channels="rgb")
    with Image.open(raw / "Image" / "aligned" / "test_0003_aligned.jpg") as file:
        assert np.array_equal(faces.images[17], np.asarray(file)) and faces.images.shape == (21, 100, 100, 3)
    assert faces.samples["duplicate_group"].tolist() == list(range(21))
    with pytest.raises(InputError, match="rafdb: size 4"):
        load_dataset("rafdb", tmp_path, size=4)
    with pytest.raises(InputError, match="rafdb: channels 'gray', expected one of grey, rgb; did you mean 'grey'"):
        load_dataset("rafdb", tmp_path, channels="gray")


@pytest.mark.filterwarnings("ignore:.*not the whole public set")
def test_label_spaces(raw, tmp_path):
    put(raw)
    faces = load_dataset("rafdb", tmp_path)
    seven = label_space("expression7")(faces)
    assert seven.classes == EXPRESSIONS[:7] and len(seven) == 21
    names = np.array(CLASSES)[faces.labels]
    assert [seven.classes[k] for k in seven.labels] == names.tolist()
    valence = {"neutral": 0, "happy": 1, "surprise": None}
    slowly = [valence.get(name, 2) for name in names]
    assert polarity(faces).labels.tolist() == [label for label in slowly if label is not None]


def test_other_counts_than_the_published_are_told(raw, tmp_path):
    put(raw)
    with pytest.warns(UserWarning, match="not the whole public set: train 14 instead of 12271, test 7 instead of 3068"):
        load_dataset("rafdb", tmp_path)


def test_a_missing_image_is_named(raw, tmp_path):
    put(raw)
    (raw / "Image" / "aligned" / "test_0002_aligned.jpg").unlink()
    with pytest.raises(InputError, match="test_0002_aligned.jpg: no such file, expected an image"):
        load_dataset("rafdb", tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train_00001.jpg 5\ntrain_00002.jpg\n", "row 1: 1 words, expected 2 such as train_00001.jpg 5"),
        ("train_00001.jpg 8\n", "row 0: class '8', expected 1…7"),
        ("train_00001.jpg five\n", "row 0: class 'five', expected 1…7"),
        ("valid_00001.jpg 5\n", "row 0: 'valid_00001.jpg' is of no part, expected train_… or test_…"),
        ("train_1.jpg 5\n\ntrain_1.jpg 4\n", "row 2: 'train_1.jpg' is already in row 0, expected once"),
        ("\n", "the file is empty, expected lines"),
        (b"\xff\xfe\x00", "not a text file"),
    ],
)
def test_a_list_that_is_wrong(tmp_path, text, said):
    path = tmp_path / "list_patition_label.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as error:
        read_partition(path)
    assert said in str(error.value)


def test_no_list(tmp_path):
    with pytest.raises(InputError, match=r"EmoLabel/list_patition_label\.txt: no such file"):
        load_dataset("rafdb", tmp_path)
