"""What a model of a stack draws is what it would draw alone."""

import torch

from fer_lib.training.augmentation import augmentation_generator, draw_transforms
from fer_lib.training.dropout import scoring_seed
from fer_lib.training.stacked.draws import Draws

from .conftest import CPU


def slowly(member, epochs):
    """Order and transforms of the last of these epochs."""
    order, changes = torch.Generator().manual_seed(member.seed), augmentation_generator(member.seed)
    for _ in range(epochs):
        positions = torch.as_tensor(member.train)[torch.randperm(len(member.train), generator=order)]
        theta = draw_transforms("affine", len(member.train), (48, 48), changes)
    return positions, theta.double()


def test_order_and_transforms_are_each_models_own(two_by_three):
    members = two_by_three(augmentation="affine")
    draws = Draws(members, CPU)
    for epoch in (1, 2):
        positions, theta = draws.epoch()
        for i, member in enumerate(members):
            own, changes = slowly(member, epoch)
            assert torch.equal(positions[: len(own), i], own) and torch.equal(theta[: len(own), i], changes)
    draws.keep([1, 4])  # the others have stopped
    positions, theta = draws.epoch()
    for i, member in enumerate((members[1], members[4])):
        own, changes = slowly(member, 3)
        assert torch.equal(positions[: len(own), i], own) and torch.equal(theta[: len(own), i], changes)
    assert len(draws.dropout) == 2


def test_without_augmentation_there_are_no_transforms(two_by_three):
    assert Draws(two_by_three(), CPU).epoch()[1] is None


def test_scoring_has_a_seed_by_member_and_epoch(two_by_three):
    members = two_by_three()
    found = [generator.initial_seed() for generator in Draws(members, CPU).scoring(3)]
    assert found == [scoring_seed(member.seed, 3) for member in members]
