"""AffectNet (Mollahosseini, Hasani, Mahoor, "AffectNet: A Database for Facial Expression, Valence, and Arousal
Computing in the Wild", IEEE Transactions on Affective Computing 10(1), 2019), prepared as Luna-Jiménez et al. 2021 did.

420,000 manually annotated web images of 11 categories with valence and arousal. The label space "polarity" keeps the
rule, the left-out file and the order of the guided-STN study (325,239 images), on which its folds depend.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, require
from .affectnet_arrays import read_arrays
from .affectnet_lists import Annotations, read_list
from .image_files import CHANNELS
from .option_checks import check_choice, check_whole
from .raw_files import raw_digest
from .registry import register_dataset
from .streaming import FaceStream

CLASSES = (
    *("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt"),
    *("none", "uncertain", "non-face"),
)
RELEASES = ("lists", "arrays")  # best first
LISTS = {"train": "training.csv", "validation": "validation.csv"}
SETS = {"train": "train_set", "validation": "val_set"}
LIST_FOLDERS = ("", "Manually_Annotated_file_lists", "Manually_Annotated/Manually_Annotated_file_lists")
IMAGE_FOLDERS = ("Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images", "Manually_Annotated", "")
# the study could not read this file and left it out; readable or not, it is left out here too
NAMED = "103/29a31ebf1567693f4644c8ba3476ca9a72ee07fe67a5860d98707a0a.jpg"


@register_dataset("affectnet")
def build(
    raw: Path, *, release: str = "auto", size: int = 48, channels: str = "grey", max_unreadable: float = 0.01
) -> FaceStream:
    """Read the official lists and images, or the newer release of eight classes with an array per annotation.

    Images are read as a whole while the set is stored, so 420,000 of them take little memory, and a preparation that
    was killed goes on where it stopped. Nothing in `raw` is changed: bmp and tiff are read as they are, and a file
    whose ending was changed after the list was made is found.

    Args:
        release: "lists" (``training.csv`` and ``validation.csv``), "arrays" (``train_set/`` and ``val_set/``), or
            "auto", the first of these that is there.
        size: side of the stored images in pixels, 8…1024.
        channels: "grey" or "rgb".
        max_unreadable: share of images that may be missing or damaged, 0…1. They are left out, listed in
            ``unreadable.csv`` of the prepared set and counted in its card.

    Returns:
        FaceStream in the order of the lists, training before validation. ``label`` is the expression (11 categories;
        the newer release has 8) and ``expression`` its name; ``valence`` and ``arousal`` float64, −2 for none;
        ``split`` "train" or "validation"; ``path`` as in the list; ``sample_id`` that path with ``.jpg`` for bmp and
        tiff, as the study's own lists have it. A path that occurs again keeps its row and gets ``#2``. The extra
        ``landmarks`` holds the published 68 points in pixels of the stored image.

    Raises:
        InputError: an option out of range; nothing is there; a list or annotation is malformed (see
            :mod:`.affectnet_lists` and :mod:`.affectnet_arrays`); too many images cannot be read.
    """
    raw = Path(raw)
    check_whole("affectnet", "size", size, 8, 1024)
    check_choice("affectnet", "channels", channels, CHANNELS)
    share = isinstance(max_unreadable, (int, float)) and 0 <= max_unreadable <= 1
    require(share, f"affectnet: max_unreadable {max_unreadable!r}, expected 0…1")
    chosen = _choose(raw, release)
    if chosen == "lists":
        lists = _list_folder(raw)
        read = {split: read_list(lists / name) for split, name in LISTS.items()}
        root, classes = _image_folder(raw, read["train"]), CLASSES
        raw_files = {(lists / name).relative_to(raw).as_posix(): raw_digest(lists / name) for name in LISTS.values()}
    else:
        read = {split: read_arrays(raw / name) for split, name in SETS.items()}
        # hundreds of thousands of files: they are not looked through again whenever the set is loaded
        root, classes, raw_files = raw, CLASSES[:8], {}
    samples, landmarks = _together(read, classes)
    del read  # 0.2 GB of landmarks, which are held once more now
    kept = (samples["sample_id"] != NAMED).to_numpy()
    landmarks = landmarks if kept.all() else landmarks[kept]
    samples = samples[kept].reset_index(drop=True)
    return FaceStream(
        name="affectnet",
        root=root,
        files=samples["path"].tolist(),
        samples=samples,
        classes=classes,
        size=size,
        channels=channels,
        landmarks=landmarks if np.isfinite(landmarks).any() else None,
        max_unreadable=max_unreadable,
        card={
            "release": chosen,
            "polarity": "valence",  # see fer_lib.datasets.labels
            "raw_files": raw_files,
            "left_out": {"unreadable in the study": int((~kept).sum())},
            "repeated_paths": int(samples["path"].duplicated().sum()),
        },
    )


def _choose(raw: Path, release: str) -> str:
    check_choice("affectnet", "release", release, ("auto", *RELEASES))
    there = {"lists": _list_folder(raw) is not None, "arrays": (raw / SETS["train"]).is_dir()}
    if release != "auto":
        path = raw / (LISTS["train"] if release == "lists" else SETS["train"])
        require(there[release], f"{path}: not there, but release={release!r} was asked for; see data/README.md")
        return release
    found = [name for name in RELEASES if there[name]]
    require(
        bool(found),
        f"{raw}: neither training.csv with its images nor train_set/annotations is there; see data/README.md",
    )
    return found[0]


def _list_folder(raw: Path) -> Path | None:
    return next((raw / name for name in LIST_FOLDERS if (raw / name / LISTS["train"]).is_file()), None)


def _image_folder(raw: Path, listed: Annotations) -> Path:
    """Where the folders are that the list names."""
    named = sorted({name.split("/")[0] for name in listed.files})
    for folder in IMAGE_FOLDERS:
        if any((raw / folder / name).exists() for name in named):
            return raw / folder
    raise InputError(
        f"{raw / IMAGE_FOLDERS[0] / named[0]}: no such folder, nor any other that {LISTS['train']} names, "
        "expected the images; see data/README.md"
    )


def _together(read: dict[str, Annotations], classes: tuple[str, ...]) -> tuple[pd.DataFrame, np.ndarray]:
    """One table and one array of landmarks of all parts, in their order."""
    path = pd.Series([name for part in read.values() for name in part.files])
    name = path.str.replace(r"\.(?:bmp|tiff?)$", ".jpg", case=False, regex=True)
    time = name.groupby(name).cumcount()  # a path that occurs again
    expression = np.concatenate([part.expression for part in read.values()])
    samples = pd.DataFrame(
        {
            "sample_id": name.where(time == 0, name + "#" + (time + 1).astype(str)),
            "label": expression,
            "subject": "",
            "split": np.repeat(list(read), [len(part) for part in read.values()]),
            "source": "affectnet",
            "path": path,
            "expression": np.array(classes)[expression],
            "valence": np.concatenate([part.valence for part in read.values()]),
            "arousal": np.concatenate([part.arousal for part in read.values()]),
        }
    )
    return samples, np.concatenate([part.landmarks for part in read.values()])
