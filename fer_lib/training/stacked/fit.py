"""The training loop of a stack: :func:`fer_lib.training.loop.fit` for many models at once."""

from collections.abc import Callable, Sequence

from ..loop import Fit
from ..resuming import NOWHERE, Checkpoint
from .member import Member, require_alike
from .stack import Stack


def fit_stacked(
    members: Sequence[Member],
    *,
    group: int | None = None,
    on_epoch: Callable[[int, dict], None] = lambda position, row: None,
    on_finish: Callable[[int, Fit], None] = lambda position, result: None,
    checkpoint: Checkpoint = NOWHERE,
) -> list[Fit]:
    """Train every member's model in place and leave it with the weights of its best epoch.

    Each model sees the batches, makes the steps and stops at the epoch that it would by
    :func:`fer_lib.training.loop.fit` with its seed; weights agree up to rounding, on a CPU with
    dropout too (on CUDA dropout's masks are others). A model that has stopped leaves the stack.

    Args:
        members: models of one shape, in any order.
        group: how many models one sequence of kernels trains; as many as fit into memory by default.
            When memory runs out nevertheless, the number is halved with a warning.
        on_epoch: receives (position in `members`, history row) of every model and epoch, those of an interrupted
            training first. ``seconds`` is the model's share of the epoch's time.
        on_finish: receives (position, Fit) as soon as a model has stopped and holds its weights.
        checkpoint: where the training is kept, and goes on from, each model by its name. It covers the models that
            `on_finish` has not seen.

    Returns:
        one Fit per member.

    Raises:
        InputError: the members differ in shape or configuration; a class has no training sample.
    """
    if not members:
        return []
    require_alike(list(members))
    stack = Stack(members, group, checkpoint)
    for position, history in zip(stack.positions, stack.histories, strict=True):
        for row in history:
            on_epoch(position, row)
    results: dict[int, Fit] = {}
    while True:
        for position, result in stack.let_go():
            results[position] = result
            on_finish(position, result)
        if not stack.members:
            break
        for position, row in stack.train_epoch():
            on_epoch(position, row)
    return [results[position] for position in range(len(members))]
