"""FER-2013 (Goodfellow et al., "Challenges in Representation Learning", ICML 2013 workshop).

35,887 grey 48 × 48 faces from web searches in seven classes; official parts Training 28,709,
PublicTest 3,589 and PrivateTest 3,589. Data collected by P.-L. Carrier and A. Courville.
Only 34,034 images are distinct, and some duplicates carry different labels: every image has a
``duplicate_group``, and `fer_lib.datasets.folds` offers folds that respect it.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import file_sha256
from ..errors import require
from .duplicates import exact_groups
from .faceset import FaceSet
from .fer2013_csv import read_fer2013_csv
from .registry import register_dataset

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
PUBLIC_SHA256 = "3b8d9617d1017f34733c8f2474d7784c563ce86c40a86ac12c2d37cc968f871b"
PUBLIC_USAGES = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}
PUBLIC_CLASSES = dict(zip(CLASSES, (4953, 547, 5121, 8989, 6077, 4002, 6198), strict=True))


@register_dataset("fer2013")
def build(raw: Path) -> FaceSet:
    """Read ``raw/fer2013.csv``, the file of the Kaggle challenge.

    Returns:
        FaceSet with images uint8 (N, 48, 48) in the order of the file. ``sample_id`` carries the row
        counted from 0 (``fer2013-00017``), ``split`` the official Usage, ``duplicate_group`` (int64)
        is equal for images with equal pixels; ``subject`` is "" because nobody is identified.

    Raises:
        InputError: the file is missing, or a row is wrong (see :mod:`.fer2013_csv`).

    Warns:
        UserWarning: the file is valid but not the public one; the message tells what differs.
    """
    path = Path(raw) / "fer2013.csv"
    require(path.is_file(), f"{path}: no such file, expected the csv of the Kaggle challenge; see data/README.md")
    images, labels, usage = read_fer2013_csv(path)
    digest = file_sha256(path)
    if digest != PUBLIC_SHA256:
        warnings.warn(f"{path} is not the public FER-2013 file: {_differences(labels, usage, digest)}", stacklevel=2)
    samples = pd.DataFrame(
        {
            "sample_id": [f"fer2013-{row:05d}" for row in range(len(images))],
            "label": labels,
            "subject": "",
            "split": usage,
            "source": "fer2013",
            "duplicate_group": exact_groups(images),
        }
    )
    card = {"raw_files": {path.name: digest}, "public_file": digest == PUBLIC_SHA256}
    return FaceSet("fer2013", images, samples, CLASSES, card=card)


def _differences(labels: np.ndarray, usage: np.ndarray, digest: str) -> str:
    """Counts that differ from the public file: all rows, per official part, per class."""
    found = {
        "rows": len(labels),
        **{name: int(np.sum(usage == name)) for name in PUBLIC_USAGES},
        **{name: int(np.sum(labels == label)) for label, name in enumerate(CLASSES)},
    }
    public = {"rows": sum(PUBLIC_USAGES.values()), **PUBLIC_USAGES, **PUBLIC_CLASSES}
    different = [f"{name} {found[name]} instead of {public[name]}" for name in public if found[name] != public[name]]
    return ", ".join(different) or f"all counts agree but the bytes do not (SHA-256 {digest})"
