"""KDEF: who, what and from where by the file names, what is known to be wrong in the set, and mistakes."""

import warnings

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.identity import identity_disjoint
from fer_lib.datasets.image_files import read_image
from fer_lib.datasets.kdef import ANGLES, CLASSES, CODES, NAME
from fer_lib.datasets.labels import expression7, polarity
from fer_lib.errors import InputError

from .trees import kdef_tree, put

PEOPLE = ["F01", "F31", "F35", "M01", "M31", "M35"]
pytestmark = pytest.mark.filterwarnings("ignore:.*is not the whole public set")


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "kdef"
    folder.mkdir(parents=True)
    return folder


def load(raw, **options):
    return load_dataset("kdef", raw.parents[1], **options)


def test_names_tell_session_person_expression_and_angle(raw):
    names = kdef_tree(raw / "KDEF", PEOPLE)
    faces = load(raw, size=24)
    assert faces.classes == CLASSES and faces.images.shape == (2 * 6 * 7, 24, 24)
    assert faces.samples["sample_id"].tolist() == [name for name in names if name.endswith("S")]
    for k, row in enumerate(faces.samples.itertuples()):
        name = row.sample_id
        assert (row.session, row.subject, row.angle) == (name[0], name[1:4], name[6:])
        assert faces.classes[row.label] == CODES[name[4:6]]
        assert row.sex == ("female" if name[1] == "F" else "male")
        if k % 20 == 0:
            assert np.array_equal(read_image(raw / "KDEF" / name[:4] / f"{name}.JPG", 24), faces.images[k])
    assert faces.card["faces"] == {"cut": None} and faces.card["left_out"] == {"black pictures": 0}
    assert load(raw, size=16, channels="rgb").images.shape == (84, 16, 16, 3)


def test_the_middle_of_the_picture_is_kept(raw):
    kdef_tree(raw, PEOPLE)
    tall = Image.fromarray(np.repeat(np.arange(60, 140, dtype=np.uint8), 40).reshape(80, 40))
    tall.save(raw / "AF01" / "AF01AFS.JPG", quality=100)
    middle = load(raw, size=40).images[0].mean(axis=1)
    assert np.abs(middle - np.arange(80, 120)).max() < 2


def test_angles_and_sessions_are_chosen(raw):
    kdef_tree(raw, PEOPLE)
    both, first = load(raw, angles=["HL", "S"]), load(raw, sessions=["A"])
    assert len(both) == 168 and set(both.samples["angle"]) == {"HL", "S"} and set(both.samples["session"]) == {"A", "B"}
    assert len(first) == 42 and set(first.samples["session"]) == {"A"}
    assert load(raw, angles=("S",)).folder.name == "kdef"  # the default


def test_both_sessions_of_a_person_are_in_one_part(raw, capsys):
    kdef_tree(raw, PEOPLE)
    faces = load(raw)
    assert "identity-disjoint: yes (6 subjects" in capsys.readouterr().out and faces.card["identity_disjoint"]
    assert set(faces.samples["split"]) == {"train", "validation", "test"}
    assert identity_disjoint(faces.samples["subject"], faces.samples["split"])
    assert identity_disjoint(faces.samples["subject"], make_folds("subject", faces, 3))
    assert identity_disjoint(faces.samples["near_duplicate_group"], faces.samples["subject"])
    assert load(raw, seed=1).samples["split"].tolist() != faces.samples["split"].tolist()


def test_two_files_with_known_wrong_names_are_what_is_missing(raw):
    kdef_tree(raw, PEOPLE, ANGLES)
    every = ANGLES
    right = load(raw, angles=every).samples
    for name, given in (("AF31SAHL", "AF31V"), ("AM31SUHR", "AM31H")):
        (raw / name[:4] / f"{name}.JPG").rename(raw / name[:4] / f"{given}.JPG")
        wrong = load(raw, angles=every).samples
        columns = ["label", "subject", "session", "angle", "sex"]
        here = wrong[wrong["sample_id"] == given][columns].to_numpy().tolist()
        assert here == right[right["sample_id"] == name][columns].to_numpy().tolist() and len(here) == 1
    put(raw, ["AF31/AF31SAHL.JPG"])
    with pytest.raises(InputError, match=r"AF31V\.JPG: AF31/AF31SAHL\.JPG is AF31SAHL too, expected one file"):
        load(raw, angles=every)


def test_black_pictures_are_left_out_and_counted(raw, capsys):
    names = kdef_tree(raw, PEOPLE)
    Image.fromarray(np.full((24, 24), 3, np.uint8)).save(raw / "AF01" / "AF01ANS.JPG")
    Image.fromarray(np.full((24, 24), 3, np.uint8)).save(raw / "AF01" / "AF01ANHL.JPG")
    faces = load(raw)
    assert "KDEF: 1 pictures are black and left out" in capsys.readouterr().out
    assert faces.card["left_out"] == {"black pictures": 1} and faces.card["images"] == 83
    assert faces.samples["sample_id"].tolist() == [n for n in names if n.endswith("S") and n != "AF01ANS"]
    k = faces.samples["sample_id"].tolist().index("AF01DIS")
    assert np.array_equal(read_image(raw / "AF01" / "AF01DIS.JPG", 48), faces.images[k])


def test_shared_names_and_valence(raw):
    kdef_tree(raw, PEOPLE)
    faces = load(raw)
    assert expression7(faces).classes == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    assert np.bincount(polarity(faces).labels).tolist() == [12, 12, 48]


def test_the_folder_of_the_archive_is_found_and_its_averages_are_not_read(raw):
    kdef_tree(raw / "KDEF_and_AKDEF" / "KDEF", PEOPLE)
    put(raw, ["KDEF_and_AKDEF/AKDEF/FAFFL.JPG"])
    (raw / "KDEF_and_AKDEF" / "KDEF" / "AF01" / "Thumbs.db").write_bytes(b"left by another system")
    assert len(load(raw)) == 84


def test_public_counts(raw):
    people = [f"{sex}{k:02d}" for sex in "FM" for k in range(1, 36)]
    assert [p for sex in "FM" for k in range(100) if NAME.fullmatch(f"A{(p := f'{sex}{k:02d}')}NES")] == people
    names = kdef_tree(raw, people, ANGLES)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = load(raw, size=8)
    assert len(names) == 4900 and len(faces) == 980 and faces.card["public_counts"] is True
    assert list(faces.card["class_counts"].values()) == [140] * 7


def test_other_counts_are_told_and_changed_files_noticed(raw):
    kdef_tree(raw, PEOPLE)
    with pytest.warns(UserWarning, match="kdef is not the whole public set: images 168 instead of 4900, subjects 6"):
        assert load(raw).card["public_counts"] is False
    (raw / "BM35" / "BM35SUS.JPG").unlink()
    assert len(load(raw)) == 83


def test_folders_may_have_any_name(tmp_path):
    raw = tmp_path / "données Ω" / "raw" / "kdef"
    kdef_tree(raw, PEOPLE)
    assert len(load(raw)) == 84


def test_what_is_wrong_is_told_and_nothing_written(raw, tmp_path):
    def refused(match, **options):
        with pytest.raises(InputError, match=match):
            load(raw, **options)
        assert not (tmp_path / "prepared").exists()

    refused(r"raw/kdef: no images, expected files such as AF01ANS\.JPG; see data/README\.md")
    kdef_tree(raw, PEOPLE)
    for angles in ((), ("L",), ("S", "S"), "S", (1,)):
        refused("kdef: angles .*, expected a list with some of FL, HL, S, HR, FR, none twice", angles=angles)
    refused("kdef: sessions .'C'., expected a list with some of A, B", sessions=["C"])
    refused("kdef: channels 'gray', expected one of grey, rgb", channels="gray")
    refused("kdef: resize 'cut', expected one of stretch, pad, crop", resize="cut")
    refused("kdef: size 4, expected a whole number 8…1024", size=4)
    refused("data set 'kdef' has no option 'angle'; did you mean 'angles'", angle="S")
    refused(r"raw/kdef: no picture of angles \['FR'\] in sessions \['A', 'B'\]", angles=["FR"])
    good = raw / "AF01" / "AF01ANS.JPG"
    for name in ("AF36ANS.JPG", "AF01ANN.JPG", "CF01ANS.JPG", "AF01COS.JPG", "AF30V.JPG"):
        wrong = good.rename(good.with_name(name))
        refused(rf"AF01/{name}: expected a name such as AF01ANS\.JPG")
        wrong.rename(good)
    good.write_text("no image")
    refused(r"AF01ANS\.JPG: not a readable image")


def test_nothing_but_black_pictures_is_refused(raw):
    for name in kdef_tree(raw, PEOPLE, ("S",)):
        Image.fromarray(np.zeros((24, 24), np.uint8)).save(raw / name[:4] / f"{name}.JPG")
    with pytest.raises(InputError, match="raw/kdef: all 84 pictures are black, expected faces"):
        load(raw)
