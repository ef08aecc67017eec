"""The two layouts of CK+: the original folders of sequences, and the cut faces ``CK+48/<class>/``.

Both name images ``S010_004_00000017``: subject S010, sequence S010_004, frame 17.
"""

import re
from pathlib import Path

import pandas as pd

from ..errors import InputError, require
from ..registry import nearest
from .image_files import is_image
from .labels import canonical

#: By the publisher's numbers 1…7.
CLASSES = ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
NEUTRAL = "neutral"
NAME = re.compile(r"((S\d{3})_\d{3})_(\d{8})")
EXAMPLE = "S010_004_00000017"
IMAGES, EMOTIONS = "cohn-kanade-images", "Emotion"
#: How the publisher's archives unpack.
PACKED = {IMAGES: "extended-cohn-kanade-images", EMOTIONS: "Emotion_labels"}


def cut_faces(root: Path) -> pd.DataFrame:
    """The images of ``CK+48``.

    Returns:
        One row per image, ordered by name: ``path``, ``expression`` (of this study's spelling), ``subject``,
        ``sequence``, ``frame``.

    Raises:
        InputError: a folder that is no class, an unusual file name, a sequence in two classes, no images.
    """
    rows = []
    for folder in sorted(path for path in root.glob("[!.]*") if path.is_dir()):
        name = canonical(folder.name)
        require(name in CLASSES, f"{folder}: no class of CK+ (known: {', '.join(CLASSES)}){nearest(name, CLASSES)}")
        rows += [(path, name, *_parsed(path)) for path in _images(folder)]
    require(bool(rows), f"{root}: no images, expected <class>/{EXAMPLE}.png")
    table = pd.DataFrame(rows, columns=["path", "expression", "subject", "sequence", "frame"])
    for sequence, names in table.groupby("sequence")["expression"].unique().items():
        require(len(names) == 1, f"{root}: sequence {sequence} is in {' and '.join(names)}, expected one class")
    return table.sort_values(["sequence", "frame"], ignore_index=True)


def labelled_sequences(images: Path, emotions: Path) -> tuple[pd.DataFrame, int]:
    """All frames of the sequences that have an emotion.

    Args:
        images: the folder with ``S010/004/S010_004_00000001.png``.
        emotions: the folder with ``S010/004/S010_004_00000017_emotion.txt``, which holds one number 1…7.

    Returns:
        A table as :func:`cut_faces` makes it, and how many sequences have no emotion.

    Raises:
        InputError: an emotion file with an unusual name or content, a sequence with two of them or without frames,
            an unusual file name, no emotion files.
    """
    files = sorted(emotions.glob("*/*/*_emotion.txt"))
    require(bool(files), f"{emotions}: no emotion files, expected S010/004/{EXAMPLE}_emotion.txt")
    rows, done = [], set()
    for file in files:
        subject, sequence, _ = _parsed(file, "_emotion")
        require(sequence not in done, f"{file}: a second emotion of sequence {sequence}, expected one")
        done.add(sequence)
        name = CLASSES[_emotion(file) - 1]
        folder = images / subject / sequence.removeprefix(f"{subject}_")
        frames = _images(folder)
        require(bool(frames), f"{folder}: no frames, but {file.name} gives their sequence an emotion")
        rows += [(path, name, *_parsed(path)) for path in frames]
    table = pd.DataFrame(rows, columns=["path", "expression", "subject", "sequence", "frame"])
    every = sum(path.is_dir() for path in images.glob("S*/[0-9]*"))
    return table.sort_values(["sequence", "frame"], ignore_index=True), every - len(done)


def last_frames(table: pd.DataFrame, frames: int, neutral: bool, where: Path) -> pd.DataFrame:
    """The last frames of every sequence under its emotion and, if so asked, its first frame as neutral.

    Raises:
        InputError: a sequence with fewer frames.
    """
    needed = frames + neutral
    length = table.groupby("sequence")["frame"].transform("size")
    for sequence, found in zip(table["sequence"][length < needed], length[length < needed], strict=True):
        first = ", the first of them neutral" if neutral else ""
        raise InputError(f"{where}: sequence {sequence} has {found} frames, expected at least {needed}{first}")
    by_sequence = table.groupby("sequence")
    chosen = by_sequence.tail(frames)
    if neutral:
        chosen = pd.concat([chosen, by_sequence.head(1).assign(expression=NEUTRAL)])
    return chosen.sort_values(["sequence", "frame"], ignore_index=True)


def found_folder(raw: Path, name: str) -> Path:
    """Where the publisher's folder lies: in `raw`, or in the folder that its archive unpacks to."""
    packed = raw / PACKED[name] / name
    return packed if packed.is_dir() else raw / name


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*") if is_image(path))


def _parsed(path: Path, ending: str = "") -> tuple[str, str, int]:
    """Subject, sequence and frame."""
    match = NAME.fullmatch(path.stem.removesuffix(ending))
    require(match is not None, f"{path}: expected a name such as {EXAMPLE}{ending}{path.suffix}")
    return match[2], match[1], int(match[3])


def _emotion(path: Path) -> int:
    try:
        value = float(path.read_text(encoding="ascii"))
    except (UnicodeDecodeError, ValueError):
        value = None
    require(value in range(1, len(CLASSES) + 1), f"{path}: expected one number 1…{len(CLASSES)} such as 3.0000000e+00")
    return int(value)
