"""How far detectors agree with each other, and with the truth where it is known."""

import numpy as np
import pandas as pd

from ..datasets import FaceSet
from ..faces import detect_landmarks, five_points
from ..faces.landmarks import Landmarks
from ..faces.rows import DETECTOR_NAMES, DETECTORS

OUTER_EYE_CORNERS = (36, 45)


def each_detector(faces: FaceSet, options: dict, count: int, seed: int) -> tuple[FaceSet, dict[str, Landmarks]]:
    """Every detector of a chain on its own, on the same images.

    Args:
        options: of the chain, see :class:`~fer_lib.faces.options.DetectorOptions`.
        count: images, drawn at random.

    Returns:
        The images, and what each detector makes of them, by its name in ``table["detector"]``.
    """
    rows = np.random.default_rng(seed).permutation(len(faces))[:count]
    few = faces.subset(np.sort(rows))
    names = dict(zip(DETECTORS, DETECTOR_NAMES, strict=True))
    asked = options.get("detectors", DETECTORS)
    return few, {
        names[name]: detect_landmarks(few.images, workers=None, **{**options, "detectors": [name]}) for name in asked
    }


def eye_distance(points: np.ndarray) -> np.ndarray:
    """Distance of the outer eye corners, float (N,); the unit of every error here."""
    left, right = (points[:, corner] for corner in OUTER_EYE_CORNERS)
    return np.linalg.norm(left - right, axis=1)


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes float (N, 4), x0 y0 x1 y1: float (N,) from 0 to 1."""
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    both = np.prod(np.clip(sides, 0, None), axis=1)
    areas = [np.prod(box[:, 2:] - box[:, :2], axis=1) for box in (a, b)]
    return both / (areas[0] + areas[1] - both)


def agreement_table(found: dict[str, Landmarks]) -> pd.DataFrame | None:
    """HOG and MTCNN on the same images: columns ``quantity`` and ``value``; None unless both were asked.

    Distances are in distances of the outer eye corners and, like the overlap, over the images in which both find a
    face. "Five points": derived from the 68 points in HOG's box, against MTCNN's own. "68 points": fitted in
    HOG's box and in MTCNN's.
    """
    if not {"dlib-hog", "mtcnn"} <= found.keys():
        return None
    hog, mtcnn = found["dlib-hog"], found["mtcnn"]
    both = hog.has_face & mtcnn.has_face
    corners = ["x0", "y0", "x1", "y1"]
    boxes = [one.table.loc[both, corners].to_numpy() for one in (hog, mtcnn)]
    unit = eye_distance(hog.points[both])
    five = np.linalg.norm(five_points(hog.points[both]) - mtcnn.mtcnn_points[both], axis=2).mean(1) / unit
    all68 = np.linalg.norm(hog.points[both] - mtcnn.points[both], axis=2).mean(1) / unit
    rows = {
        "images": len(both),
        "both find a face (%)": 100 * both.mean(),
        "HOG alone (%)": 100 * (hog.has_face & ~mtcnn.has_face).mean(),
        "MTCNN alone (%)": 100 * (mtcnn.has_face & ~hog.has_face).mean(),
        "neither (%)": 100 * (~mtcnn.has_face & ~hog.has_face).mean(),
        "overlap of boxes, median": _quantile(overlap(*boxes), 0.5),
        "five points apart, median": _quantile(five, 0.5),
        "five points apart, 90 % below": _quantile(five, 0.9),
        "68 points apart, median": _quantile(all68, 0.5),
        "68 points apart, 90 % below": _quantile(all68, 0.9),
    }
    return pd.DataFrame({"quantity": rows.keys(), "value": rows.values()})


def landmark_error(faces: FaceSet, landmarks: Landmarks) -> np.ndarray | None:
    """Mean distance to the true points over the true distance of the outer eye corners, float (N,), NaN where
    nothing is known; None where the set brings no truth."""
    truth = faces.extras.get("landmarks")
    if truth is None:
        return None
    truth = np.asarray(truth)
    return np.linalg.norm(np.asarray(landmarks.points) - truth, axis=2).mean(axis=1) / eye_distance(truth)


def error_table(faces: FaceSet, found: dict[str, Landmarks]) -> pd.DataFrame | None:
    """Per detector the share of images it has landmarks for, and their error; None where the set brings no truth."""
    if "landmarks" not in faces.extras:
        return None
    rows = []
    for name, landmarks in found.items():
        error = landmark_error(faces, landmarks)
        known = error[np.isfinite(error)]
        rows.append(
            {
                "detector": name,
                "images (%)": 100 * len(known) / len(error),
                "median error": _quantile(known, 0.5),
                "90 % below": _quantile(known, 0.9),
            }
        )
    return pd.DataFrame(rows)


def _quantile(values: np.ndarray, share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else float("nan")
