"""FER-2013 (Goodfellow et al., "Challenges in Representation Learning", ICML 2013 workshop).

35,887 grey 48 × 48 faces from web searches in seven classes; official parts Training 28,709,
PublicTest 3,589 and PrivateTest 3,589. Data collected by P.-L. Carrier and A. Courville.
Only 34,034 images are distinct, many more are the same photograph saved twice, and some of them carry
different labels: every image has a ``duplicate_group`` and a ``near_duplicate_group``, and
`fer_lib.datasets.folds` offers folds that respect them.
"""

import hashlib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import require
from ..registry import nearest
from .duplicates import exact_groups
from .faceset import FaceSet
from .fer2013_csv import COLUMNS, TRAIN_COLUMNS, read_fer2013_csv
from .fer2013_folders import PARTS, read_fer2013_folders
from .folds import inner_validation
from .near_duplicates import near_groups
from .raw_files import raw_digest
from .registry import register_dataset

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
PUBLIC_SHA256 = "3b8d9617d1017f34733c8f2474d7784c563ce86c40a86ac12c2d37cc968f871b"
PUBLIC_USAGES = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}
PUBLIC_CLASSES = dict(zip(CLASSES, (4953, 547, 5121, 8989, 6077, 4002, 6198), strict=True))
TRAINING_CLASSES = dict(zip(CLASSES, (3995, 436, 4097, 7215, 4830, 3171, 4965), strict=True))
# of pixels and labels (and parts), row by row, as `_content` hashes them: another way to write the csv keeps them
PUBLIC_CONTENT = "8393fd976f71a3ec29638a5ee9b4b94e14853293c48f07e4a48e6ab54e5daada"
TRAINING_CONTENT = "c76a2d2406fea081553adf54f6fae0061a843c8e5c814fd63de0934fb5ec22e9"

RELEASES = ("fer2013.csv", "icml_face_data.csv", "train.csv", "folders")  # best first
VALIDATION_SHARE = 0.125  # PublicTest is an eighth of Training
VALIDATION_SEED = 2020


@register_dataset("fer2013")
def build(raw: Path, *, release: str = "auto") -> FaceSet:
    """Read one of the forms in which FER-2013 is handed on.

    Args:
        raw: the folder with the files.
        release: "fer2013.csv" and "icml_face_data.csv" hold all rows; "train.csv" the official training part
            alone, from which an eighth, stratified and without breaking up near-duplicates, becomes the validation
            part (``test.csv`` beside it has no labels and is never read); "folders" is ``train|test/<class>/*``,
            recompressed by whoever made it. "auto" takes the first of these that is there.

    Returns:
        FaceSet with images uint8 (N, 48, 48) in the order of the file (folders: of the paths). ``sample_id``
        carries the row counted from 0 (``fer2013-00017``; folders: the path), ``split`` the official part,
        ``duplicate_group`` (int64) is equal for images with equal pixels, ``near_duplicate_group`` for those of one
        photograph; ``subject`` is "" because nobody is identified. The card says which release was read.

    Raises:
        InputError: no such release, nothing is there, or a row or image is wrong (see :mod:`.fer2013_csv`).

    Warns:
        UserWarning: what was read is not, row by row, the public file; the message tells what differs.
    """
    raw = Path(raw)
    chosen, better = _choose(raw, release)
    card = {"release": chosen, "lossless": None if chosen == "folders" else True, "raw_files": dict.fromkeys(better)}
    if chosen == "folders":
        images, labels, usage, paths = read_fer2013_folders(raw, CLASSES)
        names = [name for name in PARTS if (raw / name).is_dir()]
    else:
        images, labels, usage = read_fer2013_csv(raw / chosen, TRAIN_COLUMNS if chosen == "train.csv" else COLUMNS)
        paths, names = [f"{row:05d}" for row in range(len(images))], [chosen]
    card["raw_files"] |= {name: raw_digest(raw / name) for name in names}
    card["public_file"] = _is_public(raw, chosen, images, labels, usage)
    exact = exact_groups(images)
    near = near_groups(images, exact)
    if usage is None:
        held_out = inner_validation(labels, near, np.arange(len(labels)), VALIDATION_SHARE, VALIDATION_SEED)
        usage = np.where(held_out, "validation", "train")
        card["validation"] = {"share": VALIDATION_SHARE, "seed": VALIDATION_SEED, "images": int(held_out.sum())}
        if (raw / "test.csv").is_file():
            print("FER-2013: test.csv has no labels; it is left out and never scored")
            card["left_out"] = {"test.csv": "no labels"}
    samples = pd.DataFrame(
        {
            "sample_id": [f"fer2013-{path}" for path in paths],
            "label": labels,
            "subject": "",
            "split": usage,
            "source": "fer2013",
            "duplicate_group": exact,
            "near_duplicate_group": near,
        }
    )
    return FaceSet("fer2013", images, samples, CLASSES, card=card)


def _choose(raw: Path, release: str) -> tuple[str, list[str]]:
    """The release to read, and what would be read instead if it were there."""
    known = ("auto", *RELEASES)
    require(
        release in known,
        f"fer2013: unknown release {release!r}{nearest(release, known)} (known: {', '.join(known)})",
    )
    there = [name for name in RELEASES if (raw / ("train" if name == "folders" else name)).exists()]
    if release != "auto":
        path = raw / "train" if release == "folders" else raw / release
        require(release in there, f"{path}: not there, but release={release!r} was asked for; see data/README.md")
        return release, []
    require(
        bool(there),
        f"{raw / RELEASES[0]}: no such file, nor icml_face_data.csv, train.csv or folders train/<class>; "
        "see data/README.md",
    )
    if len(there) > 1:
        print(f"FER-2013: {', '.join(there)} are there; {there[0]} is used (the option release chooses)")
    return there[0], list(RELEASES[: RELEASES.index(there[0])])


def _is_public(raw: Path, release: str, images: np.ndarray, labels: np.ndarray, usage: np.ndarray | None) -> bool:
    """Whether these are the rows of the public file; warns where they are not."""
    if release == "folders":
        told = _differences(labels, usage) or "all counts agree"
        warnings.warn(
            f"{raw}: image folders of FER-2013 are usually lossy copies, so numbers differ slightly from those of "
            f"fer2013.csv, and rows have no place in it ({told})",
            stacklevel=3,
        )
        return False
    public = _content(images, labels, usage) == (TRAINING_CONTENT if usage is None else PUBLIC_CONTENT)
    if not public:
        told = _differences(labels, usage) or "all counts agree, but not every pixel, label or place in the file"
        warnings.warn(f"{raw / release} is not the public FER-2013 file: {told}", stacklevel=3)
    return public


def _content(images: np.ndarray, labels: np.ndarray, usage: np.ndarray | None) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(images))
    digest.update(labels.astype("<i8"))
    digest.update(("" if usage is None else "\n".join(usage)).encode())
    return digest.hexdigest()


def _differences(labels: np.ndarray, usage: np.ndarray | None) -> str:
    """Counts that differ from the public file: all rows, per official part, per class; "" where none does."""
    parts = {} if usage is None else PUBLIC_USAGES
    classes = TRAINING_CLASSES if usage is None else PUBLIC_CLASSES
    found = {
        "rows": len(labels),
        **{name: int(np.sum(usage == name)) for name in parts},
        **{name: int(np.sum(labels == label)) for label, name in enumerate(CLASSES)},
    }
    public = {"rows": sum(classes.values()), **parts, **classes}
    different = [f"{name} {found[name]} instead of {public[name]}" for name in public if found[name] != public[name]]
    return ", ".join(different)
