"""Face detection on all cores, chunk by chunk."""

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

import numpy as np

from ..resources import cores
from . import detector


def describe_chunks(
    images: np.ndarray, chunks: Sequence[slice], options: dict, workers: int | None = None
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (chunk, float32 (n, WIDTH) rows) as chunks finish, in any order.

    Args:
        images: uint8 (N, H, W[, 3]); may be memory-mapped.
        chunks: positions to work on.
        options: upscale, threshold and face_choice, resolved.
        workers: processes; None means :func:`~fer_lib.resources.cores`, 1 stays in this process.
    """
    workers = min(workers or cores(), len(chunks))
    detector.load_models()  # a missing model file is told here once, not by every worker
    if workers <= 1:
        for chunk in chunks:
            yield chunk, detector.describe_faces(images[chunk], options)
        return
    with warnings.catch_warnings():
        # Python 3.12+ warns when a process with threads forks. The children touch dlib and NumPy
        # only, no lock that a thread of the parent (BLAS, a Jupyter kernel) could hold.
        warnings.filterwarnings("ignore", message=".*fork.*", category=DeprecationWarning)
        pool = ProcessPoolExecutor(workers, mp_context=_context(), initializer=_start_worker)
        try:
            waiting = {pool.submit(detector.describe_faces, images[chunk], options): chunk for chunk in chunks}
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BrokenProcessPool as error:
            raise RuntimeError(
                "a landmark worker died (killed, or out of memory); finished chunks are kept: "
                f"call again with workers below {workers}"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _context():
    # Forked workers share the parent's 100 MB of trees, in memory and in the last-level cache. The
    # predictor is bound by memory: with a copy per process FER-2013 takes 40 % longer on two cores.
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _start_worker() -> None:
    import cv2

    cv2.setNumThreads(0)  # OpenCV's threads do not survive a fork, and the cores are taken anyway
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_follow_parent, daemon=True).start()
    detector.load_models()


def _follow_parent() -> None:
    """End with the parent: after a SIGKILL an orphan would wait for work for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)
