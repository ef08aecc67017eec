"""Frames on their way through a recognizer, a few at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

MOST_FRAMES, MOST_PIXELS = 32, 32_000_000  # that wait for each other: 96 MB


@dataclass(frozen=True)
class Frame:
    """A picture and what was found in it.

    Attributes:
        path: the file it is from.
        number: from 0 within the file.
        seconds: since the beginning of a video; None for an image.
        image: uint8 (H, W, 3) BGR.
        faces: as :meth:`~fer_lib.recognizer.Recognizer.detect_emotion_for_single_frame` gives them.
        looked: whether faces were looked for in this frame; else `faces` are those of an earlier one.
    """

    path: Path
    number: int
    seconds: float | None
    image: np.ndarray
    faces: tuple[dict, ...] = ()
    looked: bool = False

    @property
    def file(self) -> str:
        """The name of `path` as text that can be printed and stored, whatever bytes the file system has for it."""
        return str(self.path).encode("utf-8", "backslashreplace").decode("utf-8")


def answered(recognizer, frames: Iterable[Frame], every: int = 1) -> Iterator[Frame]:
    """`frames` with their faces; those between every n-th keep the faces of the one before.

    Their faces share forward passes, and only some frames are in memory at a time, see :func:`batches`.
    """
    faces: tuple[dict, ...] = ()
    for batch in batches(frames):
        images = [frame.image for frame in batch if frame.number % every == 0]
        found = iter(recognizer.detect_emotion_for_frames(images) if images else ())
        for frame in batch:
            looked = frame.number % every == 0
            faces = tuple(next(found)) if looked else faces
            yield replace(frame, faces=faces, looked=looked)


def batches(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    """At most `MOST_FRAMES` frames, and no further one once they have `MOST_PIXELS` together."""
    held, pixels = [], 0
    for frame in frames:
        held.append(frame)
        pixels += frame.image.shape[0] * frame.image.shape[1]
        if len(held) == MOST_FRAMES or pixels >= MOST_PIXELS:
            yield held
            held, pixels = [], 0
    if held:
        yield held
