"""What predictions leave behind: tables as csv or JSON, annotated images; whole or not at all."""

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..artifacts import atomic_path
from ..errors import require
from .frames import Frame
from .images import IMAGE_SUFFIXES
from .video import is_video, require_mp4

BOX = ("xmin", "ymin", "xmax", "ymax")
DIGITS = 6  # of probabilities and seconds
WRITABLE = tuple(
    suffix for suffix in IMAGE_SUFFIXES if suffix != ".gif"
)  # a gif's 256 colours would change the picture

Tell = Callable[[Frame], None]


def face_rows(frame: Frame) -> list[dict]:
    """A row per face: ``file, frame, seconds`` (None for images), ``face`` (from 1), ``xmin, ymin, xmax, ymax``
    (pixels, the last two the first outside), ``label``, ``probability`` and ``p_<class>`` of every class.

    A frame without faces has one row, with ``face`` 0 and nothing after it.
    """
    where = {"file": frame.file, "frame": frame.number, "seconds": _rounded(frame.seconds)}
    rows = []
    for number, face in enumerate(frame.faces, 1):
        probabilities = {f"p_{name}": _rounded(value) for one in face["proba_list"] for name, value in one.items()}
        answer = {"label": face["emo_label"], "probability": _rounded(face["emo_proba"])}
        rows.append({**where, "face": number, **{key: int(face[key]) for key in BOX}, **answer, **probabilities})
    return rows or [{**where, "face": 0}]


def columns(classes: Sequence[str]) -> list[str]:
    return ["file", "frame", "seconds", "face", *BOX, "label", "probability", *(f"p_{name}" for name in classes)]


@contextmanager
def csv_rows(path: Path, classes: Sequence[str]) -> Iterator[Tell]:
    """A function that appends the rows of a frame to a csv file with the header of :func:`columns`."""
    with atomic_path(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns(classes), lineterminator="\n")
        writer.writeheader()
        yield lambda frame: writer.writerows(face_rows(frame))


@contextmanager
def json_frames(path: Path) -> Iterator[Tell]:
    """A function that appends a frame to a JSON list: ``file, frame, seconds`` and ``faces``, each with its box,
    ``label``, ``probability`` and ``probabilities`` by class. A line per frame."""
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        before = "[\n"

        def tell(frame: Frame) -> None:
            nonlocal before
            file.write(before + json.dumps(_as_json(frame), ensure_ascii=False))
            before = ",\n"

        yield tell
        file.write("[]\n" if before == "[\n" else "\n]\n")


def _as_json(frame: Frame) -> dict:
    faces = [
        {
            **{key: int(face[key]) for key in BOX},
            "label": face["emo_label"],
            "probability": _rounded(face["emo_proba"]),
            "probabilities": {name: _rounded(value) for one in face["proba_list"] for name, value in one.items()},
        }
        for face in frame.faces
    ]
    return {"file": frame.file, "frame": frame.number, "seconds": _rounded(frame.seconds), "faces": faces}


def save_image(path: Path, image: np.ndarray) -> None:
    """A BGR image (H, W, 3) in the format that the ending of `path` names."""
    from PIL import Image

    with atomic_path(path) as temporary:
        Image.fromarray(np.ascontiguousarray(image[..., ::-1])).save(temporary, quality=95)


def annotated_names(files: Sequence[Path], target: Path, folder: bool) -> dict[Path, Path]:
    """Where the annotated copy of each file goes: `target` itself, or into the folder `target` under the file's name.

    Videos become .mp4, images keep their format where it can be written in true colours, else they become .png.

    Args:
        folder: whether `target` is meant as one; with several files it always is.

    Raises:
        InputError: a name with another ending, or two files that would get the same name.
    """
    if not folder:
        (file,) = files
        if is_video(file):
            require_mp4(target)
        else:
            known = ", ".join(WRITABLE)
            require(target.suffix.lower() in WRITABLE, f"{target}: expected a name ending in {known}, or a folder")
        return {file: target}
    names: dict[Path, Path] = {}
    for file in files:
        suffix = ".mp4" if is_video(file) else file.suffix if file.suffix.lower() in WRITABLE else ".png"
        out = target / f"{file.stem}{suffix}"
        require(out not in names.values(), f"{out}: named for two inputs, expected files with different names")
        names[file] = out
    return names


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], folder: Path | None = None) -> None:
    """Before any work: every output has a place of its own that is there.

    Args:
        outputs: files that are going to be written.
        inputs: files that are read and must not be written over.
        folder: one that is made where it is not there yet.

    Raises:
        InputError: naming the output that has no folder, is one, or is another output or an input.
    """
    read, seen = {_identity(path): path for path in inputs}, set()
    for out in outputs:
        parent = out.parent if out.parent != folder else folder.parent
        require(parent.is_dir(), f"{out}: no folder {parent}, expected one that is there")
        require(not out.is_dir(), f"{out}: a folder, expected the name of a file")
        identity = _identity(out)
        require(identity not in read, f"{out}: would be written over the input, expected another name or folder")
        require(identity not in seen, f"{out}: named for two outputs, expected two names")
        seen.add(identity)


def _identity(path: Path) -> object:
    """Equal for names of one file, by links too."""
    try:
        found = os.stat(path)
    except OSError:
        return path.resolve()
    return found.st_dev, found.st_ino


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), DIGITS)
