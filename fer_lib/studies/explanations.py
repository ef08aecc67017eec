"""Notebook 12: where networks look, by occlusion, image by image and on average."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..evaluation.explain.averages import aligned, group_means, to_mean_shape
from ..evaluation.explain.occlusion import OcclusionMaps, occlusion_maps
from .explained_runs import Explained, ExplanationParameters, inputs_of, networks


@dataclass(frozen=True)
class Averages:
    """Averages over the images of each expression, E of them; NaN where nothing is known.

    Attributes:
        expressions: their names; counts: how many images each.
        faces: float32 (E, 48, 48), mean faces.
        maps: by "flips" and "drop" and by variant, float32 (E, 48, 48).
        landmarks: float32 (E, 68, 2), mean landmarks, or None.
        aligned: whether faces were brought to the mean landmarks; those without landmarks are left out then.
    """

    expressions: list[str]
    counts: np.ndarray
    faces: np.ndarray
    maps: dict[str, dict[str, np.ndarray]]
    landmarks: np.ndarray | None
    aligned: bool


@dataclass(frozen=True)
class Averaging:
    """Means over the images of each expression.

    Attributes:
        codes: int (n,), each image's expression, −1 where it does not count; expressions: how many there are.
        transforms: complex (n, 2) that bring each image to the mean landmarks, or None where images stay.
    """

    codes: np.ndarray
    expressions: int
    transforms: np.ndarray | None

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Images or maps (n, H, W) → float32 (E, H, W), NaN where nothing is known."""
        moved = values if self.transforms is None else aligned(values, self.transforms)
        return group_means(moved, self.codes, self.expressions)


def averaging(study: ExplanationParameters, group: Explained, points: np.ndarray | None) -> Averaging:
    """How to average over the chosen images; those without landmarks do not count where faces are aligned.

    Args:
        points: landmarks (n, 68, 2) of :func:`~fer_lib.studies.explained_runs.landmarks_of`.
    """
    codes, count = np.array(group.expression.codes), len(group.expression.categories)
    if not study.align or points is None:
        return Averaging(codes, count, None)
    transforms, _ = to_mean_shape(points)
    return Averaging(np.where(np.isfinite(transforms).all(1), codes, -1), count, transforms)


def explain(study: ExplanationParameters, group: Explained) -> dict[str, OcclusionMaps]:
    """Occlusion maps of the chosen images by variant, each from the network of the fold the image was tested in."""
    found = {}
    for variant in group.runs:
        images, guidance = inputs_of(study, group, variant)
        parts, order = [], []
        for rows, model in networks(study, group, variant):
            parts.append(
                occlusion_maps(
                    model,
                    images[rows],
                    group.faces.labels[rows],
                    None if guidance is None else guidance[rows],
                    size=study.size,
                    stride=study.stride,
                    fill=study.fill,
                    mean_grey=group.mean_grey,
                    cover_guidance=study.cover_guidance,
                    label=f"occlusion of {variant}",
                )
            )
            order.append(rows)
        back = np.argsort(np.concatenate(order))
        found[variant] = OcclusionMaps(
            *(np.concatenate([getattr(part, name) for part in parts])[back] for name in OcclusionMaps.__annotations__)
        )
    return found


def averages(
    study: ExplanationParameters, group: Explained, explained: dict[str, OcclusionMaps], points: np.ndarray | None
) -> Averages:
    """Mean maps, mean faces and mean landmarks of each expression.

    Args:
        points: landmarks (n, 68, 2) of :func:`~fer_lib.studies.explained_runs.landmarks_of`.
    """
    mean, shown = averaging(study, group, points), points
    if mean.transforms is not None:
        z = mean.transforms[:, :1] * (points[..., 0] + 1j * points[..., 1]) + mean.transforms[:, 1:]
        shown = np.stack([z.real, z.imag], axis=-1)
    faces, _ = inputs_of(study, group, plainest(group))
    return Averages(
        list(group.expression.categories),
        np.array([(mean.codes == code).sum() for code in range(mean.expressions)]),
        mean(faces),
        {
            value: {variant: mean(getattr(maps, value)) for variant, maps in explained.items()}
            for value in ("flips", "drop")
        },
        None if points is None else group_means(shown, mean.codes, mean.expressions),
        mean.transforms is not None,
    )


def mean_faces(study: ExplanationParameters, group: Explained) -> np.ndarray:
    """Mean image of each expression as it stands, not aligned, float32 (E, 48, 48)."""
    images, _ = inputs_of(study, group, plainest(group))
    return group_means(images, np.array(group.expression.codes), len(group.expression.categories))


def count_table(groups: dict[str, Explained], means: dict[str, Averages]) -> pd.DataFrame:
    """``group, expression, images, averaged`` (those that have a place among the aligned ones)."""
    rows = [
        {
            "group": name,
            "expression": expression,
            "images": int((np.asarray(group.expression) == expression).sum()),
            "averaged": int(averaged),
        }
        for name, group in groups.items()
        for expression, averaged in zip(means[name].expressions, means[name].counts, strict=True)
    ]
    return pd.DataFrame(rows)


def plainest(group: Explained) -> str:
    """A variant that is given the images as they are, if there is one."""
    return next((name for name in group.runs if name not in ("patches", "weighted")), next(iter(group.runs)))


def examples(group: Explained, count: int = 9) -> np.ndarray:
    """Positions of `count` chosen images, as many of each expression as that gives."""
    within = pd.Series(np.asarray(group.expression)).groupby(np.asarray(group.expression)).cumcount().to_numpy()
    return np.sort(np.lexsort([group.expression.codes, within])[:count])
