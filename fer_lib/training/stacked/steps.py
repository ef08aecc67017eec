"""The steps of an epoch: which models take one together, and on which of their images."""

from collections.abc import Iterator, Sequence
from itertools import groupby


def epoch_steps(step_sizes: Sequence[tuple[int, int]], batch_size: int) -> Iterator[tuple[slice, slice]]:
    """(models, images) of every step; all of its models have a batch of its size, and each model's own steps are in
    order.

    Args:
        step_sizes: of every model, as :attr:`~fer_lib.training.stacked.member.Member.step_sizes`; those with most
            images first.
    """
    full = [count for count, _ in step_sizes]
    for step in range(full[0]):
        yield slice(0, sum(count > step for count in full)), slice(step * batch_size, (step + 1) * batch_size)
    # the smaller last batches, models of equal size together
    start = 0
    for (count, rest), alike in groupby(step_sizes):
        stop = start + len(list(alike))
        if rest:
            yield slice(start, stop), slice(count * batch_size, count * batch_size + rest)
        start = stop
