"""Many models to train: at once where that is faster, else side by side on CPU cores or one after another."""

from collections.abc import Sequence
from functools import partial

import torch

from ..models import create_model
from ..progress import progress
from ..resources import cores
from .device import choose_device
from .engine import Choice, choose_engine
from .job import Job
from .jobs import run_jobs
from .losses import penalised_parameters
from .parallel import wait_for_all
from .stacked_checkpoint import stack_checkpoint
from .stacked_jobs import train_jobs_stacked


def train_jobs(jobs: Sequence[Job], workers: int | None = None) -> None:
    """Train every job; those whose models have one shape by one engine (:mod:`fer_lib.training.engine`).

    Args:
        jobs: all on one device.
        workers: processes; all cores by default, 1 on CUDA and MPS.

    Raises:
        InputError: before anything is trained: a penalty on a network that names no layers for it.
    """
    by_shape: dict[tuple, list[Job]] = {}
    for job in jobs:
        by_shape.setdefault(job.shape, []).append(job)
    for first, *_ in by_shape.values():
        _require_layers_for_penalty(first)
    alone: list[tuple[Job, str]] = []
    for alike in by_shape.values():
        device = choose_device(alike[0].config.device)
        choice = _choose(alike, device, 1 if device.type != "cpu" else workers or cores())
        if choice.engine == "stacked":
            _train_together(alike, device, workers, str(choice))
        else:
            alone += [(job, str(choice)) for job in alike]
    if alone:
        _train_alone(alone, workers)
    wait_for_all()  # the first process has written everything


def _choose(jobs: list[Job], device: torch.device, workers: int) -> Choice:
    """What is left of a stack that was interrupted goes on as one, however few they are."""
    left = stack_checkpoint(jobs)
    if jobs[0].config.engine == "auto" and left.waits():
        return Choice("stacked", "as before it was interrupted")
    choice = choose_engine(jobs, device, workers)
    if choice.engine == "sequential":
        left.remove()
    return choice


def _require_layers_for_penalty(job: Job) -> None:
    e = job.experiment
    with torch.device("meta"):  # names of layers alone: no random number is drawn
        penalised_parameters(create_model(e.model, num_classes=len(e.classes), **e.model_options), job.config)


def _train_together(jobs: list[Job], device: torch.device, workers: int | None, engine: str) -> None:
    threads, epochs = torch.get_num_threads(), sum(job.config.epochs for job in jobs)
    if device.type == "cpu":
        torch.set_num_threads(workers or cores())
    try:
        with progress(total=epochs, label=f"training {len(jobs)} models at once", unit="epoch") as bar:
            train_jobs_stacked(jobs, bar.update, engine)
    finally:
        torch.set_num_threads(threads)


def _train_alone(jobs: list[tuple[Job, str]], workers: int | None) -> None:
    """Each job a task, or each experiment where its folds go on from each other."""
    tasks: dict[object, list[tuple[Job, str]]] = {}
    for job, engine in jobs:
        task = job.experiment.folder if job.config.seed_mode == "once" else job
        tasks.setdefault(id(job) if task is job else task, []).append((job, engine))
    run_jobs(
        [partial(_train_in_order, task) for task in tasks.values()],
        epochs=sum(job.config.epochs for job, _ in jobs),
        device=choose_device(jobs[0][0].config.device),
        workers=workers,
    )


def _train_in_order(task: Sequence[tuple[Job, str]], tell) -> None:
    for job, engine in task:
        job.train_alone(tell, engine)
