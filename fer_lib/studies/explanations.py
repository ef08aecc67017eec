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
    names, codes = list(group.expression.categories), np.array(group.expression.codes)
    move, shown = (lambda values: values), points
    align = study.align and points is not None
    if align:
        transforms, _ = to_mean_shape(points)
        codes = np.where(np.isfinite(transforms).all(1), codes, -1)
        z = transforms[:, :1] * (points[..., 0] + 1j * points[..., 1]) + transforms[:, 1:]
        shown = np.stack([z.real, z.imag], axis=-1)

        def move(values):
            return aligned(values, transforms)

    def mean(values):
        return group_means(values, codes, len(names))

    faces, _ = inputs_of(study, group, plainest(group))
    return Averages(
        names,
        np.array([(codes == code).sum() for code in range(len(names))]),
        mean(move(faces)),
        {
            value: {variant: mean(move(getattr(maps, value))) for variant, maps in explained.items()}
            for value in ("flips", "drop")
        },
        None if points is None else mean(shown),
        align,
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
