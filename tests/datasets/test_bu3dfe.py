"""BU-3DFE: who and what by the file names, its folds, and what is said about mistakes."""

import warnings

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.bu3dfe import CLASSES, CODES, NAME
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.image_files import read_image
from fer_lib.datasets.labels import expression7, polarity
from fer_lib.errors import InputError

from .trees import bu3dfe_tree, put

PEOPLE = ["F0001", "F0010", "F0011", "F0056", "M0001", "M0044"]
pytestmark = pytest.mark.filterwarnings("ignore:.*is not the whole public set")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "bu3dfe"
    folder.mkdir(parents=True)
    return folder


def load(raw, **options):
    return load_dataset("bu3dfe", raw.parents[1], **options)


def test_names_tell_who_what_and_how_strongly(raw):
    names = bu3dfe_tree(raw, PEOPLE)
    faces = load(raw, size=24)
    assert faces.classes == CLASSES and faces.images.shape == (6 * 25, 24, 24)
    assert faces.samples["sample_id"].tolist() == names
    for k, row in enumerate(faces.samples.itertuples()):
        name = row.sample_id
        assert (row.subject, faces.classes[row.label]) == (name[:5], CODES[name[6:8]])
        assert (row.intensity, row.ethnicity) == (int(name[8:10]), name[10:12])
        assert row.sex == ("female" if name[0] == "F" else "male")
        if k % 20 == 0:
            assert np.array_equal(read_image(raw / name[:5] / f"{name}.bmp", 24), faces.images[k])
    assert faces.card["faces"] == {"cut": None}
    assert load(raw, size=16, channels="rgb").images.shape == (150, 16, 16, 3)


def test_intensities_are_chosen_and_neutral_faces_stay(raw):
    bu3dfe_tree(raw, PEOPLE)
    faces = load(raw, intensities=[3, 4])
    assert set(faces.samples["intensity"]) == {0, 3, 4} and list(faces.card["class_counts"].values()) == [6] + [12] * 6
    assert (faces.samples["intensity"] == 0).tolist() == (faces.labels == 0).tolist()
    assert load(raw, intensities=(1, 2, 3, 4)).folder.name == "bu3dfe"  # the default


def test_side_views_and_models_are_passed_over(raw):
    names = bu3dfe_tree(raw / "BU_3DFE", PEOPLE)
    put(raw / "BU_3DFE", ["F0001/F0001_AN01WH_F3D.bmp"])
    (raw / "BU_3DFE" / "F0001" / "F0001_AN01WH_F3D.wrl").write_text("#VRML")
    assert load(raw).samples["sample_id"].tolist() == names


def test_ten_people_a_fold_by_their_names(raw):
    bu3dfe_tree(raw, PEOPLE)
    faces = load(raw)
    by_person = dict(zip(faces.samples["subject"], faces.samples["published_fold"], strict=True))
    everybody = [f"F{k:04d}" for k in range(1, 57)] + [f"M{k:04d}" for k in range(1, 45)]
    assert by_person == {person: everybody.index(person) // 10 for person in PEOPLE}
    assert make_folds("published", faces, 10).tolist() == faces.samples["published_fold"].tolist()


def test_all_hundred_people_and_nobody_else_have_names():
    everybody = [f"{sex}{k:04d}" for sex in "FM" for k in range(100) if NAME.fullmatch(f"{sex}{k:04d}_NE00WH_F2D")]
    assert everybody == [f"F{k:04d}" for k in range(1, 57)] + [f"M{k:04d}" for k in range(1, 45)]


def test_both_splits_are_identity_disjoint(raw, capsys):
    bu3dfe_tree(raw, PEOPLE)
    paper, people = load(raw), load(raw, split="subject")
    assert capsys.readouterr().out.count("identity-disjoint: yes (6 subjects") == 2
    assert set(paper.samples.loc[paper.samples["split"] == "test", "subject"]) == {"F0001", "F0010"}
    for faces in (paper, people):
        assert set(faces.samples["split"]) == {"train", "validation", "test"} and faces.card["identity_disjoint"]
        assert identity_disjoint(faces.samples["subject"], faces.samples["split"])
        assert identity_disjoint(faces.samples["near_duplicate_group"], faces.samples["subject"])


def test_shared_names_and_valence(raw):
    bu3dfe_tree(raw, PEOPLE)
    faces = load(raw)
    assert expression7(faces).classes == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert np.bincount(polarity(faces).labels).tolist() == [6, 24, 96]


def test_public_counts(raw):
    everybody = [f"F{k:04d}" for k in range(1, 57)] + [f"M{k:04d}" for k in range(1, 45)]
    names = bu3dfe_tree(raw, everybody)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = load(raw, intensities=(4,), size=8)
    assert len(names) == 2500 and len(faces) == 700 and faces.card["public_counts"] is True
    assert np.bincount(make_folds("published", faces, 10)).tolist() == [70] * 10


def test_other_counts_are_told_and_changed_files_noticed(raw):
    bu3dfe_tree(raw, PEOPLE)
    with pytest.warns(UserWarning, match="bu3dfe is not the whole public set: images 150 instead of 2500, subjects 6"):
        assert load(raw).card["public_counts"] is False
    (raw / "M0044" / "M0044_SU04AE_F2D.bmp").unlink()
    assert len(load(raw)) == 149


def test_folders_may_have_any_name(tmp_path):
    raw = tmp_path / "données Ω" / "raw" / "bu3dfe"
    bu3dfe_tree(raw, PEOPLE)
    assert len(load(raw)) == 150


def test_what_is_wrong_is_told_and_nothing_written(raw, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load(raw, **options)
        assert not (tmp_path / "prepared").exists()

    refused(r"raw/bu3dfe: no images, expected files such as F0001_AN01WH_F2D\.bmp; see data/README\.md")
    bu3dfe_tree(raw, PEOPLE)
    for intensities in ((), (5,), (1, 1), 4, "4", (True,), ("4",)):
        refused("bu3dfe: intensities .*, expected a list with some of 1, 2, 3, 4, none", intensities=intensities)
    refused("bu3dfe: split 'person', expected one of paper, subject", split="person")
    refused("bu3dfe: resize 'cut', expected one of stretch, pad, crop", resize="cut")
    refused("bu3dfe: channels 'gray', expected one of grey, rgb", channels="gray")
    refused("bu3dfe: size 2000, expected a whole number 8…1024", size=2000)
    refused("data set 'bu3dfe' has no option 'intensity'; did you mean 'intensities'", intensity=4)
    good = raw / "F0001" / "F0001_AN01WH_F2D.bmp"
    for name in ("F0001_AN00WH_F2D.bmp", "F0001_NE01WH_F2D.bmp", "F0057_AN01WH_F2D.bmp", "F0001_CO01WH_F2D.bmp"):
        wrong = good.rename(good.with_name(name))
        refused(rf"F0001/{name}: expected a name such as F0001_AN01WH_F2D\.bmp")
        wrong.rename(good)
    copy = good.with_suffix(".png")
    copy.write_bytes(good.read_bytes())
    refused(r"F0001_AN01WH_F2D\.png: .* is F0001_AN01WH_F2D too, expected one file")
    copy.unlink()
    good.write_text("no image")
    refused(r"F0001_AN01WH_F2D\.bmp: not a readable image")


def test_without_the_first_people_the_paper_split_cannot_be_made(raw):
    bu3dfe_tree(raw, PEOPLE[2:])
    with pytest.raises(InputError, match="bu3dfe: no image of the first published fold, which is tested; use split="):
        load(raw)
    assert len(load(raw, split="subject")) == 100
