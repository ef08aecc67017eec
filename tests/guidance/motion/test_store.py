"""What lies in ``data/motion``, when it is made again, and two faces whose mouth moves."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from fer_lib.artifacts import file_sha256
from fer_lib.datasets.folds import make_folds
from fer_lib.errors import InputError
from fer_lib.faces.similarity import align, aligned
from fer_lib.guidance.motion import find_pairs, make_motion_masks
from fer_lib.guidance.motion.build import normalized

from .conftest import eyes_at

CLASSES = ("happy", "sad", "surprise")


@pytest.fixture(scope="module")
def made(drawn):
    faces, data = drawn
    folds = make_folds("subject", faces, 3)
    return faces, data, folds, make_motion_masks(faces, folds, CLASSES, data, landmarks="dataset")


def test_files_card_and_masks_say_the_same(made):
    faces, data, folds, motion = made
    assert motion.masks.shape == (3, 3, 70, 70) and motion.masks.dtype == np.uint8
    assert motion.classes == CLASSES and motion.fold_ids.tolist() == [0, 1, 2]
    assert motion.folder.parent == data / "motion" and motion.folder.name.startswith(f"{faces.name}-")
    files = sorted(path.relative_to(motion.folder).as_posix() for path in motion.folder.rglob("*.*"))
    assert files == sorted(["card.json", *(f"{fold}/{name}.png" for fold in range(3) for name in CLASSES)])
    assert np.array_equal(np.asarray(Image.open(motion.folder / "1" / "sad.png")), motion.masks[1, 1])
    card = json.loads((motion.folder / "card.json").read_text())
    assert card == motion.card and card["kind"] == "motion"
    pairs = find_pairs(faces)
    for fold in range(3):
        for name in CLASSES:
            mine = pairs[(pairs["expression"] == name) & (folds[pairs["expressive"]] != fold)]
            assert card["counts"][str(fold)][name] == len(mine)
    assert card["without_landmarks"] == card["pairs_not_used"] == 0


def test_classes_are_known_under_the_names_that_label_spaces_give_them(made):
    faces, data, folds, motion = made
    named = {"happy": "Happiness", "sad": "Sadness"}
    theirs = replace(faces, classes=tuple(named.get(name, name) for name in faces.classes))
    found = make_motion_masks(theirs, folds, CLASSES, data, landmarks="dataset")
    assert found.folder != motion.folder and np.array_equal(found.masks, motion.masks)


def test_a_mask_is_the_mean_difference_of_aligned_faces(made):
    faces, data, folds, motion = made
    shown = aligned(faces.images, align(faces, data, 70, landmarks="dataset").matrices, 70)
    pairs = find_pairs(faces)
    pairs = pairs[(pairs["expression"] == "surprise") & (folds[pairs["expressive"]] != 2)]
    moved = [
        np.abs(shown[e].astype(float) - shown[n]) for e, n in zip(pairs["expressive"], pairs["neutral"], strict=True)
    ]
    assert np.array_equal(motion.masks[2, 2], normalized(np.mean(moved, axis=0)))


def test_stored_masks_are_read_again_and_other_ones_made_anew(made, monkeypatch):
    faces, data, folds, motion = made
    written = {path: path.stat().st_mtime_ns for path in motion.folder.rglob("*.*")}
    assert np.array_equal(make_motion_masks(faces, folds, CLASSES, data, landmarks="dataset").masks, motion.masks)
    assert {path: path.stat().st_mtime_ns for path in motion.folder.rglob("*.*")} == written
    hidden = np.arange(len(faces)) < 8
    other = [
        {"normalizer": "minmax"},
        {"photometric": True},
        {"blur": 1.0},
        {"size": 64},
        {"points": "five"},
        {"left_out": hidden},
        {"source": "class_mean"},
    ]
    folders = {motion.folder}
    for options in other:
        folders.add(make_motion_masks(faces, folds, CLASSES, data, **{"landmarks": "dataset", **options}).folder)
    folders.add(make_motion_masks(faces, (folds + 1) % 3, CLASSES, data, landmarks="dataset").folder)
    folders.add(make_motion_masks(faces, folds, CLASSES[::-1], data, landmarks="dataset").folder)
    renamed = faces.relabel(np.array([3, 1, 2, 0, 4, 5, 6])[faces.labels], faces.classes)
    folders.add(make_motion_masks(renamed, folds, CLASSES, data, landmarks="dataset").folder)
    assert len(folders) == len(other) + 4


def test_an_unfinished_folder_is_made_again(made):
    faces, data, folds, motion = made
    before = file_sha256(motion.folder / "0" / "sad.png")
    (motion.folder / "card.json").unlink()
    (motion.folder / "0" / "sad.png").write_bytes(b"half")
    (motion.folder / "0" / "leftover.png").write_bytes(b"old")
    assert np.array_equal(make_motion_masks(faces, folds, CLASSES, data, landmarks="dataset").masks, motion.masks)
    assert file_sha256(motion.folder / "0" / "sad.png") == before
    assert not (motion.folder / "0" / "leftover.png").exists()


def disc_face(eyes, mouth_at, side=96):
    """A bright disc with dark eyes and a dark mouth, turned and scaled as its eyes are."""
    left, right = np.array(eyes, float)
    across = right - left
    down, unit = np.array([-across[1], across[0]]), np.hypot(*across)
    y, x = np.mgrid[:side, :side]
    place = np.stack([x, y], -1)

    def disc(centre, radius):
        return np.hypot(*np.moveaxis(place - centre, -1, 0)) <= radius * unit

    middle = (left + right) / 2
    picture = np.full((side, side), 40.0)
    picture[disc(middle + 0.45 * down, 1.1)] = 190
    for eye in (left, right):
        picture[disc(eye, 0.15)] = 60
    picture[disc(middle + mouth_at * down, 0.2)] = 80
    return picture.astype(np.uint8)


@pytest.mark.parametrize("normalizer", ["equalize", "minmax", "none"])
def test_two_disc_faces_with_a_shifted_mouth(put, normalizer):
    """The mask lights up where the mouth was and is, three times as much as elsewhere, however the heads are held."""
    eyes = [((33, 30), (63, 30)), ((36, 34), (65, 24)), ((30, 28), (58, 34)), ((34, 32), (61, 28))]
    images = [disc_face(pair, at) for pair, at in zip(eyes, (0.85, 1.05, 0.85, 1.05), strict=True)]
    points = [eyes_at(*pair) for pair in eyes]
    faces, data = put(np.stack(images), np.stack(points), [0, 1, 0, 1], subject=["a", "a", "b", "b"])
    folds = np.array([-1, -1, -1, 0])
    mask = make_motion_masks(faces, folds, ("happy",), data, landmarks="dataset", normalizer=normalizer).masks[0, 0]
    box = np.zeros((70, 70), bool)
    x, y, unit = 0.51 * 70, 0.27 * 70, 0.52 * 70
    box[round(y + 0.6 * unit) : round(y + 1.3 * unit), round(x - 0.25 * unit) : round(x + 0.25 * unit)] = True
    assert mask[box].mean() > 3 * mask[~box].mean()


def test_pictures_without_landmarks_are_in_no_mask(put):
    images = np.random.default_rng(0).integers(0, 256, (4, 40, 40)).astype(np.uint8)
    points = np.tile(eyes_at((12, 15), (28, 15)), (4, 1, 1))
    points[3] = np.nan
    faces, data = put(images, points, [0, 1, 1, 1], subject="a")
    folds = np.array([-1, -1, -1, 0])
    motion = make_motion_masks(faces, folds, ("happy",), data, landmarks="dataset")
    assert motion.card["without_landmarks"] == 1 and motion.card["pairs_not_used"] == 1
    assert motion.card["counts"] == {"0": {"happy": 2}}


def test_a_class_that_a_fold_sees_nowhere_else_is_named_and_nothing_is_left(put):
    faces, data = put(
        np.zeros((4, 40, 40), np.uint8), np.tile(eyes_at((12, 15), (28, 15)), (4, 1, 1)), [0, 1, 2, 1], subject="a"
    )
    folds = np.array([-1, 0, 1, 1])
    for source, what in (("pairs", "pair"), ("class_mean", "picture beside neutral ones")):
        with pytest.raises(InputError, match=f"tiny: class 'angry' has no {what} outside of what fold 1 tests"):
            make_motion_masks(faces, folds, ("happy", "angry"), data, landmarks="dataset", source=source)
    assert not list((data / "motion").rglob("*.png"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"folds": np.zeros(3, int)}, r"folds are int64 \(3,\), expected whole numbers \(160,\)"),
        ({"folds": np.zeros(160)}, r"folds are float64 \(160,\), expected whole numbers"),
        ({"folds": np.full(160, -1)}, "no picture is tested in any fold"),
        ({"classes": ()}, "no classes are named"),
        ({"classes": ("hapy",)}, "no class 'hapy'; did you mean 'happy'?"),
        ({"classes": ("sad", "neutral")}, "'neutral' shows no motion"),
        ({"classes": ("sad", "sad")}, "classes are sad, sad, expected each once"),
        ({"source": "pair"}, "source is 'pair'; did you mean 'pairs'?"),
        ({"size": 4}, "size is 4, expected a whole number 8…1024"),
        ({"blur": "1"}, "blur is '1', expected"),
        ({"left_out": np.zeros(160)}, r"left_out is float64 \(160,\), expected true or false \(160,\)"),
    ],
    ids=str,
)
def test_wrong_requests(drawn, changed, sentence):
    faces, data = drawn
    asked = {"folds": np.arange(160) % 2, "classes": ("happy",), "data_dir": data, "landmarks": "dataset", **changed}
    with pytest.raises(InputError, match=sentence):
        make_motion_masks(faces, **asked)
