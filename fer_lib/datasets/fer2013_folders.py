"""FER-2013 as image folders: ``train|test/<class>/Training_10118481.jpg``, as a Kaggle data set has it."""

from pathlib import Path

import numpy as np

from ..errors import require
from ..registry import nearest
from .fer2013_csv import SIDE, USAGES
from .image_files import is_image, read_images
from .labels import canonical

PARTS = ("train", "test")


def read_fer2013_folders(raw: Path, classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Read ``train/`` and, where it is there, ``test/``.

    Args:
        raw: the folder that holds them.
        classes: names, position = label; folders may be spelt in other usual ways ("Happiness").

    Returns:
        images uint8 (N, 48, 48), labels int64 (N,), parts str (N,), and N paths from `raw`, in whose order all are
        sorted. A part is the official one that begins the file's name, else the folder's ("train", "test").

    Raises:
        InputError: a folder that is no class, no images, or a file that cannot be read.
    """
    paths, labels = [], []
    for part in PARTS:
        for folder in sorted(path for path in (raw / part).glob("[!.]*") if path.is_dir()):
            name = canonical(folder.name)
            require(
                name in classes,
                f"{folder}: no class of FER-2013 (known: {', '.join(classes)}){nearest(name, classes)}",
            )
            found = sorted(path for path in folder.glob("[!.]*") if is_image(path))
            paths += found
            labels += [classes.index(name)] * len(found)
    require(bool(paths), f"{raw}: no images, expected train/<class>/*.jpg or *.png and test/<class>/…")
    images = read_images(paths, SIDE, label="reading FER-2013")
    relative = [path.relative_to(raw) for path in paths]
    usage = [_part(path) for path in relative]
    return images, np.array(labels, np.int64), np.array(usage), [path.as_posix() for path in relative]


def _part(path: Path) -> str:
    named = path.name.split("_")[0]
    return named if named in USAGES else path.parts[0]
