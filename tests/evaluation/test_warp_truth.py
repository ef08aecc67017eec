"""Where a transform looks, against a face whose place is known."""

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.evaluation.warp_truth import (
    canonical_place,
    place_in_warped,
    remaining_error,
    remaining_table,
    shown_at,
    to_normalised,
    to_pixels,
    warp_truth,
)

SIZE = 48
IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])


def looking_at(centres, zoom=1.0):
    """Transforms that show each centre in the middle: t is the centre, A is 1/zoom."""
    theta = np.tile(IDENTITY / zoom, (len(centres), 1, 1))
    theta[:, :, 2] = to_normalised(centres, SIZE)
    return theta


@pytest.fixture
def centres():
    return np.random.default_rng(0).uniform(14, 34, (60, 2))


def everyone(centres):
    return np.ones(len(centres), bool)


@pytest.mark.parametrize("zoom", [0.5, 1.0, 1.7])
def test_a_transform_that_follows_the_face_leaves_no_error(centres, zoom):
    rows = warp_truth(looking_at(centres, zoom), centres, SIZE, everyone(centres))
    assert rows["error"].max() < 1e-9 and rows["error_middle"].max() < 1e-9
    assert rows["zoom"].to_numpy() == pytest.approx(zoom)


def test_a_transform_that_does_not_move_leaves_all_of_it(centres):
    still = np.tile(IDENTITY, (len(centres), 1, 1))
    rows = warp_truth(still, centres, SIZE, everyone(centres))
    assert rows["error"].to_numpy() == pytest.approx(rows["unwarped_error"].to_numpy())
    slowly = [np.hypot(*(c - centres.mean(0))) for c in centres]
    assert rows["unwarped_error"].to_numpy() == pytest.approx(slowly)


def test_zooming_out_is_no_finding(centres):
    """In the warped image every distance is halved; in the image nothing is found."""
    wide = np.tile(IDENTITY * 2, (len(centres), 1, 1))
    rows = warp_truth(wide, centres, SIZE, everyone(centres))
    assert rows["error"].to_numpy() == pytest.approx(rows["unwarped_error"].to_numpy())
    assert rows["error_warped"].mean() == pytest.approx(rows["unwarped_error"].mean() / 2)


def test_the_canonical_place_is_learned_from_training_images_alone(centres):
    followed = looking_at(centres)
    followed[30:, :, 2] += 0.25  # held-out faces are missed by a quarter of half the side: 6 pixels each way
    fitted_on = np.arange(60) < 30
    rows = warp_truth(followed, centres, SIZE, fitted_on)
    assert rows["error"][:30].max() < 1e-9
    assert rows["error"][30:].to_numpy() == pytest.approx(np.hypot(6, 6))


def test_places_agree_with_what_the_sampler_does():
    """A bright pixel lies in the warped image where ``place_in_warped`` says, and is seen from ``shown_at``."""
    theta = np.array([[[0.8, 0.1, 0.2], [-0.1, 0.9, -0.15]]])
    pixel = np.array([[30.0, 20.0]])
    image = torch.zeros(1, 1, SIZE, SIZE)
    image[0, 0, 20, 30] = 1
    grid = F.affine_grid(torch.tensor(theta, dtype=torch.float32), [1, 1, SIZE, SIZE], align_corners=False)
    warped = F.grid_sample(image, grid, align_corners=False)[0, 0].numpy()
    place = place_in_warped(theta, to_normalised(pixel, SIZE))
    y, x = np.unravel_index(warped.argmax(), warped.shape)
    assert np.abs(((place[0] + 1) * SIZE - 1) / 2 - [x, y]).max() < 1
    assert shown_at(theta, place[0])[0] == pytest.approx(to_normalised(pixel, SIZE)[0])


def test_the_table_averages_folds(centres):
    rows = warp_truth(looking_at(centres), centres, SIZE, everyone(centres))
    half = rows.assign(error=rows["unwarped_error"] / 2)
    both = pd.concat([rows.assign(fold=0), half.assign(fold=1)]).assign(training="plain", variant="soft")
    (row,) = remaining_table(both, ["training", "variant"]).to_dict("records")
    assert (row["remaining"], row["best"], row["worst"]) == pytest.approx((25, 0, 50), abs=1e-6)
    assert (row["training"], row["variant"], row["images"]) == ("plain", "soft", 120)


def misses_slowly(theta, centres, fitted_on, places):
    """Face by face, in the words of the definition; the canonical place is searched for among `places`."""

    def missed(row, place):
        (a, b, x), (c, d, y) = theta[row]
        shown = (a * place[0] + b * place[1] + x, c * place[0] + d * place[1] + y)
        return np.hypot(*(((centres[row][k] + 0.5) / SIZE * 2 - 1) - shown[k] for k in (0, 1))) * SIZE / 2

    best = min(places, key=lambda place: sum(missed(row, place) ** 2 for row in np.flatnonzero(fitted_on)))
    return best, np.array([missed(row, best) for row in range(len(theta))])


def test_errors_agree_with_a_search_face_by_face(centres):
    rng = np.random.default_rng(1)
    theta = looking_at(centres, zoom=1.2) + rng.normal(0, 0.05, (60, 2, 3))
    theta[:, :, 2] -= theta[:, :, :2] @ [0.2, -0.4]  # faces are shown up and to the right of the middle
    fitted_on = np.arange(60) % 3 > 0
    steps = np.linspace(-0.6, 0.6, 61)
    place, slowly = misses_slowly(theta, centres, fitted_on, [(x, y) for x in steps for y in steps])
    assert np.abs(canonical_place(theta[fitted_on], to_normalised(centres[fitted_on], SIZE)) - place).max() <= 0.011
    assert np.abs(warp_truth(theta, centres, SIZE, fitted_on)["error"] - slowly).max() < 0.4


def test_canonical_is_a_place_that_the_warped_image_has(centres):
    beyond = looking_at(centres)
    beyond[:, :, 2] += 5
    assert canonical_place(beyond, to_normalised(centres, SIZE)).tolist() == [-1, -1]


def test_a_collapsed_transform_shows_the_face_nowhere(centres):
    theta = np.tile(IDENTITY, (len(centres), 1, 1))
    theta[0] = 0
    rows = warp_truth(theta, centres, SIZE, np.arange(60) > 0)
    assert np.isinf(rows["error_warped"][0]) and np.isfinite(rows.drop(columns="error_warped")).all(axis=None)
    assert np.isinf(remaining_error(rows)["remaining_warped"])


@given(*[st.floats(-2, 2)] * 6, st.floats(0, 47), st.floats(0, 47))
def test_a_point_is_shown_where_it_comes_to_lie(a, b, x, c, d, y, right, down):
    theta, point = np.array([[[a, b, x], [c, d, y]]]), to_normalised([[right, down]], SIZE)
    place = place_in_warped(theta, point)[0]
    if abs(a * d - b * c) > 1e-3:
        assert np.allclose(shown_at(theta, place), point, atol=1e-6)
    assert np.allclose(to_pixels(point, SIZE), [[right, down]])
