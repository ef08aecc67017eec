"""Scores of an epoch against a slow count, and steps over several batches."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.training.imagenet.epoch import Totals, score, train_epoch

CPU = torch.device("cpu")


def batches(sizes, classes=7):
    random = torch.Generator().manual_seed(1)
    return [
        (
            torch.randint(0, 256, (n, 3, 4, 4), generator=random, dtype=torch.uint8),
            torch.randint(0, classes, (n,), generator=random),
        )
        for n in sizes
    ]


def test_totals_are_what_a_loop_counts():
    logits, labels = torch.randn(11, 7, generator=torch.Generator().manual_seed(0)), torch.arange(11) % 7
    totals = Totals(CPU)
    for rows in (slice(0, 8), slice(8, 11)):
        totals.add(F.cross_entropy(logits[rows], labels[rows]), logits[rows], labels[rows])
    row, count = totals.row("val")
    ranks = [
        sorted(values, reverse=True).index(values[label]) for values, label in zip(logits.tolist(), labels, strict=True)
    ]
    losses = [-F.log_softmax(values, 0)[label].item() for values, label in zip(logits, labels, strict=True)]
    assert count == 11
    assert row == pytest.approx(
        {
            "val_loss": sum(losses) / 11,
            "val_top1": sum(rank < 1 for rank in ranks) / 11,
            "val_top5": sum(rank < 5 for rank in ranks) / 11,
        }
    )


def test_with_fewer_than_five_classes_all_are_among_the_best_five():
    totals = Totals(CPU)
    totals.add(torch.tensor(1.0), torch.randn(4, 3), torch.tensor([0, 1, 2, 0]))
    assert totals.row("val")[0]["val_top5"] == 1


def test_accumulated_batches_make_the_steps_of_their_mean_gradient():
    """Five batches, two a step: the last one is a step of its own."""
    loader = batches((4, 4, 4, 4, 4))
    torch.manual_seed(0)
    model, slow = (nn.Sequential(nn.Flatten(), nn.Linear(48, 7)) for _ in range(2))
    slow.load_state_dict(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    told = []
    row, seen = train_epoch(model, model, loader, optimizer, 2, CPU, torch.float32, told.append)
    rate, losses = 0.1, []
    for start in (0, 2, 4):
        images, labels = (torch.cat(parts) for parts in zip(*loader[start : start + 2], strict=True))
        loss = F.cross_entropy(slow(images / 127.5 - 1), labels)
        losses.append(loss.item() * len(labels))
        for parameter, gradient in zip(slow.parameters(), torch.autograd.grad(loss, slow.parameters()), strict=True):
            parameter.data -= rate * gradient
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(model.parameters(), slow.parameters(), strict=True))
    assert seen == 20 and told == [1] * 5 and row["train_loss"] == pytest.approx(sum(losses) / 20, abs=1e-5)


def test_scoring_is_in_evaluation_mode_and_changes_nothing():
    model = nn.Sequential(nn.BatchNorm2d(3), nn.Flatten(), nn.Dropout(0.5), nn.Linear(48, 7))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    one, same = (score(model, batches((4, 3)), CPU, torch.float32) for _ in range(2))
    assert one == same and one[1] == 7
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
