"""Images per second of the package's two training engines.

Every model's first epoch warms up; what counts is the time from its end to the end of the last
epoch. Nothing is scored in between.
"""

import threading
from multiprocessing import Manager

import numpy as np
import torch
from clock import now
from joblib import Parallel, delayed
from plain_loop import BATCH
from sample_faces import CLASSES

from fer_lib.models import create_model
from fer_lib.resources import cores, keep_freed_memory
from fer_lib.training import TrainConfig, fit, fit_stacked
from fer_lib.training.batches import Batches, share_rows
from fer_lib.training.stacked import Member

Faces = tuple[np.ndarray, np.ndarray, np.ndarray]


def processes(models: int, device: torch.device) -> int:
    """How many processes train `models` one by one: as many as there are cores; on an accelerator one."""
    return min(models, cores()) if device.type == "cpu" else 1


def sequential(
    faces: Faces, model_name: str, *, models: int, epochs: int, precision: str, device: torch.device
) -> float:
    """One model after another; on a CPU one process with one thread per core, as cross_validate does."""
    count = processes(models, device)
    shares = [range(models)[start::count] for start in range(count)]
    if count == 1:
        seconds = [_one_process(shares[0], faces, model_name, epochs, precision, device, threading.Barrier(1))]
    else:
        with Manager() as manager:
            job, ready = delayed(_one_process), manager.Barrier(count)
            jobs = [job(share, faces, model_name, epochs, precision, device, ready) for share in shares]
            seconds = Parallel(n_jobs=count, inner_max_num_threads=1)(jobs)
    return models * epochs * len(faces[2]) / max(seconds)


def _one_process(seeds, faces, model_name, epochs, precision, device, ready) -> float:
    """Seconds of all models of one process. It waits for the others at the end of its first warm-up."""
    batches, everything = batches_of(faces, model_name, device), np.arange(len(faces[2]))
    config = _config(1 + epochs, precision, device)
    total, threads = 0.0, torch.get_num_threads()
    if device.type == "cpu":  # as fer_lib.training.jobs prepares its workers
        torch.set_num_threads(1)
        keep_freed_memory()
    try:
        for seed in seeds:
            marks = []

            def after_epoch(row, seed=seed, marks=marks):
                if row["epoch"] == 1 and seed == seeds[0]:
                    ready.wait()
                marks.append(now(device))

            model = create_model(model_name, num_classes=CLASSES)
            fit(model, batches, everything, None, config, seed=seed, on_epoch=after_epoch)
            total += marks[-1] - marks[0]
    finally:
        torch.set_num_threads(threads)
    return total


def stacked(faces: Faces, model_name: str, *, models: int, epochs: int, precision: str, device: torch.device) -> float:
    """All models at once, with all threads of a CPU."""
    marks = {}

    def after_epoch(position, row):
        marks[row["epoch"]] = now(device)

    fit_stacked(members(faces, model_name, models, 1 + epochs, precision, device), on_epoch=after_epoch)
    return models * epochs * len(faces[2]) / (marks[1 + epochs] - marks[1])


def members(
    faces: Faces, model_name: str, models: int, epochs: int, precision: str, device: torch.device
) -> list[Member]:
    """Models with seeds 0, 1, … that all train on all faces."""
    batches, everything = batches_of(faces, model_name, device), np.arange(len(faces[2]))
    config = _config(epochs, precision, device)
    return [
        Member(create_model(model_name, num_classes=CLASSES), batches, everything, None, config, seed)
        for seed in range(models)
    ]


def batches_of(faces: Faces, model_name: str, device: torch.device) -> Batches:
    images, masks, labels = faces
    guided = model_name == "guided_stn"
    rows = share_rows([images, masks if guided else None], device)
    return Batches(*rows, labels, CLASSES, device)


def _config(epochs: int, precision: str, device: torch.device) -> TrainConfig:
    return TrainConfig(epochs=epochs, batch_size=BATCH, precision=precision, device=str(device))
