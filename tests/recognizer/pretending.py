"""A recognizer that costs nothing, and files for it to look at."""

from pathlib import Path

import cv2
import numpy as np

from fer_lib.recognizer.drawing import draw

CLASSES = ("sad", "happy")


class Pretender:
    """Finds one face for every bright quarter of a frame: happy on the left, sad on the right.

    Attributes:
        asked: sizes of the batches that it was given.
    """

    classes = CLASSES
    draw = staticmethod(draw)

    def __init__(self):
        self.asked = []

    def detect_emotion_for_frames(self, frames):
        self.asked.append(len(frames))
        return [self._faces(frame) for frame in frames]

    def detect_emotion_for_single_frame(self, frame):
        return self._faces(frame)

    def _faces(self, frame):
        height, width = frame.shape[0] // 2, frame.shape[1] // 2
        faces = []
        for y in (0, height):
            for x in (0, width):
                part = float(frame[y : y + height, x : x + width].mean())
                if part > 100:
                    happy = round(0.5 + part / 512 if x == 0 else 0.5 - part / 512, 3)
                    faces.append(face(x, y, x + width, y + height, happy))
        return faces


def face(xmin, ymin, xmax, ymax, happy):
    return {
        **{"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax},
        "emo_label": CLASSES[happy > 0.5],
        "emo_proba": max(happy, 1 - happy),
        "proba_list": [{"sad": 1 - happy}, {"happy": happy}],
    }


def picture(*bright, size=(48, 64)):
    """uint8 BGR; quarters, counted by rows, are bright."""
    image = np.full((*size, 3), 20, np.uint8)
    for quarter in bright:
        y, x = quarter // 2 * size[0] // 2, quarter % 2 * size[1] // 2
        image[y : y + size[0] // 2, x : x + size[1] // 2] = 240
    return image


def write_picture(path, *bright, **options):
    """By bytes: OpenCV cannot write every name."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix or ".png", picture(*bright, **options))[1].tobytes())
    return path


def write_video(path, frames, fps=25.0):
    path = Path(path)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path
