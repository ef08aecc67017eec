"""RAF-DB (Li, Deng, Du, "Reliable Crowdsourcing and Deep Locality-Preserving Learning for Expression Recognition in
the Wild", CVPR 2017): 15,339 web images, aligned, colour, 100 × 100, in seven basic expressions."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require
from .duplicates import exact_groups
from .faceset import FaceSet
from .image_files import CHANNELS, read_images
from .near_duplicates import near_groups
from .option_checks import check_choice, check_whole
from .public_counts import has_public_counts
from .raw_files import raw_digest
from .registry import register_dataset

CLASSES = ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral")  # numbered from 1 in the list
PUBLISHED = {"train": 12271, "test": 3068}
LIST = "list_patition_label.txt"  # spelt so by its authors
FOLDERS = ("", "basic")


@register_dataset("rafdb")
def build(raw: Path, *, size: int = 48, channels: str = "grey") -> FaceSet:
    """Read ``EmoLabel/list_patition_label.txt`` and ``Image/aligned/<name>_aligned.jpg``, the basic expressions.

    Args:
        raw: the folder with the two, or with the folder ``basic`` around them.
        size: side of the stored images in pixels, 8…1024; the files have 100.
        channels: "grey" or "rgb".

    Returns:
        FaceSet in the order of the list; ``sample_id`` is the name without its ending, ``split`` "train" or "test" by
        that name; ``duplicate_group`` and ``near_duplicate_group`` as in FER-2013. Nobody is identified.

    Raises:
        InputError: an option out of range; the list is missing, or a line of it (counted from 0) is no name of a part
            with a class 1…7, or names an image again; an image is missing or cannot be read.

    Warns:
        UserWarning: the parts have other sizes than the published ones.
    """
    check_whole("rafdb", "size", size, 8, 1024)
    check_choice("rafdb", "channels", channels, CHANNELS)
    raw = Path(raw)
    root = next((raw / name for name in FOLDERS if _list_in(raw / name).is_file()), raw)
    names, labels = read_partition(_list_in(root))
    files = [root / "Image" / "aligned" / f"{name}_aligned.jpg" for name in names]
    images = read_images(files, size, channels, label="reading RAF-DB")
    exact = exact_groups(images)
    samples = pd.DataFrame(
        {
            "sample_id": names,
            "label": labels,
            "subject": "",
            "split": [name.split("_")[0] for name in names],
            "source": "rafdb",
            "duplicate_group": exact,
            "near_duplicate_group": near_groups(images, exact),
        }
    )
    count = {part: int((samples["split"] == part).sum()) for part in PUBLISHED}
    card = {
        "public_file": has_public_counts(str(_list_in(root)), count, PUBLISHED),
        "raw_files": {str(path.relative_to(raw)): raw_digest(path) for path in (_list_in(root), files[0].parent)},
    }
    return FaceSet("rafdb", images, samples, CLASSES, card=card)


def _list_in(root: Path) -> Path:
    """In its own folder, or beside the images."""
    beside = root / LIST
    return beside if beside.is_file() else root / "EmoLabel" / LIST


def read_partition(path: str | Path) -> tuple[list[str], np.ndarray]:
    """Names without their ending, and labels int64 (N,) in 0…6, in the order of the file ``train_00001.jpg 5``.

    Raises:
        InputError: as :func:`build`.
    """
    path = Path(path)
    require(path.is_file(), f"{path}: no such file, expected the list of RAF-DB; see data/README.md")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not a text file, expected lines such as train_00001.jpg 5") from None
    first: dict[str, int] = {}
    labels = []
    for row, line in enumerate(lines):
        words = line.split()
        if not words:
            continue
        where = f"{path}, row {row}"
        require(len(words) == 2, f"{where}: {len(words)} words, expected 2 such as train_00001.jpg 5")
        name, label = words[0].rsplit(".", 1)[0], words[1]
        part = name.split("_")[0]
        require(part in PUBLISHED, f"{where}: {words[0][:30]!r} is of no part, expected train_… or test_…")
        require(label in set("1234567"), f"{where}: class {label[:20]!r}, expected 1…7")
        require(name not in first, f"{where}: {words[0]!r} is already in row {first.get(name)}, expected once")
        first[name] = row
        labels.append(int(label) - 1)
    require(bool(labels), f"{path}: the file is empty, expected lines such as train_00001.jpg 5")
    return list(first), np.array(labels, np.int64)
