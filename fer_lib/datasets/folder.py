"""Anyone's images: ``raw/folder/<class>/*.png``, or ``raw/folder/<part>/<class>/*.png``."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require
from ..registry import nearest
from .duplicates import exact_groups
from .faceset import FaceSet
from .image_files import CHANNELS, RESIZES, SUFFIXES, is_image, read_images
from .near_duplicates import near_groups
from .raw_files import raw_digest
from .registry import register_dataset

PARTS = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip
NO_PART = "whole"


@register_dataset("folder")
def build(
    raw: Path,
    *,
    path: str | None = None,
    size: int = 48,
    channels: str = "grey",
    resize: str = "stretch",
    subjects: str | None = None,
) -> FaceSet:
    """Read a folder of images with a folder per class.

    Args:
        path: another folder than `raw`; counted from `raw` where it is relative.
        size: side of the stored images in pixels, 8…1024.
        channels: "grey" or "rgb".
        resize: how other shapes become square: "stretch", "pad" (black bars) or "crop" (the middle).
        subjects: who is who: a csv (columns ``file,subject``, counted from the folder; ``*.csv``), or a regular
            expression that is searched in every file's path below its class, whose first group (or whole match) is
            the subject. None: nobody is identified.

    Returns:
        FaceSet ordered by path. Classes are the names of the folders, sorted; ``sample_id`` is the path from the
        folder; ``split`` the part ("train", "validation", "test") where a level of parts stands above the classes,
        else "whole"; ``duplicate_group`` and ``near_duplicate_group`` as in FER-2013. Files without a usual ending of
        images are left out and counted in a printed line and in the card.

    Raises:
        InputError: an option out of range; no such folder; no classes or images; an image that cannot be read; an
            image without a subject.
    """
    require(isinstance(size, int) and 8 <= size <= 1024, f"folder: size {size!r}, expected 8…1024")
    for option, value, known in (("channels", channels, CHANNELS), ("resize", resize, RESIZES)):
        require(
            value in known, f"folder: {option} {value!r}, expected one of {', '.join(known)}{nearest(value, known)}"
        )
    root = Path(raw) / (path or "")
    require(root.is_dir(), f"{root}: no such folder, expected a folder per class; see data/README.md")
    files, classes, parts, other = _listing(root)
    if other:
        print(f"{root}: {other} files are no images ({', '.join(SUFFIXES)}) and are left out")
    names = tuple(sorted(set(classes)))
    relative = [file.relative_to(root).as_posix() for file in files]
    known = _subjects(root, relative, parts[0] != NO_PART, subjects)  # told before the images are read
    images = read_images(files, size, channels, resize, f"reading {root.name}")
    exact = exact_groups(images)
    samples = pd.DataFrame(
        {
            "sample_id": relative,
            "label": np.searchsorted(names, classes).astype(np.int64),
            "subject": known,
            "split": parts,
            "source": "folder",
            "duplicate_group": exact,
            "near_duplicate_group": near_groups(images, exact),
        }
    )
    card = {"raw_files": {path or ".": raw_digest(root)}, "left_out": {"other files": other}}
    if subjects is not None and subjects.endswith(".csv"):
        card["raw_files"][str(Path(path or "") / subjects)] = raw_digest(root / subjects)
    return FaceSet("folder", images, samples, names, card=card)


def _listing(root: Path) -> tuple[list[Path], list[str], list[str], int]:
    """Image files in order of their paths, the class and part of each, and how many files are no images."""
    above = _folders(root)
    require(bool(above), f"{root}: no folders, expected one per class")
    named = [folder for folder in above if folder.name.lower() in PARTS]
    require(
        len(named) in (0, len(above)),
        f"{root}: {', '.join(f.name for f in named)} beside {', '.join(f.name for f in above if f not in named)}; "
        "expected either parts (train, validation, test) or classes",
    )
    leaves = [(NO_PART, folder) for folder in above]
    if named:
        leaves = [(PARTS[part.name.lower()], folder) for part in above for folder in _folders(part)]
        require(bool(leaves), f"{root}: no folders below {above[0].name}, expected one per class")
    files, classes, parts, other = [], [], [], 0
    for part, folder in leaves:
        inside = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
        found = [path for path in inside if is_image(path)]
        require(bool(found), f"{folder}: no images, expected files ending in {', '.join(SUFFIXES)}")
        for path in found:  # sample_id is stored as text
            require(
                is_text(path.relative_to(root)), f"{folder}: {ascii(path.name)} is no text, expected a name in UTF-8"
            )
        other += len(inside) - len(found)
        files += found
        classes += [folder.name] * len(found)
        parts += [part] * len(found)
    return files, classes, parts, other


def is_text(path: Path) -> bool:
    """Whether a name is UTF-8: the system takes any bytes."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def _subjects(root: Path, relative: list[str], parted: bool, subjects: str | None) -> list[str]:
    """The subject of every path, "" for all where `subjects` is None."""
    if subjects is None:
        return [""] * len(relative)
    if subjects.endswith(".csv"):
        return _subjects_from_csv(root / subjects, relative)
    try:
        pattern = re.compile(subjects)
    except re.error as error:
        raise InputError(f"folder: subjects {subjects!r} is no regular expression ({error})") from None
    known = []
    for path in relative:
        inner = path.split("/", 2 if parted else 1)[-1]
        match = pattern.search(inner)
        found = (match[1] if pattern.groups else match[0]) if match else None
        require(bool(found), f"{root / path}: {subjects!r} finds no subject in {inner!r}")
        known.append(found)
    return known


def _subjects_from_csv(path: Path, relative: list[str]) -> list[str]:
    require(path.is_file(), f"{path}: no such file, expected columns file,subject")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise InputError(f"{path}: not a table, expected columns file,subject") from None
    require({"file", "subject"} <= set(table.columns), f"{path}: no columns file,subject in the first line")
    # pandas would take the first cells for names of the rows, and every cell for that of the column before
    require(
        isinstance(table.index, pd.RangeIndex), f"{path}, row 0: more columns than in the first line, expected as many"
    )
    for file in table["file"][table["file"].duplicated()].head(1):
        raise InputError(f"{path}: {file!r} stands in two rows, expected one")
    subject = dict(zip(table["file"], table["subject"], strict=True))
    for file in relative:
        require(bool(subject.get(file)), f"{path}: no subject for {file!r}")
    return [subject[file] for file in relative]
