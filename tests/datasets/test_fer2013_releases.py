"""Every form in which FER-2013 is handed on ends in the same kind of set."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.fer2013 import CLASSES
from fer_lib.datasets.fer2013_csv import TRAIN_COLUMNS, _read_carefully, _read_fast, read_fer2013_csv
from fer_lib.datasets.ferplus_votes import file_rows
from fer_lib.datasets.folds import official
from fer_lib.errors import InputError

from .test_fer2013 import USAGES, some_images

pytestmark = pytest.mark.filterwarnings("ignore:.*FER-2013")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "fer2013"
    folder.mkdir(parents=True)
    return folder


def put_csv(path, images, header, order):
    """`order` names the columns of each row: "e" emotion, "p" pixels, "U" Usage."""
    lines = [header]
    for i, image in enumerate(images):
        cells = {"e": str(i % 7), "p": " ".join(map(str, image.ravel())), "U": USAGES[i % 4]}
        lines.append(",".join(cells[key] for key in order))
    path.write_text("\n".join(lines) + "\n")


def put_folders(raw, images, suffix="png"):
    """Image i is of class i % 7; two thirds to train, the rest to test."""
    for i, image in enumerate(images):
        part, usage = ("train", "Training") if i % 3 else ("test", ("PublicTest", "PrivateTest")[i % 2])
        path = raw / part / CLASSES[i % 7] / f"{usage}_{1000 + i}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)


@pytest.mark.parametrize(
    ("header", "order"),
    [("emotion, Usage, pixels", "eUp"), ("pixels,emotion,Usage", "peU"), (' Usage , emotion ,"pixels"', "Uep")],
)
def test_columns_in_any_order_with_blanks(raw, header, order):
    images = some_images(9)
    path = raw / "icml_face_data.csv"
    put_csv(path, images, header, order)
    names = tuple(name.strip(' "') for name in header.split(","))
    for found in (_read_fast(path, names), _read_carefully(path, names), read_fer2013_csv(path)):
        assert np.array_equal(found[0], images)
        assert found[1].tolist() == [i % 7 for i in range(9)]
        assert found[2].tolist() == [USAGES[i % 4] for i in range(9)]


def test_blanks_after_commas_are_read_carefully(raw):
    images = some_images(3)
    path = raw / "icml_face_data.csv"
    put_csv(path, images, "emotion, Usage, pixels", "eUp")
    path.write_text(path.read_text().replace(",", ", "))
    found = read_fer2013_csv(path)
    assert np.array_equal(found[0], images) and found[2].tolist() == list(USAGES[:3])


def test_icml_file_is_a_release(raw, tmp_path, capsys):
    images = some_images(8)
    put_csv(raw / "icml_face_data.csv", images, "emotion, Usage, pixels", "eUp")
    faces = load_dataset("fer2013", tmp_path)
    assert faces.name == "fer2013" and np.array_equal(faces.images, images)
    assert faces.card["release"] == "icml_face_data.csv" and faces.card["lossless"] is True
    assert faces.samples["sample_id"].tolist()[3] == "fer2013-00003"
    assert capsys.readouterr().out == ""


def test_train_csv_gets_a_stratified_validation_part_and_test_csv_is_never_read(raw, tmp_path, capsys):
    images = some_images(140)
    images[7] = images[0]  # equal images, one class: they stay together
    put_csv(raw / "train.csv", images, "emotion,pixels", "ep")
    (raw / "test.csv").write_text("pixels\nnot even numbers\n")
    faces = load_dataset("fer2013", tmp_path)
    assert capsys.readouterr().out == "FER-2013: test.csv has no labels; it is left out and never scored\n"
    assert len(faces) == 140 and faces.card["left_out"] == {"test.csv": "no labels"}
    roles = official(faces.samples)
    counts = np.bincount(faces.labels[roles == "validation"], minlength=7)
    assert set(roles) == {"train", "validation"} and counts.min() >= 2 and counts.max() <= 3
    assert roles[0] == roles[7]
    assert faces.card["validation"] == {"share": 0.125, "seed": 2020, "images": int((roles == "validation").sum())}
    assert set(faces.card["raw_files"]) == {"fer2013.csv", "icml_face_data.csv", "train.csv"}


def test_train_csv_with_usage_is_told(raw, tmp_path):
    put_csv(raw / "train.csv", some_images(2), "emotion,pixels,Usage", "epU")
    with pytest.raises(InputError, match=r"train\.csv: the first line is .*expected the header emotion,pixels$"):
        load_dataset("fer2013", tmp_path)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("7,1 2 3", "row 1: emotion '7', expected 0…6"),
        ("3,1 2 3", "row 1: 3 pixel values, expected 2304"),
        ("3", "row 1: 1 columns, expected 2 (emotion,pixels)"),
    ],
)
def test_a_wrong_row_of_train_csv_is_named(raw, row, sentence):
    put_csv(raw / "train.csv", some_images(1), "emotion,pixels", "ep")
    with open(raw / "train.csv", "a") as file:
        file.write(row + "\n")
    with pytest.raises(InputError) as caught:
        read_fer2013_csv(raw / "train.csv", TRAIN_COLUMNS)
    assert sentence in str(caught.value)


def test_folders(raw, tmp_path):
    images = some_images(30)
    put_folders(raw, images)
    (raw / "train" / "angry" / ".hidden").write_text("no image")
    (raw / "train" / "angry" / "notes.txt").write_text("no image")
    with pytest.warns(UserWarning, match="usually lossy copies, so numbers differ slightly .*rows 30 instead of 35887"):
        faces = load_dataset("fer2013", tmp_path)
    paths = [path.removeprefix("fer2013-") for path in faces.samples["sample_id"]]
    number = np.array([int(path.split("_")[-1].split(".")[0]) - 1000 for path in paths])
    assert paths[0].startswith("train/angry/Training_") and sorted(number) == list(range(30))
    assert np.array_equal(faces.images, images[number]) and faces.labels.tolist() == (number % 7).tolist()
    assert set(faces.samples["split"]) == set(USAGES)
    assert faces.card["lossless"] is None and faces.card["public_file"] is False
    with pytest.raises(InputError, match="joined by the row of the public fer2013.csv, which these images do not have"):
        file_rows(faces)


def test_folders_of_another_spelling_without_official_names(raw, tmp_path):
    for part, name, value in (("train", "Happiness", 10), ("test", "surprised", 90)):
        path = raw / part / name / "im1.jpg"
        path.parent.mkdir(parents=True)
        Image.fromarray(np.full((48, 48), value, np.uint8)).save(path)
    faces = load_dataset("fer2013", tmp_path)
    assert [faces.classes[label] for label in faces.labels] == ["happy", "surprise"]
    assert faces.samples["split"].tolist() == ["train", "test"] == official(faces.samples).tolist()


def test_a_folder_that_is_no_class_and_a_damaged_image_are_named(raw, tmp_path):
    put_folders(raw, some_images(9))
    (raw / "test" / "hapy").mkdir(parents=True)
    with pytest.raises(InputError, match=r"test/hapy: no class of FER-2013 .*did you mean 'happy'\?$"):
        load_dataset("fer2013", tmp_path)
    (raw / "test" / "hapy").rmdir()
    next((raw / "train" / "sad").glob("*.png")).write_bytes(b"\x89PNG\r\n\x1a\nshort")
    with pytest.raises(InputError, match=r"train/sad/Training_\d+\.png: not a readable image, expected an image$"):
        load_dataset("fer2013", tmp_path)
    assert not (tmp_path / "prepared").exists()


def test_the_best_release_is_used_and_said(raw, tmp_path, capsys):
    images = some_images(16)
    put_folders(raw, images)
    put_csv(raw / "train.csv", images[:8], "emotion,pixels", "ep")
    assert load_dataset("fer2013", tmp_path).card["release"] == "train.csv"
    assert "train.csv, folders are there; train.csv is used" in capsys.readouterr().out
    chosen = load_dataset("fer2013", tmp_path, release="folders")
    assert chosen.card["release"] == "folders" and chosen.name.startswith("fer2013-")
    # a better release that comes later takes the place of what was prepared, an inferior one does not
    put_csv(raw / "fer2013.csv", images, "emotion,pixels,Usage", "epU")
    assert load_dataset("fer2013", tmp_path).card["release"] == "fer2013.csv"
    (raw / "icml_face_data.csv").write_text("nonsense")
    (raw / "train.csv").write_text("nonsense")
    assert load_dataset("fer2013", tmp_path).card["release"] == "fer2013.csv"
    assert load_dataset("fer2013", tmp_path, release="folders").card["content"] == chosen.card["content"]


def test_releases_that_are_not_there(raw, tmp_path):
    with pytest.raises(InputError, match=r"unknown release 'fer2013'; did you mean 'fer2013.csv'\? \(known: auto"):
        load_dataset("fer2013", tmp_path, release="fer2013")
    with pytest.raises(InputError, match=r"raw/fer2013/train: not there, but release='folders' was asked for"):
        load_dataset("fer2013", tmp_path, release="folders")


def test_the_real_icml_file(fer2013_csv, fer2013, raw, tmp_path):
    """Made from the public file as the publisher wrote it."""
    with open(fer2013_csv) as source, open(raw / "icml_face_data.csv", "w") as whole:
        next(source)
        whole.write("emotion, Usage, pixels\n")
        for line in source:
            emotion, pixels, usage = line.rstrip("\n").split(",")
            whole.write(f"{emotion},{usage},{pixels}\n")
    faces = load_dataset("fer2013", tmp_path)
    assert faces.card["release"] == "icml_face_data.csv" and faces.card["public_file"] is True
    assert np.array_equal(faces.images, fer2013.images)
    assert faces.samples.equals(fer2013.samples)
    (raw / "icml_face_data.csv").unlink()  # 300 MB


def test_the_real_folders(real_data, fer2013, raw, tmp_path):
    if not (real_data / "expand.py").is_file():
        pytest.skip("no expand.py, which writes FER-2013 as folders")
    subprocess.run([sys.executable, real_data / "expand.py", "fer2013", raw, "--images"], check=True)
    folders = load_dataset("fer2013", tmp_path)
    assert folders.card["class_counts"] == fer2013.card["class_counts"]
    assert folders.samples["split"].value_counts().to_dict() == fer2013.samples["split"].value_counts().to_dict()
    assert np.array_equal(np.sort(folders.images.sum((1, 2))), np.sort(fer2013.images.sum((1, 2))))
