"""The webcam: mirrored, in a window where one can be shown, recorded where that is asked for."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ..errors import require
from .drawing import PLATE, TEXT
from .frames import Frame
from .video import quiet_opencv, video_writer

CAMERA = Path("webcam")  # the file that recorded rows name
QUIT = "press q to exit"
FPS = 15  # of recordings


def webcam(
    recognizer, *, tell: Callable[[Frame], None] | None = None, annotated: str | Path | None = None, every: int = 1
) -> str | None:
    """Camera 0, mirrored, with boxes and labels, until q is pressed, the window is closed or Ctrl-C stops it.

    Args:
        tell: is given each frame in which faces were looked for, every n-th.
        annotated: an .mp4 file for what the window shows. It keeps the camera's time at 15 frames per second: a frame
            that took longer to answer stays as long as it took.

    Returns:
        A sentence where the camera stopped; what it gave until then was answered and is kept.

    Raises:
        InputError: no camera, or neither a window nor a recording.
    """
    with ExitStack() as stack:
        read = stack.enter_context(opened_camera())
        window = can_show()
        require(
            window or tell is not None or annotated is not None,
            "webcam: no window can be shown here, expected a display and an OpenCV that is not headless; give "
            "--annotated FILE.mp4, --csv FILE or --json FILE to record until Ctrl-C",
        )
        image = read()
        require(image is not None, "webcam: camera 0 gives no picture, expected one that no other program uses")
        write = stack.enter_context(in_time(Path(annotated), image.shape[:2])) if annotated else None
        stop = stack.enter_context(interruption())
        started, number, faces = time.monotonic(), 0, []
        while image is not None and not stop.is_set():
            seconds, looked = time.monotonic() - started, number % every == 0
            image = np.ascontiguousarray(image[:, ::-1])
            if looked:
                faces = recognizer.detect_emotion_for_single_frame(image)
                if tell:
                    tell(Frame(CAMERA, number, seconds, image, tuple(faces), looked))
            drawn = recognizer.draw(image, faces)
            if write:
                write(drawn, seconds)
            if window and not shown_on(drawn):
                break
            image, number = read(), number + 1
        return None if image is not None else "webcam: the camera stopped, expected it to go on"


@contextmanager
def opened_camera(number: int = 0) -> Iterator[Callable[[], np.ndarray | None]]:
    """A function that gives the next picture, uint8 (H, W, 3) BGR, or None where there is none any more."""
    with quiet_opencv() as cv2:
        camera = cv2.VideoCapture(number)
    try:
        require(camera.isOpened(), f"webcam: no camera {number} here, expected one that no other program uses")

        def read() -> np.ndarray | None:
            there, image = camera.read()
            return image if there else None

        yield read
    finally:
        camera.release()


@contextmanager
def in_time(path: Path, size: tuple[int, int]) -> Iterator[Callable[[np.ndarray, float], None]]:
    """A function that writes a frame as often as is due at this time, in seconds: the video runs as life did."""
    with video_writer(path, FPS, size) as write:
        written = 0

        def write_due(image: np.ndarray, seconds: float) -> None:
            nonlocal written
            while written <= int(seconds * FPS):
                write(image)
                written += 1

        yield write_due


@contextmanager
def interruption() -> Iterator[threading.Event]:
    """Is set by Ctrl-C, which would otherwise end in the middle of a row; a second one does what it always does."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # others are not told of Ctrl-C
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)

    def first(*_) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, first)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def can_show() -> bool:
    """Whether OpenCV opens a window here."""
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        return False  # some builds end the process where they find no display
    with quiet_opencv() as cv2:
        try:
            cv2.namedWindow(QUIT)
        except cv2.error:
            return False
    return True


def shown_on(image: np.ndarray) -> bool:
    """Show a frame in the window; False once q is pressed or the window is closed."""
    import cv2

    image = image.copy()  # the recording has no use for the words
    cv2.rectangle(image, (1, 1), (220, 25), PLATE, cv2.FILLED)
    cv2.putText(image, QUIT, (20, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.7, TEXT, 1, cv2.LINE_AA)
    cv2.imshow(QUIT, image)
    pressed = cv2.waitKey(1) & 0xFF
    open_still = cv2.getWindowProperty(QUIT, cv2.WND_PROP_VISIBLE) >= 1
    if pressed == ord("q") or not open_still:
        cv2.destroyAllWindows()
        return False
    return True
