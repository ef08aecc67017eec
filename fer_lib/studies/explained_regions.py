"""Which parts of the face the maps of notebook 12 lie on, and whether those are the parts that make the expression."""

import numpy as np
import pandas as pd

from ..datasets.synthetic import class_region_masks
from ..evaluation.explain.concentration import Concentration, area_of, concentration, mass_on
from ..evaluation.explain.occlusion import OcclusionMaps
from ..evaluation.explain.part_masks import hull_masks, part_masks
from ..guidance.size import NETWORK_SIZE
from .explained_runs import Explained

#: Mean intensity at full expression from which an action unit leads it: the regions of what is left, one to four
#: units, cover no more than 30 % of the face for any expression.
LEADING = 0.9


def part_table(group: Explained, explained: dict[str, OcclusionMaps], points: np.ndarray) -> pd.DataFrame:
    """How dense each variant's maps are on the parts of the face, per expression.

    Returns:
        ``variant, expression, images, part, mass, area, density``: mean shares (%) of the positive fall of
        probability and of the area inside the hull of the landmarks, and their quotient, 1 for an even map.
    """
    hull = hull_masks(points, NETWORK_SIZE)
    rows = []
    for variant, maps in explained.items():
        for part, masks in part_masks(points, NETWORK_SIZE).items():
            table = pd.DataFrame({"mass": mass_on(maps.drop, masks, hull), "area": area_of(masks, hull)})
            table = table[np.isfinite(table).all(axis=1)]
            means = 100 * table.groupby(np.asarray(group.expression)[table.index]).mean()
            sizes = pd.Series(np.asarray(group.expression)[table.index]).value_counts()
            rows += [
                {"variant": variant, "expression": name, "images": sizes[name], "part": part, **line}
                for name, line in means.to_dict("index").items()
            ]
    table = pd.DataFrame(rows)
    return table.assign(density=table["mass"] / table["area"])


def densities(table: pd.DataFrame) -> pd.DataFrame:
    """Density per variant and expression (rows) and part of the face (columns).

    Args:
        table: as :func:`part_table` makes it.
    """
    return table.pivot(index=["variant", "expression"], columns="part", values="density")[list(table["part"].unique())]


def knows_truth(group: Explained) -> bool:
    """Whether it is known which regions make the expression: of synthetic faces it is."""
    return "action_units" in group.faces.card and "landmarks" in group.faces.extras


def truth_table(group: Explained, explained: dict[str, OcclusionMaps]) -> pd.DataFrame:
    """Do the maps of synthetic faces lie on the regions of the action units that lead the expression?

    Measured inside the hull of the true landmarks, brows to chin: mean share of the positive fall of probability on
    the regions over their mean share of the hull's area; the interval resamples subjects. As a control, the regions
    of the other expressions, each image's averaged. Neutral faces have no region.

    Returns:
        ``variant, regions, ratio, low, high, mass, area`` (%), ``images, subjects``.
    """
    points = scaled_truth(group)
    names = np.asarray(group.expression)
    classes = tuple(sorted(set(names) - {"neutral"}))
    shown = np.flatnonzero(names != "neutral")
    hull = hull_masks(points[shown], NETWORK_SIZE)
    regions = class_region_masks(points[shown], NETWORK_SIZE, classes, at_least=LEADING) > 0
    own = np.array([classes.index(name) for name in names[shown]])
    subjects = group.faces.samples["subject"].to_numpy()[shown]
    rows = []
    for variant, maps in explained.items():
        for what, masks in _own_and_others(regions, own).items():
            found = concentration(maps.drop[shown], masks & hull, hull, subjects)
            rows.append({"variant": variant, "regions": what, **_columns(found)})
    return pd.DataFrame(rows)


def _own_and_others(regions: np.ndarray, own: np.ndarray) -> dict[str, np.ndarray]:
    """Masks bool (n, H, W): of each image's own expression, and of the one that comes next in the list."""
    row, count = np.arange(len(own)), regions.shape[1]
    return {"its expression": regions[row, own], "another expression": regions[row, (own + 1) % count]}


def _columns(found: Concentration) -> dict[str, float]:
    ratio = found.ratio
    shares = {"mass": 100 * found.mass, "area": 100 * found.area}
    return {
        "ratio": ratio.mean, "low": ratio.low, "high": ratio.high, **shares,
        "images": found.images, "subjects": found.groups,
    }  # fmt: skip


def scaled_truth(group: Explained) -> np.ndarray:
    """The landmarks that a synthetic set brings, in pixels of the networks' input."""
    scale = NETWORK_SIZE / np.array(group.faces.images.shape[2:0:-1])
    return (group.faces.extras["landmarks"] + 0.5) * scale - 0.5


def where_they_look(table: pd.DataFrame) -> str:
    """The part of the face on which each variant's maps are densest, per expression, in a sentence.

    Args:
        table: as :func:`part_table` makes it.
    """
    best = table.loc[table.groupby(["variant", "expression"], sort=False)["density"].idxmax()]
    parts = [
        f"**{variant}**: " + ", ".join(f"{row.expression} {row.part} ({row.density:.1f}×)" for row in rows.itertuples())
        for variant, rows in best.groupby("variant", sort=False)
    ]
    return "Densest part of the face. " + "; ".join(parts) + "."
