"""Stage 1: the generator learns masks, and nothing else learns."""

import numpy as np
import pytest
import torch

from fer_lib.training.motion.generator_stage import BETAS, fit_generator, make_adam
from fer_lib.training.motion.scores import mask_loss

LABELS = np.arange(9) % 3
ALL = np.arange(9)


def test_one_batch_is_learned_by_heart(make_model, make_motion_batches, config, motion):
    """Specification, §11: mean squared error below 0.01; the mean of all masks, whatever the face, has 0.037."""
    model, batches = make_model(), make_motion_batches(LABELS)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    recipe = motion(mask_epochs=30, mask_batch_size=9, mask_learning_rate=1e-2)
    history = fit_generator(model, batches, ALL, None, config(), recipe, seed=0)
    assert history[-1]["mask_loss"] < 0.01
    assert [row["epoch"] for row in history] == list(range(1, 31))
    moved = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    assert moved and all(key.startswith("generator.") for key in moved)


def test_rows_scores_and_rates(make_model, make_motion_batches, config, motion):
    model, batches, told = make_model(), make_motion_batches(LABELS), []
    recipe = motion(mask_epochs=3, mask_decay=2, mask_learning_rate=3e-3)
    history = fit_generator(model, batches, ALL[:6], ALL[6:], config(), recipe, seed=0, on_epoch=told.append)
    assert told == history
    assert list(history[0]) == ["epoch", "mask_loss", "select_mask_loss", "learning_rate", "seconds"]
    assert [row["learning_rate"] for row in history] == pytest.approx([3e-3, 2e-3, 1e-3])
    assert history[-1]["select_mask_loss"] == mask_loss(model, batches, ALL[6:], torch.float32)


def test_images_that_select_are_not_learned_from(make_model, make_motion_batches, config, motion):
    found = []
    for seed in (0, 1):
        batches, model = make_motion_batches(LABELS), make_model()
        batches.images[6:] = torch.randint(256, batches.images[6:].shape, generator=torch.Generator().manual_seed(seed))
        fit_generator(model, batches, ALL[:6], ALL[6:], config(), motion(), seed=0)
        found.append(model.state_dict())
    assert all(torch.equal(value, found[1][key]) for key, value in found[0].items())


def test_adam_is_the_published_one():
    optimizer = make_adam([([torch.zeros(1, requires_grad=True)], 0.1)], torch.device("cpu"))
    (group,) = optimizer.param_groups
    assert BETAS == (0.5, 0.999) == group["betas"] and group["weight_decay"] == 0 and group["lr"] == 0.1
