"""How much of a map lies on a mask, by hand and for maps that know nothing."""

import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.explain.concentration import area_of, concentration, mass_on
from fer_lib.evaluation.explain.part_masks import PARTS, hull_masks, part_masks
from fer_lib.faces.regions import REGIONS


def test_mass_counts_what_is_positive_and_within():
    maps = np.array([[[1.0, 2], [-5, 1]], [[-1.0, 0], [0, np.nan]]])
    masks = np.array([[[True, False], [True, False]]] * 2)
    assert mass_on(maps, masks)[0] == pytest.approx(1 / 4) and np.isnan(mass_on(maps, masks)[1])
    within = np.array([[[True, True], [True, False]]] * 2)
    assert mass_on(maps, masks, within)[0] == pytest.approx(1 / 3)
    assert area_of(masks, within) == pytest.approx([2 / 3, 2 / 3]) and area_of(masks) == pytest.approx([0.5, 0.5])


def faces(n=60, seed=0):
    rng = np.random.default_rng(seed)
    within = np.zeros((n, 20, 20), bool)
    within[:, 2:18, 2:18] = True
    masks = np.zeros_like(within)
    for mask in masks:
        y, x = rng.integers(2, 12, 2)
        mask[y : y + 6, x : x + 6] = True
    return rng.random((n, 20, 20)), masks, within, np.repeat(np.arange(n // 4), 4)


def test_maps_that_know_nothing_of_the_masks_are_about_one():
    maps, masks, within, subjects = faces()
    found = concentration(maps, masks, within, subjects)
    assert found.ratio.low < 1 < found.ratio.high and found.ratio.mean == pytest.approx(1, abs=0.05)
    assert (found.images, found.groups) == (60, 15) and found.area == pytest.approx(36 / 256)


def test_maps_on_the_masks_are_denser_there():
    maps, masks, within, subjects = faces()
    found = concentration(np.where(masks, 3, 1) * maps, masks, within, subjects)
    expected = 3 * 36 / (3 * 36 + 220) / (36 / 256)
    assert found.ratio.low < found.ratio.mean < found.ratio.high
    assert found.ratio.mean == pytest.approx(expected, rel=0.05) and found.ratio.low > 1.5
    assert found.ratio.mean == pytest.approx(found.mass / found.area)


def test_the_background_does_not_make_a_map_look_concentrated():
    maps, masks, within, subjects = faces()
    on_the_face = maps * within
    assert concentration(on_the_face, masks, within, subjects).ratio.mean == pytest.approx(1, abs=0.05)
    assert concentration(on_the_face, masks, None, subjects).ratio.mean > 1.4


def test_images_that_say_nothing_do_not_count():
    maps, masks, within, subjects = faces()
    maps[:4], masks[4:8] = -1, False
    found = concentration(maps, masks, within, subjects)
    assert (found.images, found.groups) == (52, 13)
    with pytest.raises(InputError, match="1 groups with a map and a mask, expected at least 2"):
        concentration(maps[:12], masks[:12], within[:12], subjects[:12])


def landmarks(n=2):
    points = np.random.default_rng(0).uniform(8, 40, (n, 68, 2)).astype(np.float32)
    return np.concatenate([points, np.full((1, 68, 2), np.nan, np.float32)])


def test_parts_are_the_pixels_near_their_landmarks():
    points = landmarks()
    for name, masks in part_masks(points, 48).items():
        regions, reach = PARTS[name]
        for mask, face in zip(masks, points, strict=True):
            own = np.concatenate([face[REGIONS[region]] for region in regions])
            ocular = np.linalg.norm(face[36] - face[45])
            for y, x in np.random.default_rng(1).integers(0, 48, (60, 2)):
                assert mask[y, x] == (np.linalg.norm(own - [x, y], axis=1) <= reach * ocular).any()


def test_hulls_hold_their_landmarks_and_are_convex():
    points = landmarks()
    hulls = hull_masks(points, 48)
    assert not hulls[2].any()
    for hull, face in zip(hulls[:2], points, strict=False):
        inner = face[((face - face.mean(0)) ** 2).sum(1) < 60].round().astype(int)
        assert len(inner) and hull[inner[:, 1], inner[:, 0]].all()
        rows = [np.flatnonzero(row) for row in hull if row.any()]
        assert all(np.array_equal(row, np.arange(row[0], row[-1] + 1)) for row in rows)
