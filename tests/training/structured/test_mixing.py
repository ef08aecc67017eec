"""Mixtures sample by sample, and what the legacy form makes of class numbers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.training.structured import gaussian_structured_loss, mixed

K = 5


def slowly(embedding, labels, mixing, share, other):
    """float32 like the reference: pairs one after the other."""
    rows, targets = list(embedding), [np.eye(K)[label] for label in labels]
    share, rest = np.float32(share), np.float32(1) - np.float32(share)
    for i, j in enumerate(other):
        rows.append(share * embedding[i] + rest * embedding[j])
        target = np.zeros(K)
        if mixing == "onehot":
            target[labels[i]] += share
            target[labels[j]] += rest
        else:
            number = share * np.float32(labels[i]) + rest * np.float32(labels[j])
            if number == np.floor(number):
                target[int(number)] = 1
        targets.append(target)
    return np.array(rows), np.array(targets)


class Fixed:
    """Draws what it was told to."""

    def __init__(self, share, other):
        self.share, self.other = share, np.array(other)

    def beta(self, a, b):
        assert (a, b) == (2, 2)
        return self.share

    def permutation(self, count):
        assert count == len(self.other)
        return self.other


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    count=st.integers(1, 8),
    mixing=st.sampled_from(["onehot", "legacy"]),
    share=st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1),
)
def test_equals_its_slow_twin(seed, count, mixing, share):
    random = np.random.default_rng(seed)
    embedding, labels = random.standard_normal((count, 3), dtype=np.float32), random.integers(K, size=count)
    other = random.permutation(count)
    rows, targets = slowly(embedding, labels, mixing, share, other)
    found = mixed(torch.from_numpy(embedding), torch.from_numpy(labels), K, mixing, Fixed(share, other))
    assert [part.shape for part in found] == [(2 * count, 3), (2 * count, K)]
    assert {part.dtype for part in found} == {torch.float32}
    assert np.allclose(found[0], rows, atol=1e-6)
    if mixing == "legacy":
        assert np.array_equal(found[1], targets)  # whole or not: there is no tolerance
    else:
        assert np.allclose(found[1], targets, atol=1e-6)


def two(labels, mixing, share):
    """Target of the mixture of two samples."""
    embedding = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
    return mixed(embedding, torch.tensor(labels), K, mixing, Fixed(share, [1, 0]))[1][2].tolist()


def test_halfway_between_two_classes_lies_a_third_in_the_legacy_form_alone():
    assert two([0, 2], "legacy", 0.5) == [0, 1, 0, 0, 0]
    assert two([0, 2], "onehot", 0.5) == [0.5, 0, 0.5, 0, 0]


def test_fractions_belong_to_no_class_in_the_legacy_form():
    assert two([0, 1], "legacy", 0.25) == [0] * 5
    assert two([0, 1], "onehot", 0.25) == [0.25, 0.75, 0, 0, 0]


def test_same_classes_can_miss_their_number_by_rounding():
    """λ·3 + (1 − λ)·3 need not be 3 in float32, the reference's format."""
    shares = np.random.default_rng(0).beta(2, 2, 300)
    legacy = [two([3, 3], "legacy", share) for share in shares]
    assert [0] * 5 in legacy and [0, 0, 0, 1, 0] in legacy
    three, one, singles = np.float32(3), np.float32(1), shares.astype(np.float32)
    assert [bool(target[3]) for target in legacy] == (singles * three + (one - singles) * three == 3).tolist()
    assert all(two([3, 3], "onehot", share) == pytest.approx([0, 0, 0, 1, 0]) for share in shares)


def test_none_draws_nothing():
    random = np.random.default_rng(3)
    before = random.bit_generator.state
    embedding, labels = torch.randn(6, 2), torch.arange(6) % K
    same, targets = mixed(embedding, labels, K, "none", random)
    assert torch.equal(same, embedding) and torch.equal(targets.argmax(1), labels) and (targets.sum(1) == 1).all()
    assert random.bit_generator.state == before


@pytest.mark.parametrize("mixing", ["onehot", "legacy"])
def test_a_stream_repeats_and_its_shares_are_beta_2_2(mixing):
    embedding, labels = torch.eye(12), torch.arange(12) % K
    runs = []
    for seed in (0, 0, 1):
        random = np.random.default_rng(seed)
        runs.append(torch.stack([mixed(embedding, labels, K, mixing, random)[0] for _ in range(400)]))
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])
    between = runs[0][:, 12:].diagonal(dim1=1, dim2=2)  # λ, and 1 for the sample mixed with itself
    shares = between.amin(1)
    assert shares.mean().item() == pytest.approx(0.5, abs=0.04)
    assert shares.var().item() == pytest.approx(1 / 20, abs=0.01)  # a uniform λ has 1/12
    partners = (runs[0][:, 12:] > 0).sum(1)
    assert partners.max() == 2 and (partners == 2).float().mean() > 0.8


@pytest.mark.parametrize("mixing", ["none", "onehot", "legacy"])
def test_gradients_pass_into_the_loss(mixing):
    embedding = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    labels = torch.tensor([0, 1, 2, 0, 1, 2])

    def loss(z):
        return gaussian_structured_loss(*mixed(z, labels, 3, mixing, Fixed(0.5, [1, 2, 0, 3, 5, 4])), 3)

    assert torch.autograd.gradcheck(loss, embedding)


def test_half_precision_is_mixed_in_float32():
    half = torch.randn(6, 2).bfloat16()
    found, targets = mixed(half, torch.arange(6) % K, K, "onehot", np.random.default_rng(0))
    assert found.dtype == targets.dtype == torch.float32


def test_another_mixing_is_told():
    with pytest.raises(InputError, match="mixing 'integer', expected one of none, onehot, legacy"):
        mixed(torch.zeros(2, 2), torch.tensor([0, 1]), K, "integer", np.random.default_rng(0))
