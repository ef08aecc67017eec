"""Stage 2: learning rates by group, λ in the gradient, and which epoch is kept."""

import numpy as np
import pytest
import torch

from fer_lib.training.loop import predict_logits
from fer_lib.training.motion import joint_stage
from fer_lib.training.motion.crops import crop, draw_crops
from fer_lib.training.motion.joint_stage import fit_joint
from fer_lib.training.motion.losses import mask_error

LABELS = np.arange(12) % 3
ALL = np.arange(12)


def state(model):
    return {key: value.detach().clone() for key, value in model.named_parameters()}


def test_the_generator_learns_ten_times_slower(make_model, make_motion_batches, config, motion):
    model = make_model()
    before = state(model)
    recipe = motion(generator_learning_rate=1e-4)
    fit_joint(model, make_motion_batches(LABELS), ALL, None, config(epochs=1, learning_rate=1e-3), recipe, seed=0)
    steps = {key: (value - before[key]).abs() for key, value in state(model).items()}
    slow = torch.cat([step.flatten() for key, step in steps.items() if key.startswith("generator.")])
    fast = torch.cat([step.flatten() for key, step in steps.items() if not key.startswith("generator.")])
    # the first step of Adam is the learning rate itself wherever there is a gradient
    assert slow[slow > 0].median().item() == pytest.approx(1e-4, rel=0.02)
    assert fast[fast > 0].median().item() == pytest.approx(1e-3, rel=0.02)
    assert (slow > 0).float().mean() > 0.8


@pytest.fixture
def gradients(make_model, make_motion_batches, config, motion, monkeypatch):
    """``gradients("code")``: of one batch of all images at their centres, by parameter."""

    class Recording(torch.optim.SGD):
        def step(self):
            found.update({id(p): p.grad.clone() for g in self.param_groups for p in g["params"] if p.grad is not None})

    def recording(groups, device):
        return Recording([{"params": list(parameters), "lr": rate} for parameters, rate in groups])

    def make(preset):
        found.clear()
        model = make_model()
        recipe = motion(loss_preset=preset, augmentation="none")
        fit_joint(model, make_motion_batches(LABELS), ALL, None, config(epochs=1, batch_size=12), recipe, seed=0)
        return {name: found[id(p)] for name, p in model.named_parameters() if id(p) in found}

    found = {}
    monkeypatch.setattr(joint_stage, "make_adam", recording)
    return make


def test_lambda_is_in_the_gradient_of_the_generator(gradients, make_model, make_motion_batches):
    code, paper = gradients("code"), gradients("paper")
    model, batches = make_model().train(), make_motion_batches(LABELS)
    centre = draw_crops("none", 12, torch.Generator(), torch.device("cpu"))
    mask, _ = model.generator(crop(batches.grey(torch.arange(12)), centre, model.image_size))
    mask_error(mask, crop(batches.targets(torch.arange(12)), centre, model.image_size)).backward()
    own = [name for name in code if name.startswith("generator.")]
    assert own and len(own) < len(code)
    for name, parameter in model.named_parameters():
        if name in own:
            difference, expected = paper[name] - code[name], (10 - 0.1) * parameter.grad
            assert torch.allclose(difference, expected, rtol=1e-3, atol=1e-3 * expected.abs().max().item()), name
        elif name in code:  # the error of the masks does not reach what comes after them
            assert torch.allclose(code[name], paper[name], atol=1e-6), name


def test_rows_of_the_history(make_model, make_motion_batches, config, motion):
    batches, told = make_motion_batches(LABELS), []
    settings = config(epochs=3, learning_rate=3e-3, monitor="macro_f1")
    result = fit_joint(
        make_model(), batches, ALL[:6], ALL[6:9], settings, motion(decay=2), seed=0, watch=ALL[9:], on_epoch=told.append
    )
    assert told == result.history
    assert list(result.history[0]) == [
        *("epoch", "train_loss", "train_accuracy", "mask_loss", "learning_rate"),
        *("select_loss", "select_accuracy", "select_macro_f1", "watch_loss", "watch_accuracy", "watch_macro_f1"),
        "seconds",
    ]
    assert [row["learning_rate"] for row in result.history] == pytest.approx([3e-3, 2e-3, 1e-3])
    # cross-entropy alone: at the beginning that of guessing
    assert result.history[0]["train_loss"] == pytest.approx(np.log(3), abs=0.6)


@pytest.mark.parametrize("mode", ["given", "none"])
def test_without_a_generator_the_cross_entropy_is_all(mode, make_model, make_motion_batches, config, motion):
    model = make_model(masks=mode)
    batches = make_motion_batches(LABELS, **({"shown": LABELS} if mode == "given" else {"masks": None}))
    result = fit_joint(model, batches, ALL, None, config(epochs=1), motion(), seed=0)
    assert "mask_loss" not in result.history[0]
    assert not hasattr(model, "generator")


@pytest.mark.parametrize("keep", ["best", "last"])
def test_which_epoch_is_kept(keep, make_model, make_motion_batches, config, motion, monkeypatch):
    scores = iter([0.5, 0.9, 0.9, 0.2, 0.1])
    monkeypatch.setattr(joint_stage, "part_scores", lambda *_: {"select_accuracy": next(scores)})
    model, batches, states = make_model(), make_motion_batches(LABELS), []
    result = fit_joint(
        model,
        batches,
        ALL[:8],
        ALL[8:],
        config(epochs=5, patience=2, keep=keep),
        motion(),
        seed=0,
        on_epoch=lambda row: states.append({key: value.clone() for key, value in model.state_dict().items()}),
    )
    assert result.best_epoch == (2 if keep == "best" else 5)
    assert result.stopped_early == (keep == "best") and len(result.history) == (4 if keep == "best" else 5)
    kept = states[result.best_epoch - 1]
    assert all(torch.equal(value, kept[key]) for key, value in model.state_dict().items())


def test_masks_are_no_input_of_a_network_that_predicts_them(make_model, make_motion_batches):
    model = make_model()
    own, other = (make_motion_batches(LABELS, masks=masks) for masks in ("own", np.zeros((3, 9, 9), np.uint8)))
    assert torch.equal(predict_logits(model, own, ALL), predict_logits(model, other, ALL))


def test_shown_masks_are_what_a_network_is_tested_with(make_model, make_motion_batches):
    model = make_model(masks="given")
    own, other = (make_motion_batches(LABELS, shown=shown) for shown in (LABELS, (LABELS + 1) % 3))
    assert not torch.allclose(predict_logits(model, own, ALL), predict_logits(model, other, ALL))
    model.eval()
    with torch.no_grad():
        expected = model(own[torch.arange(12)][0][0], other.targets(torch.as_tensor((ALL + 1) % 12)) * 2 - 1)
    assert torch.allclose(predict_logits(model, other, ALL), expected, atol=1e-6)
