"""Masks built from drawn pairs against the motion that the pairs were drawn with."""

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.synthetic import drawn_parameters, render
from fer_lib.errors import InputError
from fer_lib.faces.similarity import align, aligned
from fer_lib.guidance.motion import correlations, make_motion_masks, true_motion


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    data = tmp_path_factory.mktemp("studio")
    return load_dataset("synthetic", data, images=600, style="studio"), data


@pytest.mark.parametrize("normalizer", ["minmax", "equalize"])
def test_a_built_mask_shows_the_true_motion_of_its_own_class(studio, normalizer):
    """With dlib's landmarks. Equalised masks resemble each other, as the published ones of CK+ do (0.40 to 0.82
    between classes): faint motion, which classes share, counts as much as strong one. So the distance of 0.1 to the
    next class is what masks with their motion's own scale keep, and equalised ones keep the order."""
    faces, data = studio
    classes, folds = faces.classes[:6], make_folds("subject", faces, 5)
    truth = true_motion(faces, classes, data)
    motion = make_motion_masks(faces, folds, classes, data, normalizer=normalizer)
    for masks in motion.masks:
        found = correlations(masks.astype(float), truth)
        own, others = np.diag(found), np.where(np.eye(6, dtype=bool), -1, found).max(1)
        assert own.min() > 0.6
        assert (own - others).min() >= (0.1 if normalizer == "minmax" else 0.005), found


def test_true_motion_is_the_mean_change_against_the_neutral_twin(drawn):
    faces, data = drawn
    truth = true_motion(faces, ("sad", "happy"), data, 40, landmarks="dataset")
    assert truth.shape == (2, 40, 40)
    happy = faces.subset(faces.labels == faces.classes.index("happy"))
    parameters = drawn_parameters(happy)
    moved = render(parameters, 48, noise=False, occluders=False).images.astype(int)
    parameters.action_units[:] = 0
    still = render(parameters, 48, noise=False, occluders=False).images.astype(int)
    matrices = align(happy, data, 40, landmarks="dataset").matrices
    assert np.allclose(truth[1], aligned(np.abs(moved - still).astype(np.uint8), matrices, 40).mean(0))


def test_true_motion_of_photographs_is_not_known(put):
    faces, data = put(np.zeros((1, 48, 48), np.uint8), np.zeros((1, 68, 2)), [1])
    with pytest.raises(InputError, match="tiny: not drawn, expected pictures of the data set 'synthetic'"):
        true_motion(faces, ("happy",), data, landmarks="dataset")


def test_correlations_are_pearsons():
    rng = np.random.default_rng(0)
    a, b = rng.random((3, 7, 7)), rng.random((2, 7, 7))
    found = correlations(a, b)
    slow = [[np.corrcoef(x.ravel(), y.ravel())[0, 1] for y in b] for x in a]
    assert np.allclose(found, slow) and np.allclose(np.diag(correlations(a, a * 3 + 1)), 1)
