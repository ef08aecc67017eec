"""The mathematics of the masks, each step against what it says, pixel by pixel."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.guidance.motion.build import class_motion, ellipse, matched, normalized, pair_motion

FOLD_IDS = np.arange(3)


def pair_motion_slowly(images, pairs, labels, folds, classes):
    """Fold by fold, class by class, pair by pair, pixel by pixel."""
    _, height, width = images.shape
    mean, count = np.full((3, classes, height, width), np.nan), np.zeros((3, classes), int)
    for fold in FOLD_IDS:
        for label in range(classes):
            seen = [
                (e, n)
                for (e, n), mine in zip(pairs.to_numpy(), labels, strict=True)
                if mine == label and folds[e] != fold and folds[n] != fold
            ]
            count[fold, label] = len(seen)
            for y in range(height if seen else 0):
                for x in range(width):
                    moves = [abs(float(images[e, y, x]) - float(images[n, y, x])) for e, n in seen]
                    mean[fold, label, y, x] = sum(moves) / len(moves)
    return mean, count


def class_motion_slowly(images, labels, neutral, folds, classes):
    _, height, width = images.shape
    mean, count = np.full((3, classes, height, width), np.nan), np.zeros((3, classes), int)
    for fold in FOLD_IDS:
        still = [i for i in range(len(images)) if neutral[i] and folds[i] != fold]
        for label in range(classes):
            moved = [i for i in range(len(images)) if labels[i] == label and not neutral[i] and folds[i] != fold]
            if not (still and moved):
                continue
            count[fold, label] = len(moved)
            for y in range(height):
                for x in range(width):
                    a, b = (sum(float(images[i, y, x]) for i in rows) / len(rows) for rows in (moved, still))
                    mean[fold, label, y, x] = abs(a - b)
    return mean, count


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_mean_absolute_difference_of_what_a_fold_may_see(seed, count):
    rng = np.random.default_rng(seed)
    images, folds = rng.integers(0, 256, (12, 3, 4)).astype(np.uint8), rng.integers(-1, 3, 12)
    pairs = pd.DataFrame(rng.integers(0, 12, (count, 2)), columns=["expressive", "neutral"])
    labels = rng.integers(0, 2, count)
    motion, seen = pair_motion(images, pairs, labels, folds, FOLD_IDS, 2)
    slow_motion, slow_seen = pair_motion_slowly(images, pairs, labels, folds, 2)
    assert np.array_equal(seen, slow_seen)
    assert np.allclose(motion, slow_motion, equal_nan=True)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_class_mean_against_the_neutral_mean(seed):
    rng = np.random.default_rng(seed)
    images, folds = rng.integers(0, 256, (14, 3, 4)).astype(np.uint8), rng.integers(-1, 3, 14)
    labels, neutral = rng.integers(-1, 2, 14), rng.random(14) < 0.3
    motion, seen = class_motion(images, labels, neutral, folds, FOLD_IDS, 2)
    slow_motion, slow_seen = class_motion_slowly(images, labels, neutral, folds, 2)
    assert np.array_equal(seen, slow_seen)
    assert np.allclose(motion, slow_motion, equal_nan=True)


def test_many_pairs_are_summed_in_parts(monkeypatch):
    rng = np.random.default_rng(5)
    images, folds = rng.integers(0, 256, (30, 4, 4)).astype(np.uint8), rng.integers(0, 3, 30)
    pairs = pd.DataFrame(rng.integers(0, 30, (200, 2)), columns=["expressive", "neutral"])
    labels = np.zeros(200, int)
    at_once, _ = pair_motion(images, pairs, labels, folds, FOLD_IDS, 1)
    monkeypatch.setattr("fer_lib.guidance.motion.build.CHUNK", 7)
    in_parts, _ = pair_motion(images, pairs, labels, folds, FOLD_IDS, 1)
    assert np.allclose(at_once, in_parts)


def matched_slowly(image):
    size, inside = len(image), []
    for y in range(size):
        for x in range(size):
            across, down = ((x + 0.5) / size - 0.51) / 0.45, ((y + 0.5) / size - 0.5) / 0.48
            if across**2 + down**2 <= 1:
                inside.append(float(image[y, x]))
    mean = sum(inside) / len(inside)
    deviation = (sum((value - mean) ** 2 for value in inside) / len(inside)) ** 0.5
    return (image.astype(float) - mean) / deviation * 48 + 128


def test_photometric_matching_undoes_another_light():
    images = np.random.default_rng(0).integers(40, 120, (3, 20, 20)).astype(np.uint8)
    found = matched(images)
    assert np.allclose(found, [matched_slowly(image) for image in images], atol=1e-3)
    assert np.allclose(found[:, ellipse(20)].mean(1), 128, atol=1e-3)
    assert np.allclose(matched(images * 2), found, atol=1e-3) and np.allclose(matched(images + 50), found, atol=1e-3)
    assert (matched(np.full((1, 20, 20), 9, np.uint8)) == 128).all()
    pairs = pd.DataFrame({"expressive": [0], "neutral": [1]})
    relit = np.stack([images[0] * 2, images[0] + 50])
    plain, even = (pair_motion(relit, pairs, np.zeros(1, int), np.full(2, -1), FOLD_IDS, 1, p)[0] for p in (0, 1))
    assert plain.max() > 20 and even.max() < 1e-3


def equalize_slowly(mask):
    """Histogram equalisation: the share of darker pixels, counted from the darkest level there is, as a grey level."""
    flat = sorted(mask.ravel().tolist())
    darkest = flat.count(flat[0])
    if darkest == len(flat):
        return mask
    return np.array(
        [[round(255 * (sum(v <= p for v in flat) - darkest) / (len(flat) - darkest)) for p in row] for row in mask]
    )


def clahe_slowly(mask, clip=2.0, tiles=8):
    """Zuiderveld's contrast-limited equalisation: a table per tile, mixed by the distance to the tiles' middles."""
    side = len(mask) // tiles
    limit = max(int(clip * side * side / 256), 1)
    tables = np.empty((tiles, tiles, 256))
    for row in range(tiles):
        for column in range(tiles):
            tile = mask[row * side : (row + 1) * side, column * side : (column + 1) * side]
            counts = [int((tile == level).sum()) for level in range(256)]
            excess = sum(max(c - limit, 0) for c in counts)
            counts = [min(c, limit) + excess // 256 for c in counts]
            rest = excess % 256
            for level in range(0, 256, max(256 // rest, 1) if rest else 256):
                counts[level] += rest > 0
                rest -= rest > 0
            tables[row, column] = [round(sum(counts[: level + 1]) * 255 / side**2) for level in range(256)]
    out = np.empty(mask.shape)
    for y in range(len(mask)):
        for x in range(len(mask)):
            down, across = y / side - 0.5, x / side - 0.5
            top, left = int(np.floor(down)), int(np.floor(across))
            total = 0.0
            for r, c in ((top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)):
                weight = (1 - abs(down - r)) * (1 - abs(across - c))
                total += weight * tables[min(max(r, 0), tiles - 1), min(max(c, 0), tiles - 1), mask[y, x]]
            out[y, x] = total
    return out


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_equalised_histogram(seed, levels):
    motion = np.random.default_rng(seed).gamma(1.0, levels / 4, (2, 9, 9)).clip(0, 255)
    found = normalized(motion, "equalize")
    assert found.dtype == np.uint8 and found.shape == motion.shape
    slow = [equalize_slowly(np.rint(mask).astype(int)) for mask in motion]
    assert np.abs(found - np.array(slow)).max() <= 1


def test_other_normalizers():
    motion = np.random.default_rng(1).gamma(1.0, 9.0, (2, 24, 24))
    low, span = motion.min((1, 2), keepdims=True), np.ptp(motion, axis=(1, 2), keepdims=True)
    stretched = np.rint((motion - low) / span * 255)
    assert np.array_equal(normalized(motion, "none"), np.rint(motion))
    assert np.array_equal(normalized(motion, "minmax"), stretched)
    assert (normalized(motion, "minmax").min((1, 2)) == 0).all()
    assert (normalized(motion, "minmax").max((1, 2)) == 255).all()
    slow = np.array([clahe_slowly(mask.astype(int)) for mask in stretched])
    assert np.abs(normalized(motion, "clahe") - slow).max() <= 1


@pytest.mark.parametrize("normalizer", ["equalize", "minmax", "clahe", "none"])
def test_no_motion_at_all_is_no_error(normalizer):
    assert len(np.unique(normalized(np.zeros((16, 16)), normalizer))) == 1


def test_equalised_masks_are_bright_and_dark_in_equal_shares_like_the_published_ones():
    motion = np.random.default_rng(2).gamma(2.0, 12.0, (70, 70))
    found = normalized(motion)
    assert 115 < found.mean() < 135 and found.min() == 0 and found.max() == 255
    assert np.allclose(np.percentile(found, [5, 50, 95]), [12, 127, 243], atol=14)


def test_blur_is_gaussian():
    point = np.zeros((41, 41))
    point[20, 20] = 255.0
    spread = normalized(point * 40, "none", blur=2.0) / 255
    y, x = np.mgrid[-20:21, -20:21]
    bell = np.exp(-(x**2 + y**2) / 8)
    assert np.abs(spread - np.clip(bell / bell.sum() * 40, 0, 1)).max() < 0.02
    assert np.array_equal(normalized(point, "none", blur=0.0), point)


def test_unknown_settings():
    with pytest.raises(InputError, match="normalizer is 'equalise', expected one of equalize, minmax, clahe, none"):
        normalized(np.zeros((2, 2)), "equalise")
    with pytest.raises(InputError, match="blur is -1, expected"):
        normalized(np.zeros((2, 2)), blur=-1)
