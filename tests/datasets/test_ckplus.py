"""CK+: both layouts, who and what by the names, its published folds, and what is said about mistakes."""

import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.ckplus_files import CLASSES
from fer_lib.datasets.folds import inner_validation, make_folds, official
from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.image_files import read_image
from fer_lib.datasets.labels import expression6, polarity
from fer_lib.datasets.near_duplicates import near_groups_of
from fer_lib.errors import InputError

from .trees import EXPRESSIONS, cut_tree, fmpn_lists, original_tree

pytestmark = pytest.mark.filterwarnings("ignore:.*is not the whole public set")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "ckplus"
    folder.mkdir(parents=True)
    return folder


def load(raw, **options):
    return load_dataset("ckplus", raw.parents[1], **options)


def test_names_tell_subject_sequence_frame_and_folder_the_class(raw):
    named = cut_tree(raw)
    faces = load(raw)
    assert faces.classes == CLASSES and len(faces) == 6 * 7 * 3
    assert faces.samples["sample_id"].tolist() == [name for id_ in named for name in named[id_]]
    for name, label, subject, sequence, frame in faces.samples[
        ["sample_id", "label", "subject", "sequence", "frame"]
    ].itertuples(index=False):
        assert name == f"{sequence}_{frame:08d}" and sequence.startswith(f"{subject}_")
        assert label == int(sequence[-1]) - 1
        path = raw / "CK+48" / EXPRESSIONS[label] / f"{name}.png"
        assert np.array_equal(read_image(path, 48), faces.images[faces.samples["sample_id"] == name][0])
    assert faces.card["layout"] == "CK+48" and faces.card["faces"] == {"cut": "by whoever made CK+48"}


def test_frames_of_a_sequence_stay_together_in_every_split(raw):
    cut_tree(raw, subjects=10)
    faces = load(raw)
    sequence = faces.samples["sequence"].to_numpy()
    parts = official(faces.samples)
    groups = near_groups_of(faces)
    inner = inner_validation(faces.labels, groups, parts == "train", 0.2)
    for partition in (parts, make_folds("duplicate_safe", faces, 5), inner):
        assert identity_disjoint(sequence, partition)
    counts = {part: (parts == part).mean() for part in ("train", "validation", "test")}
    assert abs(counts["train"] - 0.7) < 0.05 and abs(counts["test"] - 0.2) < 0.05
    assert faces.card["identity_disjoint"] is False and not identity_disjoint(faces.samples["subject"], parts)


def test_subject_split_and_folds_are_identity_disjoint(raw, capsys):
    cut_tree(raw, subjects=10)
    faces = load(raw, split="subject")
    assert "identity-disjoint: yes (10 subjects" in capsys.readouterr().out
    assert set(faces.samples["split"]) == {"train", "validation", "test"} and faces.card["identity_disjoint"] is True
    assert identity_disjoint(faces.samples["subject"], faces.samples["split"])
    assert identity_disjoint(faces.samples["subject"], make_folds("subject", faces, 5))


def test_the_seed_decides_the_split(raw):
    cut_tree(raw)
    one, again, other = (load(raw, seed=seed).samples["split"].tolist() for seed in (1, 1, 2))
    assert one == again != other


def test_one_frame_is_the_last(raw):
    named = cut_tree(raw)
    faces = load(raw, frames=1, contempt=False)
    assert faces.samples["sample_id"].tolist() == [names[-1] for id_, names in named.items() if id_[-1] != "2"]
    assert faces.classes == tuple(name for name in CLASSES if name != "contempt")


def test_original_folders(raw):
    named = original_tree(raw)
    faces = load(raw, frames=2, neutral=True, size=40)
    labelled = list(named)[:-1]
    wanted = [named[id_][k] for id_ in labelled for k in (0, -2, -1)]
    assert faces.samples["sample_id"].tolist() == wanted and faces.classes == (*CLASSES, "neutral")
    assert faces.labels.tolist() == [label for id_ in labelled for label in (7, int(id_[-1]) - 1, int(id_[-1]) - 1)]
    assert faces.card["left_out"] == {"sequences without an emotion": 1} and faces.card["faces"] == {"cut": None}
    whole = np.asarray(Image.open(raw / "cohn-kanade-images" / "S001" / "001" / f"{named['S001_001'][-1]}.png"))
    assert np.array_equal(faces.images[2], whole[:, 12:52])  # the middle square
    assert np.array_equal(load(raw, frames=2, size=40, resize="pad").images[0, :7], np.zeros((7, 40)))


def test_original_folders_as_the_archives_unpack(raw):
    original_tree(raw)
    plain = load(raw)
    for name, packed in (("cohn-kanade-images", "extended-cohn-kanade-images"), ("Emotion", "Emotion_labels")):
        (raw / packed).mkdir()
        (raw / name).rename(raw / packed / name)
    again = load(raw)
    assert np.array_equal(plain.images, again.images) and plain.samples.equals(again.samples)


def test_the_cut_faces_are_preferred_and_noticed_when_they_come_later(raw, capsys):
    original_tree(raw)
    assert load(raw).card["layout"] == "original"
    cut_tree(raw)
    assert load(raw).card["layout"] == "CK+48"
    assert "CK+48 and original are there; CK+48 is used" in capsys.readouterr().out
    assert load(raw, layout="original").card["layout"] == "original"


def test_published_folds_are_fmpns(raw):
    named = cut_tree(raw, subjects=20)
    faces = load(raw)
    assert set(faces.samples["published_fold"]) == {-1}
    with pytest.raises(
        InputError, match=r"ckplus: its published folds are not there, expected .*in data/raw/ckplus/CKPlus; "
    ):
        make_folds("published", faces, 10)
    fmpn_lists(raw, named)
    faces = load(raw)  # prepared again, because the lists came
    folds = make_folds("published", faces, 10)
    assert folds.tolist() == [int(subject[1:]) % 10 for subject in faces.samples["subject"]]
    assert make_folds("published", expression6(faces), 10).max() == 9
    with pytest.raises(InputError, match="its published folds are 10, not 5; ask for 10 folds"):
        make_folds("published", faces, 5)


def test_the_neutral_frame_is_in_the_fold_of_its_sequence(raw):
    """A motion mask of a fold is made of pairs that are both outside of its test part."""
    named = original_tree(raw, subjects=10, frames=6)
    fmpn_lists(raw, {id_: names[-3:] for id_, names in named.items()})  # FMPN lists the last frames alone
    faces = load(raw, layout="original", neutral=True)
    folds = pd.Series(make_folds("published", faces, 10))
    by_sequence = folds.groupby(faces.samples["sequence"])
    assert (by_sequence.nunique() == 1).all() and (by_sequence.size() == 4).all()
    first = faces.samples["frame"] == 1
    assert (faces.samples["label"][first] == faces.classes.index("neutral")).all() and first.sum() == len(faces) / 4
    assert folds.tolist() == [int(subject[1:]) % 10 for subject in faces.samples["subject"]]


def test_valence_and_shared_names(raw):
    cut_tree(raw)
    faces = load(raw)
    assert np.bincount(polarity(faces).labels).tolist() == [0, 18, 18 * 5]  # contempt is negative
    assert np.bincount(expression6(faces).labels).tolist() == [18] * 6


def test_other_counts_than_the_public_ones_are_told(raw):
    cut_tree(raw)
    with pytest.warns(UserWarning, match=r"CK\+48 is not the whole public set: sequences 42 instead of 327"):
        assert load(raw).card["public_counts"] is False


def test_what_is_wrong_is_told_and_nothing_written(raw, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load(raw, **options)
        assert not (tmp_path / "prepared").exists()

    refused(r"raw/ckplus: neither CK\+48 nor cohn-kanade-images, expected one of these folders")
    (raw / "CK+48").mkdir()
    refused(r"CK\+48: no images, expected <class>/S010_004_00000017\.png")
    cut_tree(raw)
    refused("CK\\+48: holds no neutral frames; neutral needs layout='original'", neutral=True)
    refused("CK\\+48: sequence S001_001 has 3 frames, expected at least 4", frames=4)
    refused("cohn-kanade-images: no such folder, but layout='original' was asked for", layout="original")
    refused(r"ckplus: layout 'CK48', expected one of auto, CK\+48, original", layout="CK48")
    refused("ckplus: split 'subjects', expected one of paper, subject; did you mean 'subject'", split="subjects")
    refused("ckplus: frames 0, expected a whole number 1…60", frames=0)
    refused("ckplus: neutral 'yes', expected true or false", neutral="yes")
    twin = raw / "CK+48" / "fear" / "S001_001_00000001.png"
    twin.write_bytes(b"")
    refused("CK\\+48: sequence S001_001 is in angry and fear, expected one class")
    twin.rename(twin.with_name("1.png"))
    refused(r"CK\+48/fear/1\.png: expected a name such as S010_004_00000017\.png")
    twin.with_name("1.png").unlink()
    (raw / "CK+48" / "feer").mkdir()
    refused(r"CK\+48/feer: no class of CK\+ \(known: angry, .*\); did you mean 'fear'")


def test_what_is_wrong_with_the_original_folders_is_told(raw):
    def refused(match):
        with pytest.raises(InputError, match=match):
            load(raw)

    original_tree(raw)
    emotion = raw / "Emotion" / "S001" / "003" / "S001_003_00000005_emotion.txt"
    for content in ("", "three", "8.0", "2.5", "nan"):
        emotion.write_text(content)
        refused(r"S001_003_00000005_emotion\.txt: expected one number 1…7")
    emotion.write_text("3.0")
    second = emotion.with_name("S001_003_00000004_emotion.txt")
    second.write_text("3.0")
    refused("S001_003_00000005_emotion.txt: a second emotion of sequence S001_003, expected one")
    second.unlink()
    frames = raw / "cohn-kanade-images" / "S001" / "003"
    frames.rename(frames.with_name("moved"))
    refused("S001/003: no frames, but S001_003_00000005_emotion.txt gives their sequence an emotion")
    (raw / "Emotion").rename(raw / "emotions")
    refused("Emotion: no such folder, expected the emotion of every labelled sequence")
    (raw / "Emotion").mkdir()
    refused(r"Emotion: no emotion files, expected S010/004/S010_004_00000017_emotion\.txt")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (None, r"test_ids_3\.csv: no such file, expected FMPN's lists"),
        (b"S003_001_00000010.png\nS003.png\n", r"test_ids_3\.csv, row 1: 'S003\.png', expected a name"),
        (b"S001_001_00000010.png\n", r"test_ids_3\.csv, row 0: sequence S001_001 is in test_ids_1\.csv too"),
        (b"\xff\xfe\x00", r"test_ids_3\.csv: not a text file"),
        (b"", r"CKPlus: sequence S003_001 is in none of the ten lists"),
    ],
)
def test_wrong_lists_are_told(raw, changed, sentence):
    fmpn_lists(raw, cut_tree(raw))
    path = raw / "CKPlus" / "test_ids_3.csv"
    path.unlink() if changed is None else path.write_bytes(changed)
    with pytest.raises(InputError, match=sentence):
        load(raw)


def test_real_set(ckplus_data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = load_dataset("ckplus", ckplus_data)
    samples = faces.samples
    assert len(faces) == 981 and samples["sequence"].nunique() == 327 and samples["subject"].nunique() == 118
    assert list(faces.card["class_counts"].values()) == [135, 54, 177, 75, 207, 84, 249]
    assert faces.card["public_counts"] is True and samples["duplicate_group"].nunique() == 981
    near = near_groups_of(faces)
    assert identity_disjoint(samples["sequence"], near)
    assert pd.Series(samples["subject"]).groupby(near).nunique().max() == 1 and len(np.unique(near)) < 327
    assert samples["split"].value_counts().to_dict() == {"train": 684, "test": 201, "validation": 96}


def test_real_folds_are_those_of_the_lists(ckplus_data):
    faces = load_dataset("ckplus", ckplus_data)
    folds = make_folds("published", faces, 10)
    assert np.bincount(folds).tolist() == [78, 72, 114, 90, 90, 93, 111, 108, 114, 111]
    assert np.bincount(folds[faces.labels == 1]).tolist() == [30, 24]  # contempt
    assert identity_disjoint(faces.samples["subject"], folds)
    for fold in range(10):  # the lists of training images say the same
        path = ckplus_data / "raw" / "ckplus" / "CKPlus" / f"train_ids_{fold}.csv"
        trained = {line.removesuffix(".png") for line in path.read_text().split()}
        assert trained == set(faces.samples["sample_id"][folds != fold])


def test_real_shared_expressions(ckplus_data, jaffe_data):
    ckplus, jaffe = load_dataset("ckplus", ckplus_data), load_dataset("jaffe", jaffe_data)
    assert np.bincount(expression6(ckplus).labels).tolist() == [135, 177, 75, 207, 84, 249]
    assert expression6(ckplus).classes == expression6(jaffe).classes
