"""MMI: who, what and which fold by names, labels and lists; and what is said about mistakes."""

import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import inner_validation, make_folds, official
from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.image_files import read_image
from fer_lib.datasets.labels import expression6, polarity
from fer_lib.datasets.mmi_labels import CLASSES, read_emotions
from fer_lib.datasets.near_duplicates import near_groups_of
from fer_lib.errors import InputError

from ..conftest import _expanded as expanded
from .trees import mmi_tree, put

pytestmark = pytest.mark.filterwarnings("ignore:.*is not the whole public set")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "mmi"
    folder.mkdir(parents=True)
    return folder


def load(raw, **options):
    return load_dataset("mmi", raw.parents[1], **options)


def test_names_tell_who_and_labels_what(raw):
    named = mmi_tree(raw)
    faces = load(raw, size=24)
    assert faces.classes == CLASSES and len(faces) == 20 * 6 * 3 and faces.images.shape == (360, 24, 24)
    assert faces.samples["sample_id"].tolist() == [name for id_ in named for name in named[id_]]
    for k, row in enumerate(faces.samples.itertuples()):
        assert row.sample_id == f"{row.sequence}_{row.frame:03d}" and row.sequence.startswith(f"{row.subject}_")
        assert row.label == int(row.sequence[-1]) - 1
        if k % 50 == 0:
            assert np.array_equal(read_image(raw / "MMI" / "imgs" / f"{row.sample_id}.png", 24), faces.images[k])
    assert faces.card["faces"] == {"cut": None}
    assert load(raw, size=16, channels="rgb").images.shape == (360, 16, 16, 3)


def test_frames_of_a_sequence_stay_together(raw):
    mmi_tree(raw)
    faces = load(raw)
    near = near_groups_of(faces)
    assert identity_disjoint(faces.samples["sequence"], near)
    inner = inner_validation(faces.labels, near, official(faces.samples) == "train", 0.2)
    assert identity_disjoint(faces.samples["sequence"], inner)


def test_published_folds_are_those_of_the_lists(raw):
    mmi_tree(raw)
    faces = load(raw)
    folds = make_folds("published", faces, 10)
    assert folds.tolist() == [int(subject[1:]) % 10 for subject in faces.samples["subject"]]
    assert make_folds("published", expression6(faces), 10).tolist() == folds.tolist()


def test_paper_split_tests_the_first_list_and_subject_split_deals_people(raw, capsys):
    mmi_tree(raw)
    paper, people = load(raw), load(raw, split="subject")
    assert capsys.readouterr().out.count("identity-disjoint: yes (20 subjects") == 2
    tested = paper.samples["split"] == "test"
    assert tested.tolist() == (paper.samples["published_fold"] == 0).tolist()
    for faces, counts in ((paper, (16, 2, 2)), (people, (14, 2, 4))):
        found = faces.samples.groupby("split")["subject"].nunique()
        assert tuple(found[["train", "validation", "test"]]) == counts
        assert identity_disjoint(faces.samples["subject"], faces.samples["split"]) and faces.card["identity_disjoint"]
    assert load(raw, split="subject", seed=1).samples["split"].tolist() != people.samples["split"].tolist()


def test_shared_names_and_valence(raw):
    mmi_tree(raw)
    faces = load(raw)
    assert expression6(faces).classes == CLASSES
    assert np.bincount(polarity(faces).labels).tolist() == [0, 60, 240]


def test_labels_as_fmpn_distributes_them(raw):
    mmi_tree(raw)
    table = raw / "MMI" / "emotion_labels.csv"
    known = read_emotions(table.parent)
    table.with_suffix(".pkl").write_bytes(pickle.dumps(known, protocol=2))
    table.unlink()
    assert read_emotions(table.parent) == known and len(known) == 120
    faces = load(raw)
    assert faces.labels.tolist() == faces.samples["sequence"].map(known).tolist()


class Runs:
    """Unpickled by the ordinary loader, this would make a folder."""

    def __reduce__(self):
        return Path.mkdir, (Path("made"),)


@pytest.mark.parametrize("content", [pickle.dumps({"S001_001": Runs()}), pickle.dumps([1]), b"\x80", b""])
def test_a_pickle_that_is_more_than_names_and_numbers_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "emotion_labels.pkl").write_bytes(content)
    with pytest.raises(InputError, match="not a pickled dictionary of names and numbers; write emotion_labels.csv"):
        read_emotions(tmp_path)
    assert not Path("made").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no columns sequence,emotion"),
        (b"S001_001,0\n", "no columns sequence,emotion"),
        (b"\xff\xfe", "not a table"),
        (b"sequence,emotion\nS001_001\n", "row 0: 1 columns, expected 2"),
        (b"sequence,emotion\nS001_001,0\nS1,0\n", "row 1: sequence 'S1', expected such as S001_100"),
        (b"sequence,emotion\nS001_001,6\n", "row 0: emotion '6', expected 0…5"),
        (b"sequence,emotion\nS001_001,\n", "row 0: emotion '', expected 0…5"),
        (b"sequence,emotion\nS001_001,0\n\nS001_001,1\n", "row 1: sequence S001_001 stands in two rows"),
        (b"sequence,emotion\nS001_001,0\n", r"sequence S001_002 has images but no emotion"),
    ],
)
def test_wrong_labels_are_told(raw, content, sentence):
    mmi_tree(raw, subjects=3)
    (raw / "MMI" / "emotion_labels.csv").write_bytes(content)
    with pytest.raises(InputError, match=rf"MMI(/emotion_labels\.csv)?(, |: ){sentence}"):
        load(raw)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (None, r"test_ids_3\.csv: no such file, expected FMPN's lists"),
        (b"S003_001_040.png\nS003.png\n", r"test_ids_3\.csv, row 1: 'S003\.png', expected a name such as S001_100_040"),
        (b"S001_001_040.png\n", r"test_ids_3\.csv, row 0: sequence S001_001 is in test_ids_1\.csv too"),
        (b"", r"MMI: sequence S003_001 is in none of the ten lists"),
    ],
)
def test_incomplete_lists_are_told(raw, changed, sentence):
    mmi_tree(raw)
    path = raw / "MMI" / "test_ids_3.csv"
    path.unlink() if changed is None else path.write_bytes(changed)
    with pytest.raises(InputError, match=sentence):
        load(raw)


def test_what_is_wrong_is_told_and_nothing_written(raw, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load(raw, **options)
        assert not (tmp_path / "prepared").exists()

    refused("raw/mmi/MMI: no such folder, expected FMPN's lists and the folder imgs")
    (raw / "MMI").mkdir()
    refused(r"MMI/imgs: no images, expected files such as S001_100_040\.png")
    put(raw, ["MMI/imgs/S001_001_040.png"])
    refused(r"emotion_labels\.csv: no such file, expected it or emotion_labels\.pkl")
    mmi_tree(raw)
    refused("mmi: split 'person', expected one of paper, subject", split="person")
    refused("mmi: resize 'cut', expected one of stretch, pad, crop", resize="cut")
    refused("mmi: channels 'gray', expected one of grey, rgb; did you mean 'grey'", channels="gray")
    refused("mmi: size 4, expected a whole number 8…1024", size=4)
    refused("mmi: seed -1, expected a whole number", seed=-1)
    refused("data set 'mmi' has no option 'frame'", frame=3)
    image = raw / "MMI" / "imgs" / "S001_001_040.png"
    image.rename(image.with_name("S001-001_00040.png"))
    refused(r"imgs/S001-001_00040\.png: expected a name such as S001_100_040\.png")
    image.with_name("S001-001_00040.png").unlink()
    image.write_text("no image")
    refused(r"S001_001_040\.png: not a readable image")


def test_without_the_first_fold_the_paper_split_cannot_be_made(raw):
    mmi_tree(raw, subjects=9)
    with pytest.raises(InputError, match="mmi: no image of the first published fold, which is tested; use split='sub"):
        load(raw)
    assert len(load(raw, split="subject")) == 9 * 18


def test_other_counts_are_told_and_changed_files_noticed(raw):
    mmi_tree(raw)
    with pytest.warns(UserWarning, match="MMI is not the whole public set: images 360 instead of 624, sequences 120"):
        assert load(raw).card["public_counts"] is False
    for image in (raw / "MMI" / "imgs").glob("S020_*"):
        image.unlink()
    assert len(load(raw)) == 19 * 18


def test_folders_may_have_any_name(tmp_path):
    raw = tmp_path / "données Ω" / "raw" / "mmi"
    mmi_tree(raw, subjects=10)
    (raw / "MMI" / "imgs" / "readme.txt").write_text("as in FMPN's repository")
    (raw / "MMI" / "imgs" / "._S001_001_040.png").write_bytes(b"left by another system")
    assert len(load(raw)) == 180


def test_real_lists(mmi_lists):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = load_dataset("mmi", mmi_lists, size=16)
    samples = faces.samples
    assert len(faces) == 624 and samples["sequence"].nunique() == 208 and samples["subject"].nunique() == 31
    assert list(faces.card["class_counts"].values()) == [99, 96, 84, 126, 96, 123]
    folds = make_folds("published", faces, 10)
    assert np.bincount(folds).tolist() == [63, 108, 90, 39, 63, 69, 72, 27, 15, 78]
    assert identity_disjoint(samples["subject"], folds) and faces.card["identity_disjoint"]
    assert samples.loc[samples["split"] == "test", "subject"].unique().tolist() == ["S050", "S053", "S054"]
    for fold in range(10):  # the lists of training images say the same
        trained = (mmi_lists / "raw" / "mmi" / "MMI" / f"train_ids_{fold}.csv").read_text().split()
        assert {name.removesuffix(".png") for name in trained} == set(samples["sample_id"][folds != fold])


@pytest.fixture(scope="module")
def mmi_lists(real_data, tmp_path_factory) -> Path:
    """A data folder with FMPN's own lists and labels of MMI, and a generated image under each of the 624 names."""
    data = tmp_path_factory.mktemp("mmi")
    expanded(real_data, "fmpn_lists", data / "lists")
    folder = data / "raw" / "mmi" / "MMI"
    folder.parent.mkdir(parents=True)
    (data / "lists" / "datasets" / "MMI").rename(folder)
    names = [name for fold in range(10) for name in (folder / f"test_ids_{fold}.csv").read_text().split()]
    put(folder / "imgs", names, size=16)
    return data
