"""JAFFE: names, ratings, crop, both splits, and what is said about mistakes."""

import warnings

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.jaffe import CENTRAL, CLASSES, CODES
from fer_lib.datasets.jaffe_ratings import COLUMNS, read_ratings
from fer_lib.datasets.labels import expression6, expression7, shared_expressions
from fer_lib.errors import InputError

from .trees import put

WOMEN = ("KA", "KL", "TM", "YM")
SMALL = {"test_per_class": 2, "validation": 14}
pytestmark = pytest.mark.filterwarnings("ignore:.*is not the whole public set")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "jaffe"
    folder.mkdir(parents=True)
    return folder


def tree(raw):
    """Four women, each expression twice: 56 pictures."""
    names = [f"{woman}.{code}{k}" for woman in WOMEN for code in CODES for k in (1, 2)]
    put(raw, [f"{name}.{number}.tiff" for number, name in enumerate(names)], size=256)
    return names


def load(raw, **options):
    return load_dataset("jaffe", raw.parents[1], **{**SMALL, **options})


def test_names_tell_subject_and_expression(raw):
    tree(raw)
    faces = load(raw)
    assert faces.classes == CLASSES and len(faces) == 56 and faces.images.shape == (56, 48, 48)
    for name, label, subject in faces.samples[["sample_id", "label", "subject"]].itertuples(index=False):
        woman, picture, _ = name.split(".")
        assert subject == woman and CODES[picture[:2]] == faces.classes[label]


def test_the_crop_is_the_named_part_of_every_picture(raw):
    tree(raw)
    faces, whole = load(raw), load(raw, size=256, crop=None)
    top, left, height, width = (round(256 * share) for share in CENTRAL)
    for k in (0, 17):
        file = raw / f"{faces.samples['sample_id'][k]}.tiff"
        picture = Image.open(file)
        assert np.array_equal(whole.images[k], np.asarray(picture))
        part = picture.crop((left, top, left + width, top + height)).resize((48, 48), Image.Resampling.BILINEAR)
        inner = (slice(1, -1), slice(1, -1))  # at its border a cut sees the pixels beyond
        assert np.abs(np.asarray(part, int)[inner] - faces.images[k][inner]).max() <= 2
    assert faces.card["faces"]["cut"] == "one fixed part of every picture, no detector"
    assert whole.card["faces"]["cut"] is None
    assert np.array_equal(load(raw, crop=[0, 0, 0.5, 0.5], size=128).images, whole.images[:, :128, :128])


def test_paper_split_tests_as_many_of_every_class(raw, capsys):
    tree(raw)
    faces = load(raw)
    assert "identity-disjoint: no (4 of 4 subjects" in capsys.readouterr().out
    parts = faces.samples["split"]
    assert parts.value_counts().to_dict() == {"train": 28, "test": 14, "validation": 14}
    assert np.bincount(faces.labels[parts == "test"]).tolist() == [2] * 7
    assert faces.card["identity_disjoint"] is False


def test_subject_split_is_identity_disjoint(raw):
    tree(raw)
    faces = load(raw, split="subject")
    assert faces.samples.groupby("split")["subject"].nunique().to_dict() == {"test": 1, "train": 2, "validation": 1}
    assert faces.card["identity_disjoint"] is True
    assert identity_disjoint(faces.samples["subject"], make_folds("subject", faces, 4))


def test_ratings_are_joined_by_picture(raw):
    names = tree(raw)
    rated = [(name, [1 + (k + c) % 5 for c in range(6)]) for k, name in enumerate(names)][:-1]
    lines = [f"{k} {' '.join(map(str, six))} {name.replace('.', '-')}" for k, (name, six) in enumerate(rated)]
    (raw / "ratings.txt").write_text("\n".join(["# HAP SAD SUR ANG DIS FEA PIC", "-----", *reversed(lines), ""]))
    faces = load(raw)
    told = faces.samples[list(COLUMNS)].to_numpy()
    by_name = dict(rated)
    for name, six in zip(faces.samples["sample_id"], told, strict=True):
        assert six.tolist() == by_name[name.rsplit(".", 1)[0]] if not np.isnan(six).any() else name.startswith("YM.NE2")
    assert told.dtype == np.float32 and faces.card["images_without_ratings"] == 1


def test_without_ratings_they_are_unknown_and_noticed_when_they_come(raw):
    tree(raw)
    assert load(raw).samples[list(COLUMNS)].isna().all(axis=None)
    (raw / "ratings.txt").write_text("1 2 3 4 5 1 2 KA-AN1\n")
    assert load(raw).card["images_without_ratings"] == 55


def test_the_folder_of_the_archive_is_found(raw):
    tree(raw / "jaffe")
    assert len(load(raw)) == 56


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"1 2 3 4 5 KA-AN1\n", r"row 0: 6 columns, expected a number, six ratings"),
        (b"head\n1 2 3 4 5 5.5 1 KA-AN1\n", r"row 1: rating '5\.5', expected 1…5"),
        (b"1 2 3 4 x 1 1 KA-AN1\n", r"row 0: rating 'x', expected 1…5"),
        (b"1 2 3 4 5 1 1 KA-AN1\n2 2 3 4 5 1 1 KA-AN1\n", "row 1: KA-AN1 is rated already, expected once"),
        (b"nothing\n", "no ratings, expected a number"),
        (b"\xff\xfe", "not a text file"),
    ],
)
def test_wrong_ratings_are_told(tmp_path, content, sentence):
    (tmp_path / "ratings.txt").write_bytes(content)
    with pytest.raises(InputError, match=rf"ratings\.txt(, |: ){sentence}"):
        read_ratings(tmp_path / "ratings.txt")


def test_what_is_wrong_is_told_and_nothing_written(raw, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load(raw, **options)
        assert not (tmp_path / "prepared").exists()

    refused(r"raw/jaffe: no pictures, expected files such as KA\.AN1\.39\.tiff")
    tree(raw)
    for crop in ((0, 0, 1), (0.5, 0, 0.6, 0.5), (0, 0, 0, 1), "middle", (0, 0, "1", 1)):
        refused("jaffe: crop .*, expected top, left, height and width inside of 0…1, or None", crop=crop)
    refused("jaffe: 8 images of 'angry', the split tests 7 of each class", test_per_class=7)
    refused("jaffe: validation 40, expected 7…35 of the 42 images not tested", validation=40)
    refused("jaffe: size 4, expected a whole number 8…1024", size=4)
    refused("jaffe: split 'person', expected one of paper, subject", split="person")
    (raw / "KA.XX1.99.tiff").write_bytes(b"")
    refused(r"KA\.XX1\.99\.tiff: expected a name such as KA\.AN1\.39\.tiff")


def test_real_set(jaffe_data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = load_dataset("jaffe", jaffe_data)
    assert len(faces) == 213 and faces.samples["subject"].nunique() == 10
    assert list(faces.card["class_counts"].values()) == [30, 29, 32, 31, 31, 30, 30]
    assert faces.samples["split"].value_counts().to_dict() == {"train": 120, "test": 70, "validation": 23}
    assert np.bincount(faces.labels[faces.samples["split"] == "test"]).tolist() == [10] * 7
    assert faces.card["images_without_ratings"] == 0
    # the viewers saw what was posed in most pictures; a join by position would agree in one of six
    posed = expression6(faces)
    order = ["rating_angry", "rating_disgust", "rating_fear", "rating_happy", "rating_sad", "rating_surprise"]
    assert len(posed) == 183
    assert (posed.samples[order].to_numpy().argmax(1) == posed.labels).mean() > 0.7
    assert np.bincount(expression7(faces).labels).tolist() == [30, 29, 32, 31, 31, 30, 30]


def test_real_folds_leave_one_woman_out(jaffe_data):
    faces = expression6(load_dataset("jaffe", jaffe_data))
    folds = make_folds("leave_one_subject_out", faces, 10)
    assert np.bincount(folds).tolist() == [20, 19, 19, 17, 18, 18, 17, 18, 18, 19]  # as in FMPN's experiments
    women = faces.samples.groupby(folds)["subject"].unique()
    assert ["".join(one) for one in women] == ["KA", "KL", "KM", "KR", "MK", "NA", "NM", "TM", "UY", "YM"]


def test_real_sets_share_expressions(jaffe_data, ckplus_data, fer2013):
    jaffe, ckplus = load_dataset("jaffe", jaffe_data), load_dataset("ckplus", ckplus_data)
    assert shared_expressions(fer2013, jaffe) == fer2013.classes
    assert shared_expressions(fer2013, ckplus) == fer2013.classes[:6] == expression6(fer2013).classes
