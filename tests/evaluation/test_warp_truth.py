"""Where a transform looks, against a face whose place is known."""

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F

from fer_lib.evaluation.warp_truth import place_in_warped, remaining_table, shown_at, to_normalised, warp_truth

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
