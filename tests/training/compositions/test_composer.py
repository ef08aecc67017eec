"""Compositions against one made pixel by pixel, and the truth that they carry."""

import numpy as np
import pytest
import torch

from fer_lib.datasets.backgrounds import procedural_backgrounds
from fer_lib.datasets.synthetic import render, sample_parameters
from fer_lib.errors import InputError
from fer_lib.models.guided_stn import resample
from fer_lib.training.compositions import PRESETS, Compositions
from fer_lib.training.compositions.composer import odd
from fer_lib.training.compositions.placement import inverse

SIZE = 32
PLAIN = {"stretch": "none", "light": "none"}


@pytest.fixture(scope="module")
def drawn():
    """Twelve drawn faces and their masks."""
    found = render(sample_parameters(12, seed=3, style="wild"), 48)
    return found.images, found.face_mask


@pytest.fixture(scope="module")
def backgrounds():
    return procedural_backgrounds(7, 41, seed=1)


def discs(count=6, size=32, radius=11):
    """Round faces with a Gaussian spot off their centres; the places of spots and discs, in normalised coordinates."""
    rng = np.random.default_rng(0)
    centre, spot = rng.uniform(-3, 3, (count, 2)), rng.uniform(-4, 4, (count, 2))
    rows, columns = np.indices((size, size)) - (size - 1) / 2
    faces, masks = np.empty((count, size, size), np.uint8), np.empty((count, size, size), np.uint8)
    for k in range(count):
        away = np.hypot(columns - centre[k, 0], rows - centre[k, 1])
        near = np.hypot(columns - centre[k, 0] - spot[k, 0], rows - centre[k, 1] - spot[k, 1])
        masks[k] = (away < radius) * 255
        faces[k] = 40 + 200 * np.exp(-0.5 * (near / 1.5) ** 2)
    return faces, masks, 2 * centre / size, 2 * (centre + spot) / size


def in_pixels(places, theta):
    """(x, y) of places of the face's square in the composition, centre of the first pixel at 0."""
    back = inverse(theta.double())
    moved = back[:, :, :2] @ torch.from_numpy(places)[:, :, None] + back[:, :, 2:]
    return (moved[:, :, 0] + 1) / 2 * SIZE - 0.5


def mean_place(weights):
    """(B, 1, S, S) → (B, 2): centre of mass, (x, y) in pixels."""
    steps = torch.arange(weights.shape[-1], dtype=torch.float64)
    weights = weights[:, 0].double()
    total = weights.sum((1, 2))
    return torch.stack([(weights.sum(1) @ steps) / total, (weights.sum(2) @ steps) / total], 1)


def sampled_slowly(square, theta, row, column):
    """Bilinear value of a square (h, h) for one pixel; nothing is beyond its border."""
    x, y = theta @ [(2 * column + 1) / SIZE - 1, (2 * row + 1) / SIZE - 1, 1]
    h = len(square)
    x, y = ((place + 1) / 2 * h - 0.5 for place in (x, y))
    total = 0.0
    for j in (int(np.floor(y)), int(np.floor(y)) + 1):
        for i in (int(np.floor(x)), int(np.floor(x)) + 1):
            if 0 <= i < h and 0 <= j < h:
                total += (1 - abs(x - i)) * (1 - abs(y - j)) * square[j, i]
    return total


def test_a_composition_pixel_by_pixel(drawn, backgrounds):
    made = Compositions(*drawn, backgrounds, size=SIZE, **PLAIN)
    index, place = torch.tensor([3, 3, 8]), made.draw(3, torch.Generator().manual_seed(2))
    found = made.compose(index, place)
    for k in range(3):
        face, mask = made.squares[index[k]].numpy().astype(float) / 255
        theta = place.theta[k].double().numpy()
        top, left = (int(share * (41 - SIZE + 1)) for share in place.window[k])
        window = backgrounds[place.background[k], top : top + SIZE, left : left + SIZE]
        for row in range(SIZE):
            for column in range(SIZE):
                share = sampled_slowly(mask, theta, row, column)
                if abs(share - 0.5) < 1e-3:
                    continue  # decided by rounding
                value = sampled_slowly(face, theta, row, column) if share > 0.5 else 0
                assert found.mask[k, 0, row, column] == (share > 0.5)
                assert found.target[k, 0, row, column] == pytest.approx(value, abs=1e-4)
                expected = value if share > 0.5 else window[row, column] / 255
                assert found.image[k, 0, row, column] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_outside_of_the_mask_the_background_is_untouched(drawn, backgrounds, preset):
    made = Compositions(*drawn, backgrounds, preset, size=SIZE)
    index, place = torch.arange(12), made.draw(12, torch.Generator().manual_seed(0))
    found = made.compose(index, place)
    outside = found.mask == 0
    assert found.image.shape == found.target.shape == found.mask.shape == (12, 1, SIZE, SIZE)
    assert 0.05 < found.mask.mean() < 0.9 and not found.target[outside].any()
    for k in range(12):
        top, left = (place.window[k] * (41 - SIZE + 1)).long().tolist()
        window = torch.from_numpy(backgrounds[place.background[k], top : top + SIZE, left : left + SIZE]).float()
        window = (window - window.min()) / (window.max() - window.min())
        assert torch.allclose(found.image[k, 0][outside[k, 0]], window[outside[k, 0]], atol=1e-6)
    for part in (found.image, found.target):
        assert part.min() >= 0 and part.max() <= 1


def test_mask_spot_and_theta_agree_to_a_fraction_of_a_pixel():
    faces, masks, centre, spot = discs()
    made = Compositions(
        faces, masks, np.zeros((1, SIZE, SIZE), np.uint8), size=SIZE, face_side=0.7, translation=0.1, **PLAIN
    )
    index = torch.arange(60) % 6
    found = made.compose(index, 5)
    inside = found.mask[:, 0, [0, -1]].sum((1, 2)) + found.mask[:, 0, :, [0, -1]].sum((1, 2)) == 0
    assert inside.sum() > 40  # the others are cut by the border and have other centres
    off = (mean_place(found.mask) - in_pixels(centre[index], found.theta))[inside]
    assert off.abs().max() < 0.3
    for picture in (found.target, found.image):
        bright = (picture - 0.3).clamp(min=0)  # the spot alone
        off = (mean_place(bright) - in_pixels(spot[index], found.theta))[inside]
        assert off.abs().max() < 0.2


def test_warping_back_shows_the_face_as_it_was():
    faces, masks, *_ = discs()
    made = Compositions(
        faces, masks, np.zeros((1, SIZE, SIZE), np.uint8), size=SIZE, face_side=1.0, translation=0.0, **PLAIN
    )
    found = made.compose(torch.arange(6), 1)
    upright = resample(found.target, inverse(found.theta), size=(32, 32))
    square = made.squares[:, :1] / 255 * (made.squares[:, 1:] > 0)
    assert (upright - square).abs().mean() < 0.15 * square.mean()
    assert (found.target - square).abs().mean() > 0.4 * square.mean()


def test_the_face_is_lit_and_the_target_is_not(drawn):
    white = np.full((1, SIZE, SIZE), 255, np.uint8)
    made = Compositions(*drawn, white, size=SIZE)
    plain = Compositions(*drawn, white, size=SIZE, light="none")
    place = made.draw(12, torch.Generator().manual_seed(0))
    lit, unlit = made.compose(torch.arange(12), place), plain.compose(torch.arange(12), place)
    inside = lit.mask > 0
    assert torch.equal(lit.target, unlit.target) and torch.equal(unlit.image[inside], unlit.target[inside])
    assert lit.image[inside].mean() > lit.target[inside].mean() + 0.05


def test_faces_are_stretched_inside_their_masks(drawn, backgrounds):
    made = Compositions(drawn[0] // 2 + 40, drawn[1], backgrounds, size=SIZE)
    legacy = Compositions(drawn[0] // 2 + 40, drawn[1], backgrounds, size=SIZE, stretch="max")
    for face, mask in made.squares:
        assert face[mask > 0].min() == 0 and face[mask > 0].max() == 255
    for face, mask in legacy.squares:
        assert face[mask > 0].min() == 0 and face[mask > 0].max() < 230  # (v − least) / largest


def test_what_surrounded_a_face_is_not_seen():
    """Bright surroundings, dark face: nothing bright comes into the composition."""
    _, masks, *_ = discs()
    faces = np.where(masks > 0, 60, 255).astype(np.uint8)
    made = Compositions(faces, masks, np.zeros((1, SIZE, SIZE), np.uint8), size=SIZE, **PLAIN)
    found = made.compose(torch.arange(60) % 6, 0)
    assert found.mask.any() and found.image.max() <= 60 / 255 + 1e-6


def test_large_faces_are_averaged_and_not_skipped(backgrounds):
    board = (np.indices((128, 128)).sum(0) % 2 * 255).astype(np.uint8)[None]
    made = Compositions(board, np.full((1, 128, 128), 255, np.uint8), backgrounds, size=SIZE, **PLAIN)
    found = made.compose(torch.zeros(20, dtype=torch.int64), 0)
    assert made.squares.shape[-1] == round(SIZE * 128 / 148 * 1.2)
    assert (found.target[found.mask > 0] - 0.5).abs().max() < 0.05


def test_seeds_generators_and_placements_are_one(drawn, backgrounds):
    made = Compositions(*drawn, backgrounds, size=SIZE)
    index = torch.tensor([5, 1, 1, 7])
    first = made.compose(index, 9)
    for again in (made.compose(index, 9), made.fixed(index, 9)):
        assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first.image, made.compose(index, 10).image)
    generator = torch.Generator().manual_seed(0)
    drawn_once = made.compose(index, generator)
    assert not torch.equal(drawn_once.image, made.compose(index, generator).image)
    assert torch.equal(drawn_once.image, made.compose(index, made.draw(4, torch.Generator().manual_seed(0))).image)
    assert not torch.equal(first.image[1], first.image[2])  # one face, another placement


def test_fixed_compositions_do_not_depend_on_chunks_nor_on_other_draws(drawn, backgrounds, monkeypatch):
    made = Compositions(*drawn, backgrounds, size=SIZE)
    index = torch.arange(12)
    torch.manual_seed(0)
    state = torch.get_rng_state()
    whole = made.fixed(index, 4)
    assert torch.equal(torch.get_rng_state(), state)
    monkeypatch.setattr("fer_lib.training.compositions.composer.CHUNK", 5)
    for a, b in zip(whole, made.fixed(index, 4), strict=True):
        assert torch.allclose(a, b, atol=1e-6)
    assert made.fixed(index[:0], 4).image.shape == (0, 1, SIZE, SIZE)


def test_small_faces_cover_little(drawn, backgrounds):
    made = Compositions(*drawn, backgrounds, size=SIZE, face_side=0.6)
    covered = made.compose(torch.arange(240) % 12, 0).mask.mean((1, 2, 3))
    assert 0.1 < covered.mean() < 0.3 and covered.quantile(0.95) < 0.35


def test_presets_are_the_two_published_states():
    old, new, wide = (PRESETS[name] for name in ("2018", "2019", "2019_wide"))
    assert (old.size, old.rotation, old.translation, old.warp, old.flip, old.light) == (
        128,
        45,
        0.3,
        0.2,
        False,
        "canvas",
    )
    assert (new.size, new.rotation, new.translation, new.warp, new.flip, new.light) == (64, 30, 0.2, 0.1, True, "face")
    assert (wide.size, wide.rotation, wide.translation, wide.warp, wide.zoom) == (64, 45, 0.3, 0.2, 0.2)
    assert [odd(x) for x in (0.2, 2.9, 3.9, 4.1, 7, 8.1)] == [3, 3, 3, 5, 7, 9]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"preset": "2019wide"}, "unknown preset '2019wide'; did you mean '2019_wide'"),
        ({"rotaton": 3}, "unknown option 'rotaton'; did you mean 'rotation'"),
        ({"warp": 0.3}, r"warp 0.3, expected 0…0.24"),
        ({"stretch": "maximum"}, "stretch 'maximum', expected one of range, max, none"),
        ({"size": 42}, "backgrounds of 41 pixels, expected at least 42"),
    ],
)
def test_what_cannot_be_is_refused(drawn, backgrounds, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        Compositions(*drawn, backgrounds, **{"size": SIZE, **changes})


def test_arrays_that_do_not_belong_together_are_refused(drawn, backgrounds):
    faces, masks = drawn
    with pytest.raises(InputError, match=r"faces are float64 \(12, 48, 48\), expected uint8"):
        Compositions(faces.astype(float), masks, backgrounds, size=SIZE)
    with pytest.raises(InputError, match="expected one mask a face"):
        Compositions(faces, masks[:5], backgrounds, size=SIZE)
    empty = masks.copy()
    empty[4] = 0
    with pytest.raises(InputError, match=r"1 of 12 faces have nothing left of their masks, the first in row 4,"):
        Compositions(faces, empty, backgrounds, size=SIZE)
    made = Compositions(faces, masks, backgrounds, size=SIZE)
    with pytest.raises(InputError, match="3 placements, expected 4"):
        made.compose(torch.arange(4), made.draw(3))
