"""Landmarks of a prepared set: computed once for the whole of it, looked up by row."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import (
    file_sha256,
    fingerprint,
    in_turn,
    is_complete,
    read_array,
    read_card,
    read_table,
    save_array,
    save_table,
    write_card,
)
from ..datasets import FaceSet
from ..errors import require
from ..progress import progress
from ..registry import nearest
from . import mtcnn
from .chain import run_chain
from .detect import chunk_size, detector_options
from .landmarks import Landmarks, landmarks_from_rows
from .model_files import landmark_model_path
from .options import DetectorOptions
from .parts import Parts
from .prepared import Stored, stored_set
from .regions import POINTS
from .rows import BOX, FOUND, LANDMARKS, empty_rows

SOURCES = ("dlib", "dataset")


def find_landmarks(
    faces: FaceSet,
    data_dir: str | Path = "data",
    source: str = "dlib",
    *,
    workers: int | None = None,
    chunk: int | None = None,
    **options,
) -> Landmarks:
    """Landmarks of a prepared set or of a subset of it.

    They are computed for the whole stored set, kept in ``<data_dir>/guidance/<set>/``
    (``landmarks.npy``, ``faces.parquet``, ``landmarks.card.json``; other than default options get a
    stem ``landmarks-<fingerprint>``) and looked up by ``faces.rows``. FER-2013 takes about 75 s on
    two cores, 50 s of them HOG; an interrupted computation continues where it stopped.

    Args:
        faces: a set loaded with ``load_dataset``.
        data_dir: the folder with ``prepared/`` and ``guidance/``.
        source: "dlib": fitted by dlib in the boxes of the detectors that `options` name; "dataset": the landmarks
            that the data set brings itself.
        workers: processes and threads; None means every usable core.
        chunk: images per stored part; None means about three seconds of work.
        options: see :class:`~fer_lib.faces.options.DetectorOptions`; none with source="dataset".

    Raises:
        InputError: unknown source or option, the set brings no landmarks, it was never stored, or
            dlib, its model or facenet-pytorch is missing.
    """
    require(source in SOURCES, f"unknown landmark source {source!r}{nearest(source, SOURCES)} (known: dlib, dataset)")
    require(chunk is None or chunk >= 1, f"chunk is {chunk!r}, expected at least 1 image")
    stored = stored_set(faces)
    if source == "dataset":
        require(not options, f"landmarks of the data set take no options, got {', '.join(options)}")
        found = _brought_along(stored)
    else:
        folder = Path(data_dir) / "guidance" / faces.name
        found = _stored_or_computed(stored, folder, detector_options(options), workers, chunk)
    return found if stored.covers(faces) else found.take(faces.rows)


def _brought_along(stored: Stored) -> Landmarks:
    points = stored.faces.extras.get("landmarks")
    require(
        points is not None,
        f"{stored.faces.name}: this data set brings no landmarks of its own; ask for 'dlib' in place of 'dataset'",
    )
    require(
        points.ndim == 3 and points.shape[1:] == (POINTS, 2),
        f"{stored.faces.name}: landmarks are {points.shape}, expected (N, {POINTS}, 2)",
    )
    rows = empty_rows(len(points))
    complete = np.isfinite(points).all(axis=(1, 2))
    rows[complete, LANDMARKS] = points[complete].reshape(-1, 2 * POINTS)
    rows[complete, BOX] = np.concatenate([points[complete].min(1), points[complete].max(1)], axis=1)
    rows[:, FOUND] = complete
    made_from = {"source": "dataset", "prepared": stored.identity}
    card = {"identity": fingerprint(made_from), "standard": False, "options": {"source": "dataset"}}
    return landmarks_from_rows(rows, "dataset", card)


def _stored_or_computed(
    stored: Stored, folder: Path, options: DetectorOptions, workers: int | None, chunk: int | None
) -> Landmarks:
    size = stored.faces.images.shape[1:3]
    resolved = options.resolved(*size)
    standard = resolved == DetectorOptions().resolved(*size)
    suffix = "" if standard else f"-{fingerprint(resolved)}"
    card_name = f"landmarks{suffix}.card.json"
    parameters = {"source": "dlib", **resolved, "prepared": stored.identity}
    if "mtcnn" in resolved["detectors"]:
        parameters["mtcnn_settings"] = mtcnn.SETTINGS
    points_path, table_path = folder / f"landmarks{suffix}.npy", folder / f"faces{suffix}.parquet"
    with in_turn(points_path):
        complete = is_complete(folder, parameters, card_name) and points_path.exists() and table_path.exists()
        if not complete:
            # An outdated card must not vouch for the files that are about to be replaced.
            (folder / card_name).unlink(missing_ok=True)
            _compute(stored, folder, suffix, resolved, parameters, workers, chunk)
    card = read_card(folder, card_name)
    table = read_table(table_path)
    return Landmarks(
        read_array(points_path),
        table["has_face"].to_numpy(dtype=bool),
        table,
        {**card, "identity": fingerprint(parameters), "standard": standard, "options": {"source": "dlib", **resolved}},
    )


def _compute(stored: Stored, folder: Path, suffix: str, options: dict, parameters: dict, workers, chunk) -> None:
    images = stored.faces.images
    start = time.perf_counter()
    model = landmark_model_path()
    kept: list[Parts] = []

    def parts(asked: list) -> Parts:
        kept.append(Parts(folder / ".landmarks-parts", [asked, mtcnn.SETTINGS], stored.identity))
        return kept[-1]

    with progress(total=len(images), label=f"landmarks of {stored.faces.name}", unit="image") as bar:
        size = chunk or chunk_size(*images.shape[1:3])
        rows = run_chain(images, options, workers=workers, chunk=size, parts=parts, tell=bar.update)
    landmarks = landmarks_from_rows(rows)
    save_array(folder / f"landmarks{suffix}.npy", landmarks.points)
    save_table(
        folder / f"faces{suffix}.parquet",
        pd.concat([stored.faces.samples[["sample_id"]].reset_index(drop=True), landmarks.table], axis=1),
    )
    write_card(
        folder,
        "landmarks",
        parameters,
        name=f"landmarks{suffix}.card.json",
        images=len(images),
        faces=int(landmarks.has_face.sum()),
        without_face=int((~landmarks.has_face).sum()),
        by_detector=landmarks.by_detector(),
        resumed_images=sum(part.reused for part in kept),
        model={"file": model.name, "sha256": file_sha256(model)},
        wall_seconds=round(time.perf_counter() - start, 2),
    )
    for part in kept:
        part.remove()
    print(f"landmarks of {stored.faces.name}: {landmarks.summary()}")
