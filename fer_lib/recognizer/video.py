"""Video files: frames in with their times, annotated frames out."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ..artifacts import atomic_path
from ..errors import require
from ..progress import progress
from .frames import Frame, answered

SUFFIXES = (*(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".ts", ".3gp"),)


def is_video(path: Path) -> bool:
    """By its ending; whatever has another one is opened as an image."""
    return path.suffix.lower() in SUFFIXES


class Video:
    """A video file that is read once, from its beginning.

    Args:
        path: anything that OpenCV's FFmpeg reads; frames come upright, as the file says.

    Attributes:
        fps: frames per second, on average; 0 where the file does not say.
        announced: how many frames the file says it has; 0 where it does not say.
        read: how many it had so far.
        size: (height, width) of the first frame.

    Raises:
        InputError: no such file, not a video, or a video without frames.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        require(self.path.is_file(), f"{path}: no such file, expected a video")
        with quiet_opencv() as cv2:
            self._capture = cv2.VideoCapture(str(path))
        wrong = "empty file" if self.path.stat().st_size == 0 else "not a readable video"
        require(self._capture.isOpened(), f"{path}: {wrong}, expected a video such as .mp4 or .avi")
        self.fps = max(self._capture.get(cv2.CAP_PROP_FPS), 0.0)
        self.announced = max(int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        self._time = cv2.CAP_PROP_POS_MSEC
        there, first = self._capture.read()
        require(there, f"{path}: a video without frames, expected at least one that can be read")
        self.read, self.size = 1, first.shape[:2]
        self._first = Frame(self.path, 0, self._seconds(), first)

    def frames(self, every: int = 1) -> Iterator[Frame]:
        """Every n-th frame, with its time in the container. One is in memory at a time; they can be asked for once."""
        yield self._first
        del self._first
        while self._capture.grab():
            number, self.read = self.read, self.read + 1
            if number % every == 0:  # the others are not converted
                there, image = self._capture.retrieve()
                require(there, f"{self.path}: frame {number} cannot be decoded, expected a readable video")
                yield Frame(self.path, number, self._seconds(), image)

    def cut_off(self) -> str | None:
        """A sentence where the file had clearly fewer frames than it announces (an estimate in some formats)."""
        if self.read >= 0.95 * self.announced:
            return None
        return f"{self.path}: ends after {self.read} frames, expected the {self.announced} that it announces"

    def _seconds(self) -> float:
        return self._capture.get(self._time) / 1000

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *_) -> None:
        self._capture.release()


def predict_video(
    recognizer, path: Path, tell: Callable[[Frame], None], *, every: int = 1, annotated: Path | None = None
) -> str | None:
    """Every face in every n-th frame of a video, and where asked for the video with boxes and labels.

    Args:
        tell: is given each frame in which faces were looked for.
        annotated: a copy of the same rate and size, without sound; frames in between keep the boxes of the one before.

    Returns:
        A sentence where the file is cut off; what could be read was answered.

    Raises:
        InputError: what :class:`Video` and :func:`video_writer` raise.
    """
    with Video(path) as video, ExitStack() as stack:
        write = stack.enter_context(video_writer(annotated, video.fps, video.size)) if annotated else None
        bar = stack.enter_context(progress(total=video.announced or None, label=path.name, unit="frame"))
        for frame in answered(recognizer, video.frames(1 if annotated else every), every):
            if frame.looked:
                tell(frame)
            if write:
                write(recognizer.draw(frame.image, list(frame.faces)))
            bar.update(frame.number + 1 - bar.n)
        return video.cut_off()


@contextmanager
def video_writer(path: str | Path, fps: float, size: tuple[int, int]) -> Iterator[Callable[[np.ndarray], None]]:
    """A function that appends a frame to an MPEG-4 file; the file is there when the block ends without an exception.

    Args:
        size: (height, width) of every frame. The format knows even numbers only: an odd frame loses its last row or
            column.

    Raises:
        InputError: `path` does not end in .mp4, it cannot be written with this rate and size, or the disk is full.
    """
    path = Path(path)
    require_mp4(path)
    what = f"{path}: {size[1]} × {size[0]} pixels at {fps:g} frames per second"
    with atomic_path(path) as temporary:
        with quiet_opencv() as cv2:
            writer = cv2.VideoWriter(str(temporary), cv2.VideoWriter_fourcc(*"mp4v"), fps, size[::-1])
        require(writer.isOpened(), f"{what} cannot be written as MPEG-4, expected 2 … 8190 pixels and a rate above 0")
        count = 0

        def write(frame: np.ndarray) -> None:
            nonlocal count
            writer.write(np.ascontiguousarray(frame))
            count += 1

        try:
            yield write
        finally:
            writer.release()
        with quiet_opencv() as cv2:  # which says nothing where a frame is not written
            written = cv2.VideoCapture(str(temporary))
        found = int(written.get(cv2.CAP_PROP_FRAME_COUNT))
        written.release()
        require(found == count, f"{path}: {found} of {count} frames were written, expected all; is the disk full?")


def require_mp4(path: Path) -> None:
    require(path.suffix.lower() == ".mp4", f"{path}: annotated videos are MPEG-4, expected a name ending in .mp4")


@contextmanager
def quiet_opencv() -> Iterator:
    """OpenCV while it opens files: what it and FFmpeg print on the way is not for the user."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # read once, when the first file is opened
    import cv2

    log = cv2.utils.logging
    before = log.setLogLevel(log.LOG_LEVEL_SILENT)
    try:
        yield cv2
    finally:
        log.setLogLevel(before)


def webcam(recognizer, **recording) -> str | None:
    """See :func:`fer_lib.recognizer.camera.webcam`."""
    from .camera import webcam

    return webcam(recognizer, **recording)
