"""Images whose file names tell who is seen and what is shown."""

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ..errors import require
from .image_files import is_image


def unpacked(raw: Path, *folders: str) -> Path:
    """The first of these folders in `raw` that is there, else `raw` itself."""
    return next((raw / folder for folder in folders if (raw / folder).is_dir()), raw)


def named_images(
    root: Path, name: re.Pattern, example: str, ending: str = "", read_as: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The images at any depth below a folder, and what their names say.

    Args:
        root: hidden folders and files in it, and the ``__MACOSX`` of archives, are passed over.
        name: matches the names without their ending; each named group of it becomes a column.
        example: a file name, for messages.
        ending: only images whose names end so before the dot are taken.
        read_as: {a misspelt name: the right one}, both without ending.

    Returns:
        A row per image, ordered by name: ``path``, ``sample_id`` (name without ending), then the groups as str.

    Raises:
        InputError: no images; a name that `name` does not match; one name twice.
    """
    inside = (path for path in root.rglob(f"*{ending}.*") if path.stem.endswith(ending) and is_image(path))
    files = sorted((path for path in inside if not _hidden(path.relative_to(root))), key=lambda path: path.name)
    require(bool(files), f"{root}: no images, expected files such as {example}; see data/README.md")
    rows, first = [], {}
    for path in files:
        right = (read_as or {}).get(path.stem, path.stem)
        match = name.fullmatch(right)
        require(match is not None, f"{path}: expected a name such as {example}")
        other = first.setdefault(right, path)
        require(other is path, f"{path}: {other.relative_to(root)} is {right} too, expected one file")
        rows.append((path, path.stem, *match.groupdict().values()))
    return pd.DataFrame(rows, columns=["path", "sample_id", *name.groupindex])


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "__")) for part in path.parts)
