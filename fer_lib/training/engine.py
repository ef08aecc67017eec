"""Which engine trains: many models in one program, or one after another; measured where it runs.

On a GPU one of the study's small networks leaves most of the device idle between kernel launches, and
stacking many of them fills it. On a CPU grouped convolutions are slower than plain ones, and one process
per core is already busy. Neither is assumed: a few steps of both are timed.
"""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch

from ..errors import InputError, require
from .job import Job
from .loop import fit
from .parallel import world_size
from .randomness import seeded
from .stacked import Member, fit_stacked
from .stacked.memory import ran_out_of_memory
from .stacked_jobs import members_of

#: Steps that are timed, after as many that warm up; on a CPU both engines differ by far more than one step tells.
CPU_STEPS, STEPS = 1, 10
#: Models in the trial stack on a CPU, where more of them cost time and gain nothing.
CPU_TRIAL = 2
#: Training images × epochs below which a CPU is not asked: the answer would cost more than it saves.
CPU_WORTH_ASKING = 2_000_000


@dataclass(frozen=True)
class Choice:
    """``engine`` ("stacked" or "sequential") and, for the cards, why."""

    engine: str
    reason: str

    def __str__(self) -> str:
        return f"{self.engine} ({self.reason})"


def choose_engine(jobs: Sequence[Job], device: torch.device, workers: int) -> Choice:
    """How to train `jobs`, whose models have one shape.

    Args:
        workers: processes that would train them one by one; 1 on an accelerator.

    Raises:
        InputError: ``engine="stacked"`` is asked for and impossible.
    """
    asked, config = jobs[0].config.engine, jobs[0].config
    if config.seed_mode == "once":
        require(world_size() == 1, f"seed_mode 'once' with {world_size()} processes, expected seed_mode 'per_fold'")
        require(asked != "stacked", "seed_mode 'once' trains fold after fold, so engine 'stacked' cannot be used")
        return Choice("sequential", "seeded once, folds depend on each other")
    if world_size() > 1:
        require(asked != "stacked", f"engine 'stacked' with {world_size()} processes, expected one process")
        return Choice("sequential", f"{world_size()} processes train each network together")
    if config.fine_tune != "full":
        require(
            asked != "stacked",
            f"fine_tune {config.fine_tune!r} fixes layers of each model by itself, so engine 'stacked' cannot be used",
        )
        return Choice("sequential", f"fine_tune {config.fine_tune!r} fixes layers")
    if config.sequential_only:
        names = ", ".join(config.sequential_only)
        require(asked != "stacked", f"engine 'stacked' does not know {names}; expected engine 'sequential' or 'auto'")
        return Choice("sequential", f"only this engine knows {names}")
    if asked == "sequential":
        return Choice("sequential", "as asked")
    if asked == "auto":
        if len(jobs) == 1:
            return Choice("sequential", "a single model")
        work = sum(len(job.experiment.labels) * job.config.epochs for job in jobs)
        if device.type == "cpu" and work < CPU_WORTH_ASKING:
            return Choice("sequential", "too little work on a CPU to try both")
    with seeded(0, device):
        trial = members_of(jobs[:CPU_TRIAL] if device.type == "cpu" else jobs)
    try:
        stacked = _stacked_seconds(trial, device, workers)
    except (RuntimeError, InputError) as error:
        if ran_out_of_memory(error):
            raise
        sentence = f"{jobs[0].experiment.model} cannot be batched over models: {str(error).splitlines()[0]}"
        if asked == "stacked":
            raise InputError(f"engine 'stacked': {sentence}") from error
        return Choice("sequential", sentence)
    if asked == "stacked":
        return Choice("stacked", "as asked")
    sequential = _sequential_seconds(trial[0], device) / min(workers, len(jobs))
    measured = f"{1000 * stacked:.1f} ms stacked, {1000 * sequential:.1f} ms sequential per model and step"
    return Choice("stacked" if stacked < sequential else "sequential", measured)


def _stacked_seconds(members: Sequence[Member], device: torch.device, cores: int) -> float:
    seconds = []
    with seeded(0, device), _threads(cores, device):  # as in the training
        fit_stacked(
            [replace(_short(member), model=copy.deepcopy(member.model)) for member in members],
            on_epoch=lambda position, row: seconds.append(row["seconds"]),
        )
    return min(seconds) / _steps(device)  # the first epoch warms up


def _sequential_seconds(member: Member, device: torch.device) -> float:
    short = _short(member)
    with seeded(0, device), _threads(1, device):  # as in the workers
        trained = fit(
            copy.deepcopy(member.model), short.batches, short.train, short.select, short.config, seed=short.seed
        )
    return min(row["seconds"] for row in trained.history) / _steps(device)


def _steps(device: torch.device) -> int:
    return CPU_STEPS if device.type == "cpu" else STEPS


@contextmanager
def _threads(count: int, device: torch.device) -> Iterator[None]:
    before = torch.get_num_threads()
    if device.type == "cpu":
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _short(member: Member) -> Member:
    """The same model on a few batches, twice."""
    config = replace(member.config, epochs=2, class_weighted=False)  # the few may lack a class
    few = member.train[: _steps(member.batches.device) * config.batch_size]
    return replace(member, train=few, select=few[:2], watch=None, config=config)
