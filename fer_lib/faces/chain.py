"""Detectors one after the other: each is asked for the images in which those before found no face."""

from collections.abc import Callable, Iterator

import numpy as np

from ..resources import cores
from . import mtcnn
from .detector import fit_landmarks
from .parts import Parts, split
from .rows import BOX, DETECTORS, FOUND, LANDMARKS, STAGE, empty_rows
from .workers import describe_chunks

#: Which options decide what a detector reports.
DECIDING = {
    "hog": ("upscale", "threshold", "face_choice"),
    "mtcnn": ("upscale", "face_choice", "mtcnn_box", "mtcnn_bgr"),
    "whole_image": ("upscale",),
}


def run_chain(
    images: np.ndarray,
    options: dict,
    *,
    workers: int | None,
    chunk: int,
    parts: Callable[[list], Parts] | None = None,
    tell: Callable[[int], object] = lambda count: None,
) -> np.ndarray:
    """Describe the face of every image.

    Args:
        images: uint8 (N, H, W[, 3]); may be memory-mapped.
        options: resolved detector options.
        workers: processes (HOG) and threads (MTCNN); None means every usable core.
        chunk: images per part.
        parts: ``parts(asked)``: where a detector's finished chunks are kept until the whole is done;
            `asked` lists the detectors up to this one with their settings, which decide its answers.
        tell: called with the number of images that are settled, as they are.

    Returns:
        float32 (N, WIDTH), see :mod:`fer_lib.faces.rows`.
    """
    rows = empty_rows(len(images))
    pending, asked = np.arange(len(images)), []
    for detector in options["detectors"]:
        if not len(pending):
            break
        settings = {key: options[key] for key in DECIDING[detector]}
        asked.append([detector, settings])
        kept = parts(asked) if parts else None
        last = detector == options["detectors"][-1]
        left = images if len(pending) == len(images) else images[pending]
        for part, described in _described(detector, left, settings, workers, chunk, kept):
            known = (described[:, FOUND] > 0) | (detector == "whole_image")
            where = pending[part][known]
            rows[where] = described[known]
            rows[where, STAGE] = DETECTORS.index(detector)
            tell(len(described) if last else len(where))
        pending = pending[np.isnan(rows[pending, STAGE])]
    return rows


def _described(detector, images, settings, workers, chunk, kept) -> Iterator[tuple[slice, np.ndarray]]:
    missing = []
    for part in split(len(images), chunk):
        if kept and (done := kept.load(part)) is not None:
            yield part, done
        else:
            missing.append(part)
    for part, described in _ASK[detector](images, missing, settings, workers) if missing else ():
        if kept:
            kept.save(part, described)
        yield part, described


def _ask_mtcnn(images, chunks, settings, workers) -> Iterator[tuple[slice, np.ndarray]]:
    import torch

    # In this process, on threads: the networks work on batches, and torch does not survive a fork.
    before = torch.get_num_threads()
    torch.set_num_threads(workers or cores())
    try:
        for part in chunks:
            yield part, mtcnn.describe_faces(images[part], **settings)
    finally:
        torch.set_num_threads(before)


def _take_whole_image(images, chunks, settings, workers) -> Iterator[tuple[slice, np.ndarray]]:
    height, width = images.shape[1:3]
    box = (0, 0, width - 1, height - 1)
    for part in chunks:
        rows = empty_rows(part.stop - part.start)
        for row, image in zip(rows, images[part], strict=True):
            row[LANDMARKS], row[BOX] = fit_landmarks(image, box, settings["upscale"]), box
        yield part, rows


_ASK = {"hog": describe_chunks, "mtcnn": _ask_mtcnn, "whole_image": _take_whole_image}
