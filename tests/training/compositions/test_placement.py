"""θ against the chain of movements in pixels that it stands for."""

import cv2
import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.training.augmentation import transforms
from fer_lib.training.compositions.placement import CORNERS, draw_placement, inverse, joined, unwarped
from fer_lib.training.compositions.recipe import PRESETS, Recipe

SIZE = 50


def moved_slowly(point, mirror, degrees, side, shift, moves):
    """Where a point of the face's square (0 … 1 over its side) lies in the composition, in pixels from its corner."""
    x, y = (point[0] - 0.5) * mirror * side * SIZE, (point[1] - 0.5) * side * SIZE
    angle = np.deg2rad(degrees)
    x, y = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    x, y = x + SIZE / 2 + shift[0] * SIZE, y + SIZE / 2 + shift[1] * SIZE
    corners = np.float32([(0, 0), (SIZE, 0), (0, SIZE)])
    warp = cv2.getAffineTransform(corners, corners + np.float32(moves) * SIZE)
    return warp @ [x, y, 1]


@settings(max_examples=40)
@given(
    st.sampled_from([-1.0, 1.0]), st.floats(-45, 45), st.floats(0.3, 1.2), st.integers(0, 2**32 - 1)
)  # fmt: skip
def test_theta_undoes_the_movements_in_their_order(mirror, degrees, side, seed):
    rng = np.random.default_rng(seed)
    shift, moves, point = rng.uniform(-0.3, 0.3, 2), rng.uniform(-0.2, 0.2, (3, 2)), rng.uniform(0, 1, 2)
    one = torch.ones(1, dtype=torch.float64)
    placed = transforms(mirror * one, degrees * one, side * one, torch.from_numpy(shift)[None], (1, 1))
    theta = joined(placed, unwarped(2 * torch.from_numpy(moves)[None]))[0].numpy()
    pixels = moved_slowly(point, mirror, degrees, side, shift, moves)
    assert np.allclose(theta @ [*(2 * pixels / SIZE - 1), 1], 2 * point - 1, atol=1e-4)


def test_a_warp_moves_three_corners():
    moves = torch.rand(6, 3, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 0.4 - 0.2
    back, corners = unwarped(moves), torch.tensor(CORNERS, dtype=torch.float64)
    returned = (corners + moves) @ back[:, :, :2].mT + back[:, None, :, 2]
    assert torch.allclose(returned, corners.expand(6, 3, 2))


def test_the_way_back_and_forth_is_no_way():
    theta = draw_placement(PRESETS["2019_wide"], 50, 1, torch.Generator().manual_seed(3)).theta.double()
    nothing = torch.eye(2, 3, dtype=torch.float64).expand(50, 2, 3)
    for both in (joined(theta, inverse(theta)), joined(inverse(theta), theta)):
        assert torch.allclose(both, nothing, atol=1e-6)


def test_draws_stay_in_their_bounds_and_reach_them():
    recipe = Recipe(face_side=0.6, warp=0.0, rotation=25.0, translation=0.15, zoom=0.1)
    place = draw_placement(recipe, 20_000, 7, torch.Generator().manual_seed(0))
    theta = place.theta.double()
    det = theta[:, :, :2].det()
    mirrored = (det < 0).double()
    side = det.abs().rsqrt()
    first = theta[:, 0, :2] * det.sign()[:, None]
    degrees = torch.rad2deg(torch.atan2(first[:, 1], first[:, 0]))
    shift = inverse(theta)[:, :, 2] / 2
    bounds = torch.tensor([0.06, 25, 0.15, 0.15], dtype=torch.float64)
    found = torch.stack([side - 0.6, degrees, *shift.T], 1) / bounds
    assert found.abs().max() <= 1 + 1e-4
    assert torch.allclose(found.std(0), torch.full((4,), 3**-0.5, dtype=torch.float64), atol=0.01)
    assert abs(mirrored.mean() - 0.5) < 0.02
    together = torch.cat([found, mirrored[:, None], place.window, place.background[:, None]], 1)
    assert (torch.corrcoef(together.T) - torch.eye(8)).abs().max() < 0.03
    assert torch.bincount(place.background).min() > 2600 and place.background.max() == 6  # the first one too
    assert place.window.min() >= 0 and place.window.max() < 1


def test_a_warp_is_drawn_with_its_bound():
    recipe = Recipe(face_side=1.0, zoom=0.0, flip=False, rotation=0.0, translation=0.0, warp=0.2)
    forward = inverse(draw_placement(recipe, 5000, 1, torch.Generator().manual_seed(0)).theta)
    corners = torch.tensor(CORNERS)
    moves = (corners @ forward[:, :, :2].mT + forward[:, None, :, 2] - corners) / 2  # in sides of the composition
    assert 0.195 < moves.abs().max() <= 0.2 + 1e-4
    assert torch.allclose(moves.std(0), torch.full((3, 2), 0.2 * 3**-0.5), atol=0.003)


def test_presets_without_mirroring_do_not_mirror():
    assert (draw_placement(PRESETS["2018"], 500, 1, torch.Generator().manual_seed(0)).theta[:, :, :2].det() > 0).all()


def test_parts_of_a_drawn_epoch():
    whole = draw_placement(Recipe(), 10, 5, torch.Generator().manual_seed(1))
    pieces = [whole.of(0, 4), whole.of(4, 4), whole.of(8, 4)]
    for part, joined_ in zip(whole, zip(*pieces, strict=True), strict=True):
        assert torch.equal(part, torch.cat(joined_))
