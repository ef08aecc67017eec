"""Boxes and labels in a frame."""

import numpy as np

from ..errors import require
from .detectors import as_frame

BOX, PLATE, TEXT = (179, 255, 179), (223, 128, 255), (0, 0, 0)
FONT = 0  # cv2.FONT_HERSHEY_SIMPLEX
SCALE = 0.8  # of the font, where the frame has room for it
LEGIBLE = 0.25  # a label that would have to be smaller is left out


def draw(frame: np.ndarray, results: list[dict]) -> np.ndarray:
    """See :meth:`~fer_lib.recognizer.Recognizer.draw`."""
    import cv2

    frame = as_frame(frame)
    require(frame.flags.writeable, "frame is read-only, expected an array that can be drawn in; draw in frame.copy()")
    canvas = np.ascontiguousarray(frame)  # OpenCV does not draw in turned or mirrored views
    for face in results:
        corners = (int(face["xmin"]), int(face["ymin"])), (int(face["xmax"]) - 1, int(face["ymax"]) - 1)
        cv2.rectangle(canvas, *corners, BOX, thickness=2)
    for face in results:  # above all boxes
        label(canvas, f"{face['emo_label']} {int(face['emo_proba'] * 100)}", int(face["xmax"]), int(face["ymin"]))
    if canvas is not frame:
        frame[...] = canvas
    return frame


def label(canvas: np.ndarray, text: str, x: int, y: int) -> None:
    """`text` on a plate, its baseline beginning at (x, y) or as near to that as there is room in the frame."""
    import cv2

    left, top, right, bottom, scale = place(text, x, y, *canvas.shape[:2])
    if scale < LEGIBLE:
        return
    _, _, below = measure(text, scale)
    cv2.rectangle(canvas, (left, top), (right - 1, bottom - 1), PLATE, cv2.FILLED)
    cv2.putText(canvas, text, (left, bottom - below), FONT, scale, TEXT, stroke(scale), cv2.LINE_AA)


def place(text: str, x: int, y: int, height: int, width: int) -> tuple[int, int, int, int, float]:
    """Left, top, right, bottom of the plate inside of the frame (right and bottom are the first pixels outside), and
    the scale of the font at which it fits there."""
    wide, above, below = measure(text, SCALE)
    scale = SCALE * min(1.0, width / wide, height / (above + below))
    if scale < SCALE:
        wide, above, below = measure(text, scale)
        wide, above = min(wide, width), min(above, height - below)  # sizes are rounded up
    left = min(max(x, 0), width - wide)
    top = min(max(y + 1 - above, 0), height - above - below)
    return left, top, left + wide, top + above + below, scale


def measure(text: str, scale: float) -> tuple[int, int, int]:
    """Width, height above the baseline and height below it, in pixels."""
    import cv2

    (wide, above), below = cv2.getTextSize(text, FONT, scale, stroke(scale))
    return wide, above, below


def stroke(scale: float) -> int:
    return 2 if scale > 0.5 else 1
