"""JAFFE's own masks, those that FMPN distributes for CK+, and how much they resemble each other."""

import numpy as np
import pytest
from PIL import Image

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.guidance.motion import correlations, find_pairs, make_motion_masks


@pytest.fixture(scope="module")
def published(ckplus_data):
    faces = load_dataset("ckplus", ckplus_data)
    folds = make_folds("published", faces, 10)
    return faces, make_motion_masks(faces, folds, faces.classes, ckplus_data, source="published")


def test_published_masks_of_ckplus_are_read_as_they_are(published, ckplus_data):
    faces, motion = published
    assert motion.masks.shape == (10, 7, 70, 70)
    for fold in range(10):
        for label in range(7):
            file = ckplus_data / "raw" / "ckplus" / "CKPlus" / "imgs_res" / str(fold) / f"{label}.png"
            assert np.array_equal(np.asarray(Image.open(file)), motion.masks[fold, label])
    masks = motion.masks.astype(float)
    assert masks.mean((2, 3)).min() > 115 and masks.mean((2, 3)).max() < 130  # equalised
    between_folds = np.mean([np.abs(masks[a] - masks[b]).mean() for a in range(10) for b in range(a)])
    between_classes = np.mean([np.abs(masks[:, a] - masks[:, b]).mean() for a in range(7) for b in range(a)])
    assert between_folds == pytest.approx(7.7, abs=0.05) and between_classes == pytest.approx(49.7, abs=0.05)


def test_jaffe_from_its_own_neutral_faces(published, jaffe_data):
    faces = load_dataset("jaffe", jaffe_data, crop=None, size=256)
    folds = make_folds("leave_one_subject_out", faces, 10)
    classes = tuple(name for name in faces.classes if name != "neutral")
    pairs = find_pairs(faces)
    subject = faces.samples["subject"].to_numpy()
    assert (subject[pairs["expressive"]] == subject[pairs["neutral"]]).all()
    assert set(pairs["expressive"]) == set(np.flatnonzero(faces.labels != faces.classes.index("neutral")))
    motion = make_motion_masks(faces, folds, classes, jaffe_data)
    assert motion.masks.shape == (10, 6, 70, 70) and motion.card["without_landmarks"] == 0
    for fold in range(10):
        for name in classes:
            seen = (pairs["expression"] == name) & (folds[pairs["expressive"]] != fold)
            assert motion.card["counts"][str(fold)][name] == seen.sum() > 0
    ours = motion.masks.mean(axis=0)
    ckplus, theirs = published[0].classes, published[1].masks.mean(axis=0)
    found = correlations(ours, theirs[[ckplus.index(name) for name in classes]])
    # other people, another camera, and published masks that are flatter than a similarity makes them
    assert np.diag(found).min() > 0.3 and np.diag(found).mean() > 0.4
    between_folds = np.abs(motion.masks.astype(float) - ours).mean()
    between_classes = np.abs(ours[:, None] - ours[None]).mean()
    assert between_classes > 2 * between_folds


def test_smiles_of_london_move_the_mouth(published, london_data):
    faces = load_dataset("london", london_data, crop=None, size=256)
    folds = make_folds("subject", faces, 5)
    assert len(find_pairs(faces)) == 102
    motion = make_motion_masks(faces, folds, ("happy",), london_data)
    assert sum(102 - row["happy"] for row in motion.card["counts"].values()) == 102
    for mask in motion.masks[:, 0].astype(float):
        mouth, brows_and_eyes, between = mask[48:66, 18:54], mask[8:26, 8:62], mask[28:44, 29:42]
        assert mouth.mean() > 1.2 * brows_and_eyes.mean() and mouth.mean() > 1.2 * between.mean()
    theirs = published[1].masks.mean(axis=0)
    found = dict(zip(published[0].classes, correlations(motion.masks[:, 0].astype(float), theirs).T, strict=True))
    # a smile with closed lips is as near to CK+'s contempt (0.55) as to its happy faces (0.53)
    for name in set(found) - {"happy", "contempt"}:
        assert (found["happy"] > found[name]).all() and (found["happy"] > 0.45).all()
