"""What ``fer predict`` was told of faces: passed on to the files that are written, and shown as tables."""

from contextlib import ExitStack
from pathlib import Path

from ..recognizer.frames import Frame
from ..recognizer.outputs import BOX, csv_rows, json_frames
from .parsing import table


class Seen:
    """Listens to predictions.

    Args:
        csv, json: files to write, which are complete when `stack` is left.
        classes: names of the classes.

    Attributes:
        frames: images and frames that were told.
    """

    def __init__(self, csv: Path | None, json: Path | None, classes: tuple[str, ...], stack: ExitStack):
        self.frames = 0
        self._written = [stack.enter_context(csv_rows(csv, classes))] if csv else []
        self._written += [stack.enter_context(json_frames(json))] if json else []
        self._images: list[dict] = []
        self._videos: dict[str, Labels] = {}

    def tell(self, frame: Frame) -> None:
        self.frames += 1
        for write in self._written:
            write(frame)
        if frame.seconds is None:
            self._images += image_rows(frame)
        else:
            self._videos.setdefault(frame.file, Labels()).tell(frame)

    def tables(self) -> str:
        """A row per face of images, a row per label of videos."""
        videos = [row for file, labels in self._videos.items() for row in labels.rows(file)]
        return "\n\n".join(table(rows) for rows in (self._images, videos) if rows)


class Labels:
    """How often each label was seen in a video."""

    def __init__(self):
        self.frames, self.empty = 0, 0
        self.probabilities: dict[str, list[float]] = {}

    def tell(self, frame: Frame) -> None:
        self.frames += 1
        self.empty += not frame.faces
        for face in frame.faces:
            self.probabilities.setdefault(face["emo_label"], []).append(face["emo_proba"])

    def rows(self, file: str) -> list[dict]:
        """The most frequent label first."""
        ranked = sorted(self.probabilities.items(), key=lambda item: -len(item[1]))
        faces = sum(len(values) for _, values in ranked)
        answers = [
            {
                "label": label,
                "faces": len(values),
                "share": f"{100 * len(values) / faces:.1f} %",
                "mean_probability": f"{sum(values) / len(values):.3f}",
            }
            for label, values in ranked
        ] or [{"label": None, "faces": 0, "share": None, "mean_probability": None}]
        return [{"video": file, "frames": self.frames, "without_face": self.empty, **row} for row in answers]


def image_rows(frame: Frame) -> list[dict]:
    """A row per face, or one that says that there is none."""
    if not frame.faces:
        return [{"file": frame.file, "face": "none", **dict.fromkeys((*BOX, "label", "probability"))}]
    return [
        {
            "file": frame.file,
            "face": number,
            **{key: face[key] for key in BOX},
            "label": face["emo_label"],
            "probability": f"{face['emo_proba']:.3f}",
        }
        for number, face in enumerate(frame.faces, 1)
    ]
