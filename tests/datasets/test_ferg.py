"""FERG: characters, expressions, both splits, and what is said about mistakes."""

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.ferg import CLASSES, PACKED
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.labels import expression7
from fer_lib.datasets.near_duplicates import near_groups_of
from fer_lib.errors import InputError

from .trees import put

CHARACTERS = ("aia", "bonnie", "jules", "malcolm", "mery", "ray")
NAMES = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
SMALL = {"test_per_class": 4, "validation": 21}
pytestmark = pytest.mark.filterwarnings("ignore:.*is not the whole public set")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "ferg"
    folder.mkdir(parents=True)
    return folder


def tree(raw):
    """Three frames, numbers 2, 10 and 11, of six characters in seven expressions: 126 images."""
    put(raw, [f"{c}/{c}_{e}/{c}_{e}_{n}.png" for c in CHARACTERS for e in NAMES for n in (2, 10, 11)], size=32)


def load(raw, **options):
    return load_dataset("ferg", raw.parents[1], **{**SMALL, **options})


def test_folders_tell_character_and_expression(raw):
    tree(raw)
    faces = load(raw)
    assert faces.classes == CLASSES and len(faces) == 126 and faces.images.shape == (126, 48, 48)
    assert faces.samples["sample_id"].head(4).tolist() == [
        "aia_anger_2",
        "aia_anger_10",
        "aia_anger_11",
        "aia_disgust_2",
    ]
    for name, label, subject in faces.samples[["sample_id", "label", "subject"]].itertuples(index=False):
        assert name.split("_")[:2] == [subject, NAMES[label]]
    assert load(raw, channels="rgb", size=16).images.shape == (126, 16, 16, 3)


def test_paper_split_tests_as_many_of_every_class(raw, capsys):
    tree(raw)
    faces = load(raw)
    assert "identity-disjoint: no (6 of 6 subjects" in capsys.readouterr().out
    parts = faces.samples["split"]
    assert parts.value_counts().to_dict() == {"train": 77, "test": 28, "validation": 21}
    assert np.bincount(faces.labels[parts == "test"]).tolist() == [4] * 7 and not faces.card["identity_disjoint"]


def test_character_split_is_identity_disjoint(raw):
    tree(raw)
    faces = load(raw, split="subject")
    assert faces.samples.groupby("split")["subject"].nunique().to_dict() == {"test": 1, "train": 4, "validation": 1}
    assert faces.card["identity_disjoint"] and identity_disjoint(faces.samples["subject"], faces.samples["split"])


def test_frames_of_an_animation_stay_together_in_safe_folds(raw):
    tree(raw)
    faces = load(raw)
    clip = faces.samples["subject"] + expression_names(faces)
    assert identity_disjoint(clip, make_folds("duplicate_safe", faces, 3))
    assert len(np.unique(near_groups_of(faces))) == 42


def expression_names(faces):
    return np.array(faces.classes)[faces.labels]


def test_the_folder_of_the_archive_is_found(raw):
    tree(raw / PACKED)
    assert len(load(raw)) == 126


def test_other_counts_than_the_public_ones_are_told(raw):
    tree(raw)
    with pytest.warns(UserWarning, match="ferg is not the whole public set: images 126 instead of 55767"):
        assert load(raw).card["public_counts"] is False


def test_shared_names(raw):
    tree(raw)
    assert expression7(load(raw)).classes == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def test_what_is_wrong_is_told_and_nothing_written(raw, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load(raw, **options)
        assert not (tmp_path / "prepared").exists()

    refused("raw/ferg: no images, expected <character>/<character>_<expression>/")
    tree(raw)
    refused("ferg: 18 images of 'angry', the split tests 1000 of each class", test_per_class=1000)
    refused("ferg: size 512, expected a whole number 8…256", size=512)
    refused("ferg: channels 'gray', expected one of grey, rgb; did you mean 'grey'", channels="gray")
    (raw / "aia" / "aia_angr").mkdir()
    refused("aia/aia_angr: no expression of aia, expected a folder such as aia_anger .*did you mean 'angry'")
    (raw / "aia" / "aia_angr").rename(raw / "aia" / "ray_anger")
    refused("aia/ray_anger: no expression of aia")
