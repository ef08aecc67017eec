"""AffectNet: both releases with every oddity, the study's order and folds, and what is said about mistakes."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.affectnet import CLASSES, NAMED
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.labels import EXPRESSIONS, POLARITY, label_space, polarity
from fer_lib.errors import InputError
from fer_lib.faces.find import find_landmarks
from fer_lib.guidance import make_guidance

from .affectnet_tree import POINTS, Oddities, Row, write_arrays, write_tree


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw" / "affectnet"


@pytest.fixture
def oddities(raw):
    made = Oddities()
    write_tree(raw, made.training, made.validation)
    return made


def listing(folder):
    return {path.relative_to(folder): (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*.*")}


def test_the_lists_with_every_oddity(oddities, raw, tmp_path, capsys):
    before = listing(raw)
    faces = load_dataset("affectnet", tmp_path, max_unreadable=0.1)
    assert listing(raw) == before  # sources are never modified
    assert faces.classes == CLASSES and faces.images.shape == (15, 48, 48) and isinstance(faces.images, np.memmap)
    rows = [row for row in oddities.training + oddities.validation if row.path not in (NAMED, "12/gone.jpg")]
    assert faces.labels.tolist() == [row.expression for row in rows]
    assert faces.samples["valence"].tolist() == [float(row.valence) for row in rows]
    assert faces.samples["arousal"].tolist() == [float(row.arousal) for row in rows]
    assert faces.samples["expression"].tolist() == [CLASSES[row.expression] for row in rows]
    assert faces.samples["split"].tolist() == ["train"] * 12 + ["validation"] * 3
    assert faces.samples["path"].tolist() == [row.path.strip().replace("\\", "/") for row in rows]
    assert faces.card["left_out"] == {"unreadable in the study": 1, "unreadable": 1}
    assert faces.card["repeated_paths"] == 1 and faces.card["release"] == "lists"
    lost = pd.read_csv(faces.folder / "unreadable.csv")
    assert lost.to_numpy().tolist() == [["12/gone.jpg", "no such file"]]
    assert "1 of 16 images cannot be read" in capsys.readouterr().out
    assert sorted(path.name for path in faces.folder.iterdir()) == [
        *("card.json", "images.npy", "landmarks.npy", "samples.parquet", "unreadable.csv")
    ]


def test_images_are_those_of_the_study(oddities, raw, tmp_path):
    """Whole image to mode LA, bicubic to 48 × 48, read again as L."""
    faces = load_dataset("affectnet", tmp_path, max_unreadable=0.1)
    files = {"12/e.JPG": "12/e.jpg", "103/d.tiff": "103/d.jpg"}
    for image, path, width, height in zip(
        faces.images, faces.samples["path"], faces.samples["width"], faces.samples["height"], strict=True
    ):
        with Image.open(raw / "Manually_Annotated_Images" / files.get(path, path)) as file:
            assert file.size == (width, height)
            assert np.array_equal(image, np.asarray(file.convert("LA").resize((48, 48)).convert("L")))
    assert faces.samples["duplicate_group"].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 10, 11, 12, 13]


def test_polarity_goes_by_valence_in_the_order_of_the_study(oddities, raw, tmp_path):
    faces = polarity(load_dataset("affectnet", tmp_path, max_unreadable=0.1))
    assert faces.samples["sample_id"].tolist() == oddities.positive + oddities.neutral + oddities.negative
    assert faces.classes == POLARITY and faces.labels.tolist() == [1] * 4 + [0] * 3 + [2] * 5
    stored = load_dataset("affectnet", tmp_path, max_unreadable=0.1)
    assert np.array_equal(faces.images, stored.images[faces.rows])
    assert polarity(faces) is faces
    assert "surprise" in set(faces.samples["expression"])


def test_landmarks_of_the_lists_are_scaled_with_the_images(oddities, tmp_path):
    faces = load_dataset("affectnet", tmp_path, max_unreadable=0.1)
    points = dict(zip(faces.samples["sample_id"], faces.extras["landmarks"], strict=True))
    for name, (width, height) in {"689/a.jpg": (60, 80), "7/v3.jpg": (100, 30)}.items():
        slowly = [((x + 0.5) * 48 / width - 0.5, (y + 0.5) * 48 / height - 0.5) for x, y in POINTS]
        assert points[name] == pytest.approx(np.array(slowly), abs=1e-5)
    assert np.isnan(points["12/with blank.png"]).all() and np.isnan(points["12/h.jpg"]).all()
    found = find_landmarks(faces, tmp_path, "dataset")
    assert found.has_face.sum() == 13 and len(found) == 15


def test_landmarks_and_guidance_follow_the_order_of_the_study(oddities, tmp_path):
    stored = load_dataset("affectnet", tmp_path, max_unreadable=0.1)
    faces = polarity(stored)
    assert np.array_equal(find_landmarks(faces, tmp_path, "dataset").points, faces.extras["landmarks"], equal_nan=True)
    whole = make_guidance("soft", stored, tmp_path, landmarks="dataset")
    assert np.array_equal(make_guidance("soft", faces, tmp_path, landmarks="dataset"), whole[faces.rows])


def test_colour_and_size_are_options(oddities, tmp_path):
    faces = load_dataset("affectnet", tmp_path, max_unreadable=0.1, size=64, channels="rgb")
    assert faces.images.shape == (15, 64, 64, 3) and faces.name != "affectnet"
    path = tmp_path / "raw/affectnet/Manually_Annotated_Images/689/a.jpg"
    with Image.open(path) as file:
        assert np.array_equal(faces.images[0], np.asarray(file.resize((64, 64), Image.Resampling.BICUBIC)))
    assert faces.extras["landmarks"][0] == pytest.approx((POINTS + 0.5) * [64 / 60, 64 / 80] - 0.5, abs=1e-5)


def test_the_publishers_folders_are_found(raw, tmp_path):
    rows = [Row(f"{k}/a.jpg", k % 8, 0.1 * k) for k in range(9)]
    images = "Manually_Annotated/Manually_Annotated_Images"
    write_tree(raw, rows[:6], rows[6:], images)
    lists = raw / "Manually_Annotated_file_lists"
    lists.mkdir()
    for name in ("training.csv", "validation.csv"):
        (raw / name).rename(lists / name)
    faces = load_dataset("affectnet", tmp_path)
    assert len(faces) == 9 and set(faces.card["raw_files"]) == {
        "Manually_Annotated_file_lists/training.csv",
        "Manually_Annotated_file_lists/validation.csv",
    }


def test_a_list_that_was_exchanged_is_noticed(raw, tmp_path):
    rows = [Row(f"1/{k}.jpg", k % 8, 0.1 * k) for k in range(9)]
    write_tree(raw, rows[:6], rows[6:])
    assert load_dataset("affectnet", tmp_path).labels[0] == 0
    rows[0].expression = 7
    write_tree(raw, rows[:6], rows[6:])
    assert load_dataset("affectnet", tmp_path).labels[0] == 7


def test_folds_of_the_study(raw, tmp_path):
    """From the lists to the folds, against scikit-learn over the rows put in order by hand."""
    from sklearn.model_selection import StratifiedKFold

    draw = np.random.default_rng(3)
    rows = [
        Row(f"{k % 7}/{k}.jpg", int(draw.integers(11)), round(draw.uniform(-1, 1), 3), size=(9, 9)) for k in range(203)
    ]
    for row in rows[::10]:
        row.valence = -2
    write_tree(raw, rows[:150], rows[150:])
    faces = polarity(load_dataset("affectnet", tmp_path))
    groups = [[r for r in rows if 0.2 < r.valence <= 1]]
    groups += [[r for r in rows if -0.2 <= r.valence <= 0.2], [r for r in rows if -1 <= r.valence < -0.2]]
    assert faces.samples["sample_id"].tolist() == [row.path for group in groups for row in group]
    labels = np.repeat([1, 0, 2], [len(group) for group in groups])
    folds = make_folds("published", faces)
    splits = StratifiedKFold(5, shuffle=True, random_state=2020).split(labels, labels)
    assert [np.flatnonzero(folds == k).tolist() for k in range(5)] == [test.tolist() for _, test in splits]


def test_sizes_of_the_published_folds(make_faces):
    """Whatever the classes, 325,239 images fall into folds of the published sizes."""
    labels = np.repeat([1, 0, 2], [140_000, 100_000, 85_239])
    faces = make_faces(labels, POLARITY, images=np.zeros((len(labels), 1, 1), np.uint8))
    assert np.bincount(make_folds("published", faces)).tolist() == [65_048] * 4 + [65_047]


def test_expressions_of_both_releases_have_one_order(oddities, raw, tmp_path):
    faces = load_dataset("affectnet", tmp_path, max_unreadable=0.1)
    with pytest.raises(InputError, match="affectnet-.*: no image of "):
        label_space("expression8")(faces.subset(np.arange(3)))
    eight = label_space("expression8")(faces)
    assert eight.classes == EXPRESSIONS and len(eight) == 12
    assert [eight.classes[label] for label in eight.labels] == eight.samples["expression"].tolist()
    seven = label_space("expression7")(faces)
    assert seven.classes == EXPRESSIONS[:7] and len(seven) == 11


def test_the_release_of_arrays(raw, tmp_path):
    train = [
        Row("10", 7, -0.4),
        Row("2", "1", "0.20000001", "0.3"),  # text, as the publisher stores it
        Row("33", np.int32(0), np.float32(0.2), np.float32(-0.1)),  # 0.2 in 32 bits is the border all the same
        Row("4", 3, -0.2),
    ]
    write_arrays(raw, "train_set", train)
    write_arrays(raw, "val_set", [Row("2", 6, -1.0), Row("5", 5, 1)], landmarks=False)
    faces = load_dataset("affectnet", tmp_path)
    ids = [*(f"train_set/images/{k}.jpg" for k in (2, 4, 10, 33)), *(f"val_set/images/{k}.jpg" for k in (2, 5))]
    assert faces.samples["sample_id"].tolist() == ids and faces.classes == CLASSES[:8]
    assert faces.labels.tolist() == [1, 3, 7, 0, 6, 5] and faces.card["release"] == "arrays"
    assert faces.samples["valence"].tolist() == [0.20000001, -0.2, -0.4, 0.2, -1, 1]
    assert faces.samples["split"].tolist() == ["train"] * 4 + ["validation"] * 2
    assert faces.extras["landmarks"][0] == pytest.approx((POINTS + 0.5) * [48 / 60, 48 / 80] - 0.5, abs=1e-5)
    assert np.isnan(faces.extras["landmarks"][4:]).all()
    with Image.open(raw / "train_set/images/10.jpg") as file:
        assert np.array_equal(faces.images[2], np.asarray(file.convert("L").resize((48, 48))))
    chosen = polarity(faces)
    assert chosen.samples["sample_id"].tolist() == [ids[k] for k in (0, 5, 1, 3, 2, 4)]


def test_lists_are_preferred_and_arrays_can_be_chosen(raw, tmp_path):
    write_tree(raw, [Row("1/a.jpg")], [Row("1/b.jpg")])
    write_arrays(raw, "train_set", [Row("1", 1, 0.5)])
    write_arrays(raw, "val_set", [Row("2", 2, -0.5), Row("3", 2, -0.5)])
    assert len(load_dataset("affectnet", tmp_path)) == 2
    assert len(load_dataset("affectnet", tmp_path, release="arrays")) == 3


def test_a_set_without_landmarks_brings_none(raw, tmp_path):
    write_tree(raw, [Row("1/a.jpg", landmarks="")], [Row("1/b.jpg", landmarks="")])
    assert load_dataset("affectnet", tmp_path).extras == {}


def test_named_file_is_left_out_even_as_another_format(raw, tmp_path):
    write_tree(raw, [Row(NAMED.replace(".jpg", ".tif")), Row("1/a.jpg")], [Row("1/b.jpg")])
    assert load_dataset("affectnet", tmp_path).samples["sample_id"].tolist() == ["1/a.jpg", "1/b.jpg"]
