"""A stack in training as one state that can be stored, and a stack that goes on from there."""

from dataclasses import dataclass, field
from time import perf_counter

import torch
from torch import Tensor

from ..randomness import all_generators, set_all_generators


@dataclass
class UnderWay:
    """An epoch in progress.

    Attributes:
        positions, theta: of :meth:`fer_lib.training.stacked.draws.Draws.epoch`.
        images: that each model has learned from.
        earlier: seconds before it was interrupted.
    """

    positions: Tensor
    theta: Tensor | None
    images: list[int]
    earlier: float = 0.0
    started: float = field(default_factory=perf_counter)

    @property
    def seconds(self) -> float:
        return self.earlier + perf_counter() - self.started


def snapshot(stack) -> dict:
    """What :func:`go_on` needs."""
    now: UnderWay | None = stack.under_way
    return {
        "names": [member.name for member in stack.members],
        "epochs": stack.epoch - (now is not None),  # that are over
        "group": stack.groups.size,
        "state": vars(stack.state),
        "best": {"parameters": stack.best.parameters, "buffers": stack.best.buffers},
        "generators": all_generators(stack.draws.generators(), stack.device),
        "stopping": [each.state_dict() for each in stack.stopping],
        "plateaus": [each.state_dict() for each in stack.plateaus],
        "histories": stack.histories,
        "under_way": None
        if now is None
        else {"positions": now.positions, "theta": now.theta, "images": now.images, "seconds": now.seconds},
    }


def in_order(names: list[str], saved: dict) -> list[int]:
    """Positions in `names` of the models of a snapshot, in its order: a sum may depend on who stands beside whom."""
    return sorted(range(len(names)), key=lambda i: saved["names"].index(names[i]))


def go_on(stack, saved: dict) -> None:
    """Put `stack`, whose members are in the order of the snapshot `saved`, where that was taken. Models of the snapshot
    that `stack` lacks are complete on disk."""
    rows = [saved["names"].index(member.name) for member in stack.members]
    index = torch.tensor(rows, dtype=torch.int64)
    for mine, theirs in ((vars(stack.state), saved["state"]), (vars(stack.best), saved["best"])):
        for name, value in theirs.items():
            pairs = value.items() if name == "buffers" else [(None, value)]
            for key, tensor in pairs:
                (mine[name] if key is None else mine[name][key]).copy_(tensor[index])
    stack.epoch, stack.groups.size = saved["epochs"], saved["group"]
    stack.histories = [saved["histories"][row] for row in rows]
    for name in ("stopping", "plateaus"):
        for mine, row in zip(getattr(stack, name), rows, strict=True):
            mine.load_state_dict(saved[name][row])
    set_all_generators(saved["generators"], stack.draws.generators(), stack.device)
    if (now := saved["under_way"]) is not None:
        positions, theta = (None if now[name] is None else now[name][:, index] for name in ("positions", "theta"))
        images = [now["images"][row] for row in rows]
        theta = None if theta is None else theta.to(stack.device)
        stack.under_way = UnderWay(positions.to(stack.device), theta, images, now["seconds"])
