"""What one training step asks of a device: operators to launch, bytes to move."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from engine_loops import Faces, members
from plain_loop import BATCH
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from fer_lib.training import fit, fit_stacked

#: Their first argument is written and not read.
OVERWRITE = ("copy_", "fill_", "zero_", "bernoulli_")
#: They read the rows that they pick, not the whole of their first argument.
PICK = ("index", "index_select", "gather")


@dataclass(frozen=True)
class Cost:
    """Of one step of all models together."""

    operators: int
    bytes: int

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.operators - other.operators, self.bytes - other.bytes)

    def plus(self, other: "Cost", times: int) -> "Cost":
        return Cost(self.operators + times * other.operators, self.bytes + times * other.bytes)


def sequential_step(faces: Faces, model_name: str, precision: str) -> Cost:
    """One step of one model: training on two batches less training on one."""

    def train(images: int) -> None:
        (member,) = members(faces, model_name, 1, 1, precision, torch.device("cpu"))
        fit(member.model, member.batches, member.train[:images], None, member.config, seed=0)

    return _difference(train)


def stacked_steps(faces: Faces, model_name: str, precision: str, models: Sequence[int]) -> dict[int, Cost]:
    """One step of a stack, by number of models. Operators are either batched over models or called once for each, so
    that both counts are linear in that number: they are counted with two models and with three."""
    two, three = (_stack(faces, model_name, precision, count) for count in (2, 3))
    return {count: two.plus(three - two, count - 2) for count in models}


def _stack(faces: Faces, model_name: str, precision: str, models: int) -> Cost:
    def train(images: int) -> None:
        stack = members(faces, model_name, models, 1, precision, torch.device("cpu"))
        for member in stack:
            member.train = member.train[:images]
        fit_stacked(stack, group=models)

    return _difference(train)


def _difference(train) -> Cost:
    """What the second of two batches costs: whatever is done once per training or epoch drops out."""
    costs = []
    for images in (BATCH, 2 * BATCH):
        with Counter() as counter:
            train(images)
        costs.append(Cost(counter.operators, counter.bytes))
    return costs[1] - costs[0]


class Counter(TorchDispatchMode):
    """Counts operators that do something (views do not), and the bytes they read and write, each tensor once."""

    def __init__(self):
        super().__init__()
        self.operators = self.bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        result = function(*args, **kwargs)
        name = function.overloadpacket.__name__
        given, made = _tensors((args, kwargs)), _tensors(result)
        memory = {tensor.untyped_storage().data_ptr() for tensor in given}
        view = not function._schema.is_mutable and any(t.untyped_storage().data_ptr() in memory for t in made)
        if view or "empty" in name:
            return result
        if function._schema.is_mutable:
            made = _tensors(
                [
                    kwargs.get(argument.name, args[i] if i < len(args) else None)
                    for i, argument in enumerate(function._schema.arguments)
                    if argument.alias_info is not None and argument.alias_info.is_write
                ]
            )
        if name in OVERWRITE:
            given = given[1:]
        elif name in PICK:
            given = [*made, *given[1:]]
        self.operators += 1
        self.bytes += _bytes(given) + _bytes(made)
        return result


def _tensors(values) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


def _bytes(tensors: list[Tensor]) -> int:
    distinct = {(t.data_ptr(), t.shape, t.stride()): t for t in tensors}.values()
    # an expanded tensor is no larger than its memory
    return sum(min(t.numel() * t.element_size(), t.untyped_storage().nbytes()) for t in distinct)
