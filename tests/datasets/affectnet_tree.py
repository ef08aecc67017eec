"""Small AffectNet trees: what the publisher delivers, noise for faces, with every oddity of the lists."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from fer_lib.datasets.affectnet import NAMED
from fer_lib.datasets.affectnet_lists import COLUMNS

POINTS = np.stack(np.meshgrid(np.arange(17.0), np.arange(4.0)), axis=-1).reshape(68, 2) * 3 + 2.5


@dataclass
class Row:
    """One line of a list, and the file it names; `file` differs from `path` where the two disagree."""

    path: str
    expression: object = 0
    valence: object = 0.0
    arousal: object = 0.1
    landmarks: str | None = None
    file: str | None = ""  # "": as `path` says; None: there is no such file
    size: tuple[int, int] = (60, 80)
    mode: str = "RGB"

    def cells(self) -> dict[str, str]:
        points = ";".join(f"{value:g}" for value in POINTS.ravel()) if self.landmarks is None else self.landmarks
        values = (self.path, 1, 2, 50, 60, points, self.expression, self.valence, self.arousal)
        return dict(zip(COLUMNS, map(str, values), strict=True))


def picture(seed: int, size: tuple[int, int] = (60, 80), mode: str = "RGB") -> Image.Image:
    """Smooth noise of (width, height), another for every seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 7, 4 if mode == "RGBA" else 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    return image if image.mode == mode else image.convert(mode)


def write_list(path: Path, rows: list[Row], header: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if header:
            writer.writeheader()
        writer.writerows(row.cells() for row in rows)


def write_tree(raw: Path, training: list[Row], validation: list[Row], images="Manually_Annotated_Images") -> None:
    """The older release: two lists, and the images they name."""
    write_list(raw / "training.csv", training)
    write_list(raw / "validation.csv", validation, header=False)
    for seed, row in enumerate(training + validation):
        name = row.path.strip().replace("\\", "/") if row.file == "" else row.file
        if name is not None and not (raw / images / name).exists():
            (raw / images / name).parent.mkdir(parents=True, exist_ok=True)
            picture(seed, row.size, row.mode).save(raw / images / name)


def write_arrays(raw: Path, part: str, rows: list[Row], landmarks: bool = True) -> None:
    """One half of the newer release; `path` is the number of the image. Values are stored as they are: text or not."""
    for folder in ("images", "annotations"):
        (raw / part / folder).mkdir(parents=True, exist_ok=True)
    for seed, row in enumerate(rows):
        picture(seed + 100, row.size, row.mode).save(raw / part / "images" / f"{row.path}.jpg")
        for name, value in (("exp", row.expression), ("val", row.valence), ("aro", row.arousal)):
            np.save(raw / part / "annotations" / f"{row.path}_{name}.npy", value)
        if landmarks:
            np.save(raw / part / "annotations" / f"{row.path}_lnd.npy", POINTS.ravel())


@dataclass
class Oddities:
    """A tree with every oddity, and what shall become of it."""

    training: list[Row] = field(
        default_factory=lambda: [
            Row("689/a.jpg", 1, 0.7),
            Row("689/b.TIF", 0, 0.2),  # read as it is
            Row("103/c.bmp", 0, -0.2),
            Row("103/d.tiff", 2, "-0.20000001", file="103/d.jpg"),  # converted after the list was made
            Row("12\\e.JPG", 3, 1, file="12/e.jpg"),  # a Windows path, and an ending in other letters
            Row("12/with blank.png", 3, "0.20000001", landmarks=""),  # surprise is kept
            Row(NAMED, 1, 0.9),  # readable or not, the study left it out
            Row("12/f.jpg", 6, -1),
            Row("12/g.jpg", 8, -2, -2),  # none
            Row("12/h.jpg", 9, -2, -2, landmarks="NULL"),  # uncertain
            Row("12/i.jpg", 10, -2, -2),  # no face
            Row("12/gone.jpg", 1, 0.9, file=None),
            Row("689/a.jpg", 7, -0.4),  # the same path again, with another label
            Row(" 12/grey.jpg ", 4, -0.5, mode="L"),
        ]
    )
    validation: list[Row] = field(
        default_factory=lambda: [
            Row("7/v1.jpg", 1, 0.5),
            Row("7/v2.png", 0, 0, mode="RGBA"),
            Row("7/v3.jpg", 5, -0.9, size=(100, 30)),
        ]
    )

    positive = ["689/a.jpg", "12/e.JPG", "12/with blank.png", "7/v1.jpg"]
    neutral = ["689/b.jpg", "103/c.jpg", "7/v2.png"]
    negative = ["103/d.jpg", "12/f.jpg", "689/a.jpg#2", "12/grey.jpg", "7/v3.jpg"]
