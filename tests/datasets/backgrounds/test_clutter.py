"""Fields against one pixel at a time, from the same draws."""

import numpy as np
import pytest

from fer_lib.datasets.backgrounds.clutter import KINDS, OCTAVES, blobs, cells, interpolation, noise, shapes
from fer_lib.datasets.synthetic.draws import Draws

SIZE = 24
PIXELS = [(0, 0), (3, 17), (12, 12), (23, 5), (22, 23)]  # row, column


@pytest.fixture(scope="module")
def draws():
    return Draws(5, np.arange(4))


def places():
    for k in range(4):
        for row, column in PIXELS:
            yield k, row, column, (column + 0.5) / SIZE, (row + 0.5) / SIZE


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_field_depends_on_its_own_index_and_layer(draws, kind):
    field = KINDS[kind](draws, "one", SIZE)
    assert field.shape == (4, SIZE, SIZE) and field.dtype == np.float32 and np.isfinite(field).all()
    assert np.allclose(KINDS[kind](Draws(5, np.array([2])), "one", SIZE)[0], field[2], atol=1e-5)
    assert not np.allclose(KINDS[kind](draws, "other", SIZE), field)


def test_blobs_are_sums_of_bells(draws):
    field = blobs(draws, "b", SIZE, count=3)
    place, width, height = (
        draws.uniform("b-place", -0.1, 1.1, 6).reshape(4, 3, 2),
        0.03 * 8 ** draws.uniform("b-width", columns=6).reshape(4, 3, 2),
        draws.uniform("b-height", -1, 1, 3),
    )
    for k, row, column, x, y in places():
        expected = 0.5
        for i in range(3):
            away = ((x - place[k, i, 0]) / width[k, i, 0]) ** 2 + ((y - place[k, i, 1]) / width[k, i, 1]) ** 2
            expected += height[k, i] * np.exp(-0.5 * away)
        assert field[k, row, column] == pytest.approx(expected, abs=1e-4)


def test_cells_take_the_grey_of_the_nearest_place(draws):
    field = cells(draws, "c", SIZE, count=5)
    place, grey = draws.uniform("c-place", columns=10).reshape(4, 5, 2), draws.uniform("c-grey", columns=5)
    for k, row, column, x, y in places():
        assert field[k, row, column] == grey[k, np.argmin(np.hypot(*(place[k] - [x, y]).T))]


def test_noise_is_interpolated_between_the_values_of_its_grids(draws):
    field = noise(draws, "n", SIZE)
    fall = draws.uniform("n-fall", 0.45, 0.95)
    for k, row, column, x, y in places():
        expected = 0.0
        for octave, count in enumerate(OCTAVES):
            grid = draws.uniform(f"n-{count}", -1, 1, (count + 1) ** 2)[k].reshape(count + 1, count + 1)
            i, j = int(x * count), int(y * count)
            u, v = (t * t * (3 - 2 * t) for t in (x * count - i, y * count - j))
            top = grid[j, i] * (1 - u) + grid[j, i + 1] * u
            bottom = grid[j + 1, i] * (1 - u) + grid[j + 1, i + 1] * u
            expected += fall[k] ** octave * (top * (1 - v) + bottom * v)
        assert field[k, row, column] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("size", "count"), [(24, 3), (10, 48), (7, 7)])
def test_weights_of_the_grid_sum_to_one(size, count):
    weights = interpolation(size, count)
    assert weights.shape == (size, count + 1) and weights.min() >= 0
    assert np.allclose(weights.sum(1), 1) and ((weights > 0).sum(1) <= 2).all()


def test_later_shapes_lie_over_earlier_ones(draws):
    field = shapes(draws, "s", SIZE, count=4)
    drawn, ground = draws.uniform("s-drawn", columns=28).reshape(4, 4, 7), draws.uniform("s-ground")
    box = draws.uniform("s-box", columns=4) < 0.5
    for k, row, column, x, y in places():
        expected = ground[k]
        for i in range(4):
            px, py, turn, wide, high, grey, slope = map(float, drawn[k, i])
            angle = np.pi * turn
            u = ((x - px) * np.cos(angle) + (y - py) * np.sin(angle)) / (0.04 * 8**wide)
            v = ((y - py) * np.cos(angle) - (x - px) * np.sin(angle)) / (0.04 * 8**high)
            if (max(abs(u), abs(v)) if box[k, i] else np.hypot(u, v)) < 1:
                expected = grey + 0.4 * (slope - 0.5) * u
        assert field[k, row, column] == pytest.approx(expected, abs=1e-4)
