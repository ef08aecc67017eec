"""The joint loss: λ by preset, in the value and in the gradient."""

import pytest
import torch

from fer_lib.training.motion.losses import joint_loss, mask_error


@pytest.mark.parametrize(("preset", "factor"), [("code", 0.1), ("paper", 10.0)])
def test_the_preset_weighs_the_masks_error(preset, factor):
    mask = torch.rand(2, 1, 4, 4, requires_grad=True)
    target, cross_entropy = torch.rand(2, 1, 4, 4), torch.tensor(0.7, requires_grad=True)
    loss = joint_loss(cross_entropy, mask_error(mask, target), preset)
    loss.backward()
    assert loss.item() == pytest.approx(0.7 + factor * ((mask - target) ** 2).mean().item())
    assert cross_entropy.grad == 1
    assert torch.allclose(mask.grad, factor * 2 * (mask - target).detach() / mask.numel())


def test_without_masks_the_cross_entropy_is_all():
    assert joint_loss(torch.tensor(0.7), None, "paper") == torch.tensor(0.7)


def test_a_mask_in_half_precision_is_compared_in_the_targets():
    assert mask_error(torch.rand(1, 1, 4, 4, dtype=torch.bfloat16), torch.rand(1, 1, 4, 4)).dtype == torch.float32
