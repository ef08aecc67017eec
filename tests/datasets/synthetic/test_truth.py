"""Boxes, regions of action units, motion."""

import numpy as np
import pytest

from fer_lib.datasets.synthetic import (
    AU_COLUMN,
    CLASSES,
    au_region_masks,
    class_region_masks,
    face_box,
    landmarks,
    motion_masks,
    sample_parameters,
)


@pytest.fixture(scope="module")
def faces():
    parameters = sample_parameters(24, seed=6, style="wild")
    return parameters, landmarks(parameters, 64)


def test_box_is_square_and_holds_eyes_and_mouth(faces):
    _, points = faces
    left, top, right, bottom = face_box(points).T
    assert np.allclose(right - left, bottom - top, atol=1e-3)
    inner = points[:, 36:]
    assert (inner[..., 0] > left[:, None]).all() and (inner[..., 0] < right[:, None]).all()
    assert (inner[..., 1] > top[:, None]).all() and (inner[..., 1] < bottom[:, None]).all()


def test_region_masks_hold_their_landmarks(faces):
    _, points = faces
    masks = au_region_masks(points, 64)
    assert masks.shape == (24, 18, 64, 64) and masks.dtype == np.uint8
    rows = np.arange(24)
    for unit, point in ((1, 21), (5, 37), (12, 48), (17, 8), (26, 57)):
        x, y = np.round(points[:, point]).astype(int).clip(0, 63).T
        assert (masks[rows, AU_COLUMN[unit], y, x] == 255).mean() > 0.9
    assert not au_region_masks(np.full((1, 68, 2), np.nan, np.float32), 64).any()
    soft = au_region_masks(points, 64, softness=0.5)
    assert ((soft == 255) >= (masks == 255)).all() and len(np.unique(soft)) > 100


def test_class_regions_are_unions_and_neutral_is_empty(faces):
    _, points = faces
    masks = class_region_masks(points, 64, CLASSES)
    happy = au_region_masks(points, 64)[:, [AU_COLUMN[k] for k in (6, 12, 25)]].max(1)
    assert np.array_equal(masks[:, CLASSES.index("happy")], happy)
    assert not masks[:, CLASSES.index("neutral")].any()
    leading = class_region_masks(points, 64, CLASSES, at_least=0.9)
    assert np.array_equal(leading[:, CLASSES.index("happy")], au_region_masks(points, 64)[:, AU_COLUMN[12]])
    assert (leading <= masks).all() and leading[:, :-1].any((0, 2, 3)).all()


def test_motion_lies_within_the_face_and_where_units_act(faces):
    parameters, points = faces
    masks = motion_masks(parameters, 64)
    assert masks.shape == (24, 64, 64)
    strong = parameters.intensity > 0.6
    assert (masks[strong].mean((1, 2)) / 255 > 0.005).all()
    calm = parameters.action_units.max(1) < 0.02
    assert not masks[calm].any()
    regions = class_region_masks(points, 64, CLASSES)[np.arange(24), parameters.label]
    overlap = [(m & r > 0).sum() / (m > 0).sum() for m, r in zip(masks[strong], regions[strong], strict=True)]
    assert np.mean(overlap) > 0.5
