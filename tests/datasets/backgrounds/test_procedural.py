"""Drawn backgrounds: what they depend on, and that they differ."""

import numpy as np
import pytest

from fer_lib.datasets.backgrounds import KINDS, procedural, procedural_backgrounds
from fer_lib.errors import InputError


@pytest.fixture(scope="module")
def pictures():
    return procedural_backgrounds(60, 48, seed=1)


def test_a_longer_series_begins_with_a_shorter_one(pictures, monkeypatch):
    assert pictures.shape == (60, 48, 48) and pictures.dtype == np.uint8
    monkeypatch.setattr(procedural, "CHUNK", 7)
    assert np.array_equal(procedural_backgrounds(20, 48, seed=1), pictures[:20])
    assert (procedural_backgrounds(20, 48, seed=2) != pictures[:20]).any((1, 2)).all()


def test_no_two_are_alike_and_none_is_flat(pictures):
    flat = pictures.reshape(60, -1).astype(float)
    assert flat.std(1).min() > 5
    alike = np.corrcoef(flat) - np.eye(60)
    assert np.abs(alike).max() < 0.97 and np.abs(alike).mean() < 0.3
    means = flat.mean(1)
    assert means.min() < 90 and means.max() > 165  # dark ones and bright ones


def test_kinds_have_what_they_are_made_for():
    """Share of strong steps between neighbours, and how much of the picture is one level."""
    sharp = {}
    for kind in KINDS:
        steps = np.abs(np.diff(procedural_backgrounds(24, 64, 3, [kind]).astype(int), axis=2))
        sharp[kind] = (steps > 40).mean()
    assert max(sharp["gradients"], sharp["blobs"]) < 0.02 < min(sharp["cells"], sharp["stripes"])
    assert sharp["shapes"] > 0.005


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"count": 0}, "count 0, expected a whole number of at least 1"),
        ({"size": 4}, "size 4, expected 8…2048"),
        ({"kinds": []}, "no kind, expected some of gradients, blobs"),
        ({"kinds": ["blob"]}, "unknown kind 'blob'; did you mean 'blobs'"),
    ],
)
def test_what_cannot_be_drawn(options, sentence):
    with pytest.raises(InputError, match=sentence):
        procedural_backgrounds(**{"count": 2, "size": 32, **options})
