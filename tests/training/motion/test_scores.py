"""Scores of masks against slow twins."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.models.frame import to_size
from fer_lib.models.motion_mask_generator import initialize
from fer_lib.training.motion.scores import COLUMNS, correlations, mask_loss, mask_rows, squared_errors

LABELS = np.arange(7) % 3


@given(st.integers(1, 4), st.integers(1, 4), st.integers(2, 6), st.integers(0, 2**31))
def test_errors_and_correlations_equal_their_slow_twins(n, classes, side, seed):
    rng = np.random.default_rng(seed)
    masks, targets = (rng.random((count, 1, side, side)) for count in (n, classes))
    errors = squared_errors(torch.from_numpy(masks), torch.from_numpy(targets)).numpy()
    slow = [[((mask - target) ** 2).mean() for target in targets] for mask in masks]
    assert np.allclose(errors, slow)
    beside = targets[rng.integers(classes, size=n)]
    found = correlations(torch.from_numpy(masks), torch.from_numpy(beside)).numpy()
    slow = [np.corrcoef(mask.ravel(), target.ravel())[0, 1] for mask, target in zip(masks, beside, strict=True)]
    assert np.allclose(found, slow)


def test_a_constant_mask_has_no_correlation():
    flat, other = torch.full((1, 1, 4, 4), 0.5), torch.rand(1, 1, 4, 4)
    assert correlations(flat, other).isnan().all() and correlations(other, flat).isnan().all()


def drawing(model):
    """A fresh generator's masks are 0.5 everywhere but for rounding; this one's are not."""
    initialize(model.generator, 1.0)
    return model


def test_rows_are_those_of_the_networks_own_masks(make_model, make_motion_batches, make_task):
    model, batches, e = drawing(make_model()), make_motion_batches(LABELS), make_task(n=7).experiment
    index = np.array([5, 0, 3])
    rows = mask_rows(e, 4, "joint", model, batches, index, torch.float32)
    assert tuple(rows.columns) == COLUMNS
    assert rows["sample_id"].tolist() == ["face-005", "face-000", "face-003"]
    assert rows["label"].tolist() == [2, 0, 0] and set(rows["fold"]) == {4} and set(rows["stage"]) == {"joint"}
    targets = to_size(batches.masks, model.image_size)
    for k, i in enumerate(index):
        with torch.no_grad():
            mask = model.parts(batches[torch.tensor([i])][0][0]).mask[0]
        errors = ((mask - targets) ** 2).mean((1, 2, 3))
        assert rows["error"][k] == pytest.approx(errors[LABELS[i]].item(), rel=1e-4)
        assert rows["nearest"][k] == errors.argmin().item()
        assert mask.std() > 1e-3
        expected = np.corrcoef(mask.numpy().ravel(), targets[LABELS[i]].numpy().ravel())[0, 1]
        assert rows["correlation"][k] == pytest.approx(expected, abs=1e-3)
    assert mask_loss(model, batches, index, torch.float32) == pytest.approx(rows["error"].mean(), rel=1e-5)


def test_scores_do_not_depend_on_how_many_are_made_at_once(make_model, make_motion_batches, make_task, monkeypatch):
    model, batches, e = drawing(make_model()), make_motion_batches(LABELS), make_task(n=7).experiment
    index = np.arange(7)
    once = mask_rows(e, 0, "joint", model, batches, index, torch.float32)
    monkeypatch.setattr(type(batches), "evaluation_batch", 2)
    parts = mask_rows(e, 0, "joint", model, batches, index, torch.float32)
    assert once["nearest"].equals(parts["nearest"]) and np.allclose(once["error"], parts["error"], atol=1e-6)
