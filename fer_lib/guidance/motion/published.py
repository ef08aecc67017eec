"""The masks that FMPN distributes: ``imgs_res/<fold>/<class>.png`` for ten folds of CK+ and of MMI."""

from pathlib import Path

import numpy as np

from ...artifacts import file_sha256
from ...datasets import FaceSet
from ...datasets.ckplus_files import CLASSES as CKPLUS
from ...datasets.image_files import read_images
from ...datasets.labels import canonical
from ...datasets.mmi_labels import CLASSES as MMI
from ...errors import require
from ...registry import nearest

#: Folder below ``raw/<set>/`` and the classes in the order of the files' numbers.
PUBLISHED = {"ckplus": ("CKPlus", CKPLUS), "mmi": ("MMI", MMI)}
MASKS = "imgs_res"


def published_files(of: str, data_dir: str | Path, fold_ids: np.ndarray, classes: tuple[str, ...]) -> list[list[Path]]:
    """The file of every fold and class.

    Raises:
        InputError: no masks of this set or class are published, or a file is not there.
    """
    require(of in PUBLISHED, f"no published masks of {of!r}{nearest(of, PUBLISHED)} (known: {', '.join(PUBLISHED)})")
    name, known = PUBLISHED[of]
    root = Path(data_dir) / "raw" / of / name / MASKS
    for given in classes:
        require(
            canonical(given) in known,
            f"no published mask of {of} for class {given!r} (known: {', '.join(known)})",
        )
    files = [[root / str(fold) / f"{known.index(canonical(given))}.png" for given in classes] for fold in fold_ids]
    for path in (path for row in files for path in row):
        require(
            path.is_file(), f"{path}: no such file, expected FMPN's mask of this fold and class; see data/README.md"
        )
    return files


def check_folds(faces: FaceSet, folds: np.ndarray) -> None:
    """Published masks are made of what the published folds train on: with other folds they would show tested people.

    Raises:
        InputError: a picture is tested in another fold than the published one.
    """
    published = faces.samples.get("published_fold")
    tested = folds >= 0
    require(
        published is not None and np.array_equal(published.to_numpy()[tested], folds[tested]),
        f"{faces.name}: published masks belong to the published folds and would show people that other folds test; "
        "expected the split 'published', or source='pairs'",
    )


def read_masks(files: list[list[Path]], size: int) -> np.ndarray:
    """uint8 (F, K, size, size); masks of another size are resized.

    Raises:
        InputError: a file is no image.
    """
    flat = read_images([path for row in files for path in row], size, resize="stretch", label="reading motion masks")
    return flat.reshape(len(files), -1, size, size)


def hashes(files: list[list[Path]]) -> list[list[str]]:
    return [[file_sha256(path)[:16] for path in row] for row in files]
