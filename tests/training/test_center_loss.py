"""Centre loss against its sum written out, and how its centres move."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fer_lib.errors import InputError
from fer_lib.training.center_loss import CenterConfig, CenterLoss, Pull, step_factor

LABELS = torch.tensor([0, 2, 2, 1, 0])


def slowly(features, labels, centers):
    """As the reference computes it: the distances to all centres, of which its own counts."""
    total = 0.0
    for feature, label in zip(features, labels, strict=True):
        squared = sum((a - b) ** 2 for a, b in zip(feature, centers[label], strict=True))
        total += min(max(squared, 1e-12), 1e12)
    return total / len(features)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**31), count=st.integers(1, 9), size=st.integers(1, 5), scale=st.sampled_from([1e-8, 1, 1e7])
)
def test_equals_its_slow_twin(seed, count, size, scale):
    torch.manual_seed(seed)
    loss = CenterLoss(3, size).double()
    features, labels = scale * torch.randn(count, size, dtype=torch.float64), torch.randint(3, (count,))
    expected = slowly(features.tolist(), labels.tolist(), loss.centers.tolist())
    assert loss(features, labels).item() == pytest.approx(expected, rel=1e-9)


def test_distances_are_clamped():
    loss = CenterLoss(2, 2)
    at_centre = loss.centers.detach()[LABELS % 2]
    assert loss(at_centre, LABELS % 2).item() == pytest.approx(1e-12)
    assert loss(at_centre + 1e9, LABELS % 2).item() == pytest.approx(1e12)


def test_centres_are_standard_normal_and_follow_their_generator():
    drawn = [CenterLoss(500, 20, torch.Generator().manual_seed(seed)).centers for seed in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
    assert abs(drawn[0].mean().item()) < 0.05 and drawn[0].std().item() == pytest.approx(1, rel=0.03)


class Plane(nn.Module):
    """Two features that are the inputs themselves."""

    def __init__(self):
        super().__init__()
        self.feature, self.head = nn.Identity(), nn.Linear(2, 3)

    def forward(self, x):
        return self.head(self.feature(x))


@pytest.fixture
def pulled(config):
    """``pulled(weight, …)``: loss and logits of five features after `epoch` has begun."""

    def make(weight=0.25, epoch=2, rate=0.5, **options):
        torch.manual_seed(0)
        network, x = Plane(), torch.randn(5, 2, requires_grad=True)
        center = CenterConfig(weight=weight, start_epoch=1, center_rate=rate, **options)
        pull = Pull(config(), center, network, 3, seed=7)
        pull.begin(epoch)
        return pull, network(x), x

    return make


def test_the_weighted_loss_is_added_from_the_epoch_after_the_first_ones(pulled):
    entropy = None
    for epoch, weight in ((1, 0.25), (2, 0.0), (2, 0.25)):
        pull, logits, x = pulled(weight, epoch)
        total = pull.loss(logits, LABELS, None, None)
        entropy = F.cross_entropy(logits, LABELS)
        row = pull.apart({"train_loss": total.item()})
        if epoch == 1 or weight == 0:
            assert torch.equal(total, entropy) and "center_loss" not in row and pull.centers is None
        else:
            distance = slowly(x.tolist(), LABELS.tolist(), pull.centers.tolist())
            assert total.item() == pytest.approx(entropy.item() + weight * distance, rel=1e-6)
            assert row == pytest.approx({"train_loss": entropy.item(), "center_loss": distance}, rel=1e-5)


def test_mixtures_are_pulled_to_both_their_classes(pulled):
    pull, logits, x = pulled()
    others = LABELS.flip(0)
    total = pull.loss(logits, LABELS, None, (others, 0.7)).item()
    centers = pull.centers.tolist()
    parts = [
        F.cross_entropy(logits, labels).item() + 0.25 * slowly(x.tolist(), labels.tolist(), centers)
        for labels in (LABELS, others)
    ]
    assert total == pytest.approx(0.7 * parts[0] + 0.3 * parts[1], rel=1e-5)


@pytest.mark.parametrize("weight", [0.01, 3.0])
def test_centres_move_by_their_own_gradient_whatever_the_weight(pulled, weight):
    pull, logits, x = pulled(weight, rate=0.5)
    before = pull.centers
    pull.loss(logits, LABELS, None, None).backward()
    pull.step()
    for k, center in enumerate(before):
        own = x.detach()[LABELS.eq(k)]
        # 2α n_k / N of the way to the mean of the class
        expected = center + 2 * 0.5 * len(own) / len(x) * (own.mean(0) - center)
        assert torch.allclose(pull.centers[k], expected, atol=1e-6)
    pull.loss(logits.detach(), LABELS, None, None).backward()
    after = pull.centers
    pull.begin(3)
    pull.step()  # the gradient of a step is not seen again in the next
    assert not torch.equal(before, after)


def test_features_are_pulled_by_the_weighted_gradient(pulled):
    pull, logits, x = pulled(0.25)
    (pull.loss(logits, LABELS, None, None) - F.cross_entropy(logits, LABELS)).backward()
    expected = 0.25 * 2 / len(x) * (x.detach() - pull.centers[LABELS])
    assert torch.allclose(x.grad, expected, atol=1e-6)


def test_the_rate_of_the_centres_falls_in_steps(pulled):
    rates = []
    for epoch in (2, 3, 4, 5):
        pull, logits, x = pulled(epoch=epoch, center_step=2)
        before = pull.centers
        pull.loss(logits, LABELS, None, None).backward()
        pull.step()
        own = x.detach()[LABELS == 1][0]
        rates.append(((pull.centers[1] - before[1]) / (own - before[1])).mean().item() * 5 / 2)
    assert rates == pytest.approx([0.5, 0.05, 0.05, 0.005], rel=1e-3)


def test_steps_against_torchs_rule():
    for step in (1, 3):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
        rule, expected = torch.optim.lr_scheduler.StepLR(optimizer, step), []
        for _ in range(7):
            expected.append(rule.get_last_lr()[0])
            optimizer.step()
            rule.step()
        assert [step_factor(epoch, step) for epoch in range(1, 8)] == pytest.approx(expected)
    assert {step_factor(epoch, 0) for epoch in range(1, 8)} == {1.0}


def test_a_released_network_is_looked_at_no_more(pulled):
    pull, *_ = pulled()
    network = Plane()
    other = Pull(pull._config, CenterConfig(), network, 3, seed=0)
    other.release()
    network(torch.zeros(1, 2))
    assert other._features is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weight": -1.0}, "weight of centre loss = -1.0, expected a number from 0"),
        ({"weight": np.inf}, "weight of centre loss = inf"),
        ({"center_rate": 0.0}, "center_rate = 0.0, expected a positive number"),
        ({"start_epoch": -1}, "start_epoch = -1, expected a whole number from 0"),
        ({"snapshot_every": -1}, "snapshot_every = -1"),
    ],
)
def test_bad_settings_are_told(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        CenterConfig(**changes)
