"""Does a sampling transform find a face whose place is known?

θ maps places of the warped image to places of the image (Jaderberg et al., arXiv 1506.02025, eq. 1): what is seen at c
comes from A·c + t, in coordinates that are −1 and 1 at the outer edges of the border pixels (``align_corners=False``).
A transformer that finds faces shows their centres at one place, the canonical one, wherever they stand. How far it
misses is measured in the image: in the warped one, looking at a larger region would make every distance smaller without
finding anything.
"""

import numpy as np
import pandas as pd

from .statistics import fold_interval

IDENTITY = np.array([[1.0, 0, 0], [0, 1, 0]])


def to_normalised(points: np.ndarray, size: int) -> np.ndarray:
    """Pixels (centre of the first at 0) of an image of side `size` → coordinates in [−1, 1]."""
    return (2 * np.asarray(points, dtype=float) + 1) / size - 1


def to_pixels(points: np.ndarray, size: int) -> np.ndarray:
    """The inverse of :func:`to_normalised`."""
    return ((np.asarray(points, dtype=float) + 1) * size - 1) / 2


def shown_at(theta: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Which point of each image is seen at `place` of its warped image, normalised: A·c + t, float (N, 2).

    Args:
        theta: float (N, 2, 3); place: float (2,), normalised.
    """
    return theta[:, :, :2] @ np.asarray(place, dtype=float) + theta[:, :, 2]


def place_in_warped(theta: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where a point p of each image comes to lie in its warped image, normalised: A⁻¹(p − t), float (N, 2).

    Infinite where A is singular, so that p lies nowhere.

    Args:
        theta: float (N, 2, 3); points: float (N, 2), normalised.
    """
    (a, b), (c, d) = theta[:, 0, :2].T, theta[:, 1, :2].T
    x, y = (points - theta[:, :, 2]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.stack([d * x - b * y, a * y - c * x], axis=1) / (a * d - b * c)[:, None]
    return np.where(np.isfinite(place), place, np.inf)


def canonical_place(theta: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The place of the warped image at which `points` are seen best, normalised, float (2,) in [−1, 1].

    It minimises Σ ‖p − (A·c + t)‖². For identity transforms it is the mean of the points.

    Args:
        theta: float (N, 2, 3); points: float (N, 2), normalised.
    """
    towards = (points - theta[:, :, 2]).reshape(-1)
    place = np.linalg.lstsq(theta[:, :, :2].reshape(-1, 2), towards, rcond=None)[0]
    return place.clip(-1, 1)  # beyond its edges the warped image shows nothing


def warp_truth(theta: np.ndarray, centres: np.ndarray, size: int, fitted_on: np.ndarray) -> pd.DataFrame:
    """How far each transform misses the centre of its face, and how far the untransformed image does.

    Args:
        theta: float (N, 2, 3).
        centres: float (N, 2), true centres of the faces in pixels of the image.
        size: side of the image.
        fitted_on: bool (N,), training images: they alone decide which place is canonical.

    Returns:
        N rows, in pixels: ``centre_x, centre_y`` (truth), ``shown_x, shown_y`` (the point of the image that is seen
        at the canonical place); ``error`` (distance of these two) and ``unwarped_error`` (the same for the identity);
        ``error_middle`` and ``unwarped_middle`` with the middle of the warped image for the canonical place;
        ``error_warped``, the distance of the face's place from the canonical one in pixels of the warped image;
        and ``zoom`` (1/√|det A|; above 1 the face appears larger).
    """
    theta, points = np.asarray(theta, dtype=float), to_normalised(centres, size)
    still = np.broadcast_to(IDENTITY, theta.shape)
    place = canonical_place(theta[fitted_on], points[fitted_on])
    shown = shown_at(theta, place)

    def pixels(offsets):
        return np.linalg.norm(offsets, axis=1) * size / 2

    columns = {
        "error": pixels(points - shown),
        "unwarped_error": pixels(points - shown_at(still, canonical_place(still[fitted_on], points[fitted_on]))),
        "error_middle": pixels(points - shown_at(theta, np.zeros(2))),
        "unwarped_middle": pixels(points),
        "error_warped": pixels(place_in_warped(theta, points) - place),
        "zoom": 1 / np.sqrt(np.abs(np.linalg.det(theta[:, :, :2])).clip(1e-6)),  # a collapsed one stays finite
    }
    (columns["centre_x"], columns["centre_y"]), (columns["shown_x"], columns["shown_y"]) = (
        to_pixels(where, size).T for where in (points, shown)
    )
    return pd.DataFrame(columns)


def remaining_error(rows: pd.DataFrame) -> dict[str, float]:
    """Mean error of the warped images in % of the unwarped ones'.

    Args:
        rows: of :func:`warp_truth`, held-out images.

    Returns:
        ``remaining`` about the canonical place, ``remaining_middle`` about the middle, ``remaining_warped`` in pixels
        of the warped image (which zooming out alone lowers).
    """
    mean = rows.mean(numeric_only=True)
    return {
        "remaining": 100 * mean["error"] / mean["unwarped_error"],
        "remaining_middle": 100 * mean["error_middle"] / mean["unwarped_middle"],
        "remaining_warped": 100 * mean["error_warped"] / mean["unwarped_error"],
    }


def remaining_table(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The remaining error of every network, over its folds.

    Args:
        rows: of :func:`warp_truth`, held-out images, with the columns `by` and ``fold``.
        by: what tells networks apart, in this order.

    Returns:
        One row per network in order of appearance: the columns `by`; ``unwarped`` and ``warped`` (mean errors in
        pixels of the image); ``remaining`` in % with ``low`` and ``high`` (95 % t interval over folds), ``best`` and
        ``worst`` fold; the fold means ``remaining_middle`` and ``remaining_warped``; the median ``zoom``; ``images``.

    Raises:
        InputError: fewer than two folds.
    """
    table = []
    for key, network in rows.groupby(by, sort=False):
        folds = pd.DataFrame([remaining_error(fold) for _, fold in network.groupby("fold")])
        interval = fold_interval(folds["remaining"])
        table.append(
            {
                **dict(zip(by, key, strict=True)),
                "unwarped": network["unwarped_error"].mean(),
                "warped": network["error"].mean(),
                "remaining": interval.mean,
                "low": interval.low,
                "high": interval.high,
                "best": folds["remaining"].min(),
                "worst": folds["remaining"].max(),
                "remaining_middle": folds["remaining_middle"].mean(),
                "remaining_warped": folds["remaining_warped"].mean(),
                "zoom": network["zoom"].median(),
                "images": len(network),
            }
        )
    return pd.DataFrame(table)
