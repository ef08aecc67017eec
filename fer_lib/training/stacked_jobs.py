"""Models of many runs trained together, each left on disk as if it had been trained alone."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import torch

from .batches import Batches, share_rows
from .curves import training_curves
from .device import choose_device, input_dtype
from .job import Job
from .loop import Fit
from .stacked import Member, fit_stacked
from .stacked_checkpoint import stack_checkpoint, stack_names


def members_of(jobs: Sequence[Job]) -> list[Member]:
    """The jobs' models, freshly initialised as :func:`fer_lib.training.fold.train_fold` would, and their data on
    the device: faces that several runs share lie there once."""
    device, dtype = choose_device(jobs[0].config.device), input_dtype(jobs[0].config.precision)
    inputs = {_data_of(job): (job.experiment, job.guidance) for job in jobs}
    rows = share_rows([array for e, guidance in inputs.values() for array in (e.images, guidance)], device)
    data = {
        key: Batches(rows[2 * i], rows[2 * i + 1], e.labels, len(e.classes), device, dtype)
        for i, (key, (e, _)) in enumerate(inputs.items())
    }
    members = []
    for job, name in zip(jobs, stack_names(jobs), strict=True):
        train, select, watch = job.parts()
        torch.manual_seed(job.seed)
        members.append(
            Member(
                model=job.experiment.build_model(),
                batches=data[_data_of(job)],
                train=train,
                select=select,
                config=job.config,
                seed=job.seed,
                watch=watch,
                name=name,
            )
        )
    return members


def _data_of(job: Job) -> tuple[int, int]:
    """Equal for jobs whose networks are shown the same: those of a run, unless its guidance differs by fold."""
    return id(job.experiment), id(job.guidance)


def train_jobs_stacked(jobs: Sequence[Job], tell: Callable[[int], None], engine: str = "stacked") -> None:
    """Train all jobs, which have equal ``shape``, at once. Each is complete on disk as soon as its model stops; where
    the stack was interrupted, the others go on from its last checkpoint.

    Args:
        tell: told how many epochs of the jobs' budgets are over.
        engine: for the cards, why the models were trained together.
    """
    for job in jobs:
        job.clear()
    checkpoint = stack_checkpoint(jobs)
    members = members_of(jobs)
    with ExitStack() as every_curve:
        curves = [every_curve.enter_context(ExitStack()) for _ in jobs]
        records = [
            curve.enter_context(training_curves(job.curves, tell)) for curve, job in zip(curves, jobs, strict=True)
        ]

        def finish(position: int, result: Fit) -> None:
            job, member = jobs[position], members[position]
            curves[position].close()
            seconds = sum(row["seconds"] for row in result.history)
            job.store(member.model, member.batches, result, seconds=seconds, engine=engine)
            member.model.cpu()
            tell(job.config.epochs - len(result.history))

        fit_stacked(
            members,
            on_epoch=lambda position, row: records[position](row),
            on_finish=finish,
            checkpoint=checkpoint,
        )
    checkpoint.remove()
