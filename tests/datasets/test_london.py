"""The London set: both layouts, the crop, pairs of a person, what the real pictures are like, and mistakes."""

import warnings

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.image_files import read_image
from fer_lib.datasets.labels import polarity
from fer_lib.datasets.london import CENTRAL, CLASSES
from fer_lib.errors import InputError

from .trees import london_names, london_original, london_tree

pytestmark = pytest.mark.filterwarnings("ignore:.*is not the whole public set")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "london"
    folder.mkdir(parents=True)
    return folder


def load(raw, **options):
    return load_dataset("london", raw.parents[1], **options)


def test_names_tell_subject_and_expression(raw):
    names = london_tree(raw / "london_faces")
    (raw / "london_faces" / "legend.csv").write_text("image,subject,emotion\n")
    faces = load(raw)
    assert faces.classes == CLASSES == ("happy", "neutral") and faces.images.shape == (12, 48, 48)
    assert faces.samples["sample_id"].tolist() == names
    assert faces.samples["subject"].tolist() == [name[:3] for name in names]
    assert faces.labels.tolist() == [0, 1] * 6
    assert polarity(faces).classes == ("neutral", "positive", "negative")


def test_the_crop_is_the_named_part_of_every_picture(raw):
    names = london_tree(raw)
    faces, whole = load(raw, size=21), load(raw, size=50, crop=None, channels="rgb")
    top, left, height, width = (round(50 * share, 1) for share in CENTRAL)
    for k in (0, 7):
        picture = Image.open(raw / "images" / f"{names[k]}.jpg")
        assert np.array_equal(whole.images[k], np.asarray(picture.convert("RGB")))
        part = picture.resize((21, 21), Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))
        assert np.abs(np.asarray(part, int) - faces.images[k]).max() <= 1
    assert faces.card["faces"]["cut"] == "one fixed part of every picture, no detector"
    assert whole.card["faces"] == {"cut": None} and whole.images.shape == (12, 50, 50, 3)
    assert load(raw, crop=CENTRAL).folder.name == "london"  # the default


def test_the_publishers_folders(raw):
    london_original(raw / "Face_Research_Lab_London_Set")
    (raw / "Face_Research_Lab_London_Set" / "neutral_front" / ".DS_Store").write_bytes(b"left by another system")
    faces = load(raw, size=16, channels="rgb")
    assert faces.samples["sample_id"].tolist() == [f"{k:03d}_{n}" for k in range(1, 7) for n in ("08", "03")]
    assert faces.labels.tolist() == [0, 1] * 6
    expected = [(60 if label == 0 else 20, 3 * int(name[:3]), 200) for name, label in _names(faces)]
    assert np.abs(faces.images.mean(axis=(1, 2)) - expected).max() < 3
    front = ["Face_Research_Lab_London_Set/neutral_front", "Face_Research_Lab_London_Set/smiling_front"]
    assert sorted(faces.card["raw_files"]) == front


def _names(faces):
    return zip(faces.samples["sample_id"], faces.labels, strict=True)


def test_folders_that_their_archives_unpack_to_are_found(raw):
    london_original(raw)
    for name in ("neutral_front", "smiling_front"):
        (raw / name).rename(raw / "once")
        (raw / name).mkdir()
        (raw / "once").rename(raw / name / name)
    assert len(load(raw)) == 12


def test_the_publishers_folders_come_first(raw):
    london_tree(raw)
    assert load(raw).samples["sample_id"][1] == "001_neutral"
    london_original(raw, people=5)
    assert load(raw).samples["sample_id"].tolist()[:2] == ["001_08", "001_03"]


def test_both_faces_of_a_person_are_in_one_part(raw, capsys):
    london_tree(raw, people=20)
    faces = load(raw, size=16)
    assert "identity-disjoint: yes (20 subjects" in capsys.readouterr().out and faces.card["identity_disjoint"]
    assert faces.samples["split"].value_counts().to_dict() == {"train": 28, "test": 8, "validation": 4}
    assert identity_disjoint(faces.samples["subject"], faces.samples["split"])
    assert make_folds("leave_one_subject_out", faces, 20).tolist() == [k // 2 for k in range(40)]
    assert load(raw, size=16, seed=1).samples["split"].tolist() != faces.samples["split"].tolist()


def test_equal_pictures_are_grouped_but_never_those_of_two_people(raw):
    london_tree(raw)
    for name in ("001_neutral", "002_neutral"):
        (raw / "images" / f"{name}.jpg").write_bytes((raw / "images" / "001_happiness.jpg").read_bytes())
    table = load(raw).samples
    exact, near = table["duplicate_group"], table["near_duplicate_group"]
    assert exact[0] == exact[1] == exact[3] and exact.nunique() == 10
    assert near[0] == near[1] != near[3]


def test_public_counts(raw):
    london_tree(raw, people=102, size=12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = load(raw, size=8)
    assert faces.card["public_counts"] is True and faces.card["class_counts"] == {"happy": 102, "neutral": 102}


def test_other_counts_are_told_and_changed_files_noticed(raw):
    london_tree(raw)
    with pytest.warns(UserWarning, match="london is not the whole public set: images 12 instead of 204, subjects 6"):
        assert load(raw).card["public_counts"] is False
    (raw / "images" / "006_happiness.jpg").unlink()
    assert len(load(raw)) == 11


def test_what_is_wrong_is_told_and_nothing_written(raw, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load(raw, **options)
        assert not (tmp_path / "prepared").exists()

    refused(r"raw/london: no images, expected files such as 001_neutral\.jpg; see data/README\.md")
    london_tree(raw)
    refused("london: crop .*, expected top, left, height and width inside of 0…1, or None", crop=(0.5, 0, 0.6, 1))
    refused("london: channels 'gray', expected one of grey, rgb", channels="gray")
    refused("london: size 4, expected a whole number 8…1024", size=4)
    refused("london: seed -1, expected a whole number 0…", seed=-1)
    refused("data set 'london' has no option 'resize'", resize="crop")
    for name in ("007_sadness.jpg", "07_neutral.jpg", "001_03.jpg"):
        wrong = (raw / "images" / "001_neutral.jpg").rename(raw / "images" / name)
        refused(rf"images/{name}: expected a name such as 001_neutral\.jpg")
        wrong.rename(raw / "images" / "001_neutral.jpg")
    london_original(raw)
    (raw / "smiling_front").rename(raw / "elsewhere")
    refused("raw/london/smiling_front: no such folder, expected neutral_front and smiling_front")
    (raw / "elsewhere").rename(raw / "smiling_front")
    (raw / "smiling_front" / "001_08.jpg").rename(raw / "smiling_front" / "001_03.jpg")
    refused(r"smiling_front/001_03\.jpg: expected a name such as 001_08\.jpg")


def test_real_set(london_data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = load_dataset("london", london_data)
    assert faces.samples["sample_id"].is_unique and len(faces) == 204
    assert faces.samples["subject"].nunique() == 102 and (np.bincount(faces.labels) == 102).all()
    assert faces.samples["split"].value_counts().to_dict() == {"train": 144, "test": 40, "validation": 20}
    assert london_names(2) == faces.samples["sample_id"].tolist()[:4]
    first = next(london_data.rglob("001_happiness.jpg"))
    assert np.array_equal(read_image(first, 48, part=CENTRAL), faces.images[0])


#: Heights of brows, eyes, mouth and chin in FER-2013, pixels of 48: medians of dlib's landmarks over 34,195 faces.
HEIGHTS = {
    "brows": (slice(17, 27), 12.95),
    "eyes": (slice(36, 48), 18.29),
    "mouth": (slice(48, 68), 37.35),
    "chin": (8, 48.25),
}


def test_real_faces_lie_as_in_fer2013_and_their_heights_tell_the_smile(london_data):
    from fer_lib.faces.find import find_landmarks

    pictures = load_dataset("london", london_data, size=256, crop=None)
    found = find_landmarks(pictures, london_data)
    assert found.has_face.all()
    top, left, height, width = CENTRAL
    points = 48 * ((found.points + 0.5) / 256 - (left, top)) / (width, height) - 0.5
    middle = np.median(points, axis=0)
    assert np.median(points[:, 36:48, 0]) == pytest.approx(23.5, abs=0.5)
    for part, (which, theirs) in HEIGHTS.items():
        assert np.mean(middle[which, 1]) == pytest.approx(theirs, abs=1.2), part
    eyes = points[:, 36:48, 1].mean(axis=1)
    guess = np.where(eyes > np.median(eyes), 0, 1)
    assert (guess == pictures.labels).mean() > 0.8  # heads are lower in the picture where people smile
