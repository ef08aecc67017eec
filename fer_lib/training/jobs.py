"""Many trainings: side by side on CPU cores, one after another on an accelerator."""

import os
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.managers import SyncManager

import torch
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ..errors import InputError
from ..lifetime import end_with_parent, how_it_ended, memory_kills
from ..progress import progress
from ..resources import cores, keep_freed_memory
from .parallel import is_first, world_size


def run_jobs(
    jobs: Sequence[Callable[[Callable[[int], None]], None]],
    *,
    epochs: int,
    device: torch.device,
    workers: int | None = None,
) -> None:
    """Run every job, on a CPU each in a process with one thread.

    Small networks leave several threads waiting for each other, and with one the result does not
    depend on the number of cores.

    Args:
        jobs: picklable; each is given a function that it tells how many epochs are over.
        epochs: of all jobs together, for the progress bar.
        workers: processes; all cores by default, 1 on CUDA and MPS. They end with this process, whatever ends it.

    Raises:
        InputError: a worker was killed, most often because memory ran out.
    """
    workers = 1 if device.type != "cpu" or world_size() > 1 else workers or cores()
    workers = max(1, min(workers, len(jobs)))
    if not jobs:
        return
    with _epoch_progress(epochs, workers) as tell:
        if workers == 1:
            _run_here(jobs, tell)
        else:
            pool = Parallel(n_jobs=workers, backend="loky", inner_max_num_threads=1)
            kills = memory_kills()
            try:
                pool(delayed(_run_in_worker)(job, tell, os.getpid()) for job in jobs)
            except TerminatedWorkerError as error:
                statuses = [int(status) for status in re.findall(r"\((-?\d+)\)", str(error))]
                ended = how_it_ended(min(statuses, default=None), kills)
                raise InputError(
                    f"one of {workers} training processes {ended}; what is finished is kept, and fewer cores need less "
                    "memory"
                ) from error


def _run_here(jobs, tell) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the same arithmetic as in a pool of workers
    keep_freed_memory()
    try:
        for job in jobs:
            job(tell)
    finally:
        torch.set_num_threads(threads)


def _run_in_worker(job, tell, parent: int) -> None:
    end_with_parent(parent)
    torch.set_num_threads(1)
    keep_freed_memory()
    job(tell)


@contextmanager
def _epoch_progress(total: int, workers: int):
    """Yield a function, picklable when there are several workers, that moves the bar."""
    if not is_first():
        yield lambda epochs: None
        return
    with progress(total=total, label="training", unit="epoch") as bar:
        if workers == 1:
            yield bar.update
            return
        manager = SyncManager()
        manager.start(end_with_parent)
        with manager:
            queue = manager.Queue()

            def drain():
                with suppress(EOFError, OSError):  # stopped from outside, the manager may go first
                    while (epochs := queue.get()) is not None:
                        bar.update(epochs)

            reader = threading.Thread(target=drain, daemon=True)
            reader.start()
            try:
                yield queue.put
            finally:
                with suppress(EOFError, OSError):
                    queue.put(None)
                reader.join()
