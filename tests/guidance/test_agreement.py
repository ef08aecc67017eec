"""Agreement of maps against NumPy's correlation, image by image."""

import numpy as np
import pytest

from fer_lib.guidance import agreement
from fer_lib.guidance.agreement import map_agreement


@pytest.fixture
def maps():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (7, 6, 5), dtype=np.uint8)
    return {
        "first": first,
        "brighter": first // 2 + 100,
        "inverse": 255 - first,
        "other": rng.integers(0, 256, (7, 6, 5), dtype=np.uint8),
    }


def slow(a, b):
    pairs = [(x.ravel(), y.ravel()) for x, y in zip(a.astype(float), b.astype(float), strict=True)]
    found = [np.corrcoef(x, y)[0, 1] for x, y in pairs if np.ptp(x) and np.ptp(y)]
    return np.mean(found)


@pytest.mark.parametrize("at_once", [3, 100])
def test_every_pair_is_the_mean_of_the_images_correlations(maps, at_once, monkeypatch):
    monkeypatch.setattr(agreement, "AT_ONCE", at_once)
    maps["first"][2] = 9  # uniform: this image does not count for its pairs
    table = map_agreement(maps)
    for a in maps:
        for b in maps:
            assert table.loc[a, b] == pytest.approx(slow(maps[a], maps[b]), abs=1e-5)


def test_brightness_does_not_count_and_opposites_are_minus_one(maps):
    table = map_agreement(maps)
    assert table.loc["first", "inverse"] == pytest.approx(-1, abs=1e-5)
    assert table.loc["first", "brighter"] == pytest.approx(1, abs=1e-3)
    assert abs(table.loc["first", "other"]) < 0.2


def test_a_kind_that_is_uniform_everywhere_is_like_none(maps):
    table = map_agreement({**maps, "blank": np.full((7, 6, 5), 128, np.uint8)})
    assert table["blank"].isna().all() and table.drop(index="blank", columns="blank").notna().all().all()
