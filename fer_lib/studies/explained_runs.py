"""The trained networks that notebook 12 explains, and the images each is asked about."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from torch import nn

from ..artifacts import require_card
from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..datasets.labels import label_space
from ..errors import require
from ..evaluation.decisions import align
from ..faces.crops import load_faces
from ..faces.find import find_landmarks
from ..guidance import GUIDANCE, network_inputs
from ..guidance.size import NETWORK_SIZE
from ..registry import nearest
from ..reporting.first_page import GUIDED
from ..reporting.stage import Stage
from ..training.device import choose_device
from ..training.trained import trained_network
from .center_loss_parameters import CenterLossParameters
from .common import set_title
from .error_analysis import expressions
from .profile_runs import Entry, distinct, entries_of
from .trained_runs import how_to_train


class ExplanationParameters(CenterLossParameters):
    """Which networks to explain, on what, and how.

    `sources` are notebooks that have trained networks, `variants` and `splits` (fold schemes) some of theirs (empty:
    all); data sets and labels are those of the runs. `images` per expression are explained, drawn with `seed`. `size`,
    `stride`, `fill` and `cover_guidance` are those of
    :func:`~fer_lib.evaluation.explain.occlusion.occlusion_maps`. With `align`, faces and their maps are brought to
    the mean landmarks before they are averaged; `landmarks` says where those come from. Gradients are taken at `taps`,
    layers by name (empty: "last", and where a network has masks, before, at and behind the one of stage `mask`).
    """

    notebook: ClassVar[str] = "12_explanations"
    sources: list[str] = Field([GUIDED], min_length=1)
    variants: list[str] = []
    splits: list[str] = []
    images: int = Field(8, ge=1)
    size: int = Field(8, ge=1)
    stride: int = Field(2, ge=1)
    fill: Literal["mean", "zero"] = "mean"
    cover_guidance: bool = False
    landmarks: Literal["dlib", "dataset", "none"] = "dlib"
    align: bool = True
    taps: list[str] = []
    mask: int = Field(3, ge=1, le=4)

    def stage(self) -> Stage:
        """Where this notebook leaves its figures, tables and card."""
        return Stage(self.reports / self.notebook, self.model_dump())


@dataclass(frozen=True)
class Explained:
    """Networks of one source that were tested on the same images in the same folds, and the images chosen.

    Attributes:
        name: for files, such as "03-synthetic-polarity-subject"; title: for figures.
        runs: by variant, of its first seed.
        faces: n images that every variant answers rightly, at most so many per expression.
        folds: int (n,), the fold in which each image was tested: its network has not seen the image.
        expression: of each image.
        mean_grey: 0 … 255, of the whole data set.
    """

    name: str
    title: str
    runs: dict[str, Run]
    faces: FaceSet
    folds: np.ndarray
    expression: pd.Categorical
    mean_grey: float


def chosen(study: ExplanationParameters) -> list[Explained]:
    """Every source's networks with the images to explain.

    Raises:
        InputError: a source has not been run, a variant was not trained, its runs do not fit the data set or see
            aligned faces, or no image is answered rightly by all variants.
    """
    for source in study.sources:
        require_card(study.reports / source, how_to_train(study, source))
    found = [entry for entry in entries_of(study.reports) if entry.notebook in study.sources]
    for asked, names, what in (
        (study.variants, [entry.variant for entry in found], "runs of"),
        (study.splits, [_split(entry) for entry in found], "runs under the split"),
    ):
        known = dict.fromkeys(names)
        for name in asked:
            require(
                name in known,
                f"{', '.join(study.sources)}: no {what} {name!r}{nearest(name, known)} (has {', '.join(known)})",
            )
    together: dict[tuple, list[Entry]] = {}
    for entry in found:
        wanted = not study.variants or entry.variant in study.variants
        if wanted and (not study.splits or _split(entry) in study.splits):
            parameters = entry.card["parameters"]
            alike = [str(parameters.get(key)) for key in ("dataset", "label_space", "fold_scheme", "folds")]
            together.setdefault((entry.notebook, *alike), []).append(entry)
    groups = [_choose(study, entries) for entries in together.values()]
    return [
        Explained(**{**vars(group), "name": name})
        for name, group in zip(distinct([group.name for group in groups]), groups, strict=True)
    ]


def _split(entry: Entry) -> str:
    return entry.card["parameters"].get("fold_scheme", "")


def _choose(study: ExplanationParameters, entries: list[Entry]) -> Explained:
    first = entries[0].card["parameters"]
    require(
        not any({"alignment", "squares"} & entry.card["parameters"].keys() for entry in entries),
        f"{entries[0].notebook}: its networks see aligned faces, where landmarks and regions lie elsewhere; expected "
        "sources whose networks see the images as they are",
    )
    options = dict(first["dataset"])
    dataset, space = options.pop("dataset"), first["label_space"]
    faces = label_space(space)(load_faces(dataset, study.data, **options))
    classes = tuple(first["classes"])
    require(
        faces.classes == classes,
        f"{faces.name}: classes {', '.join(faces.classes)}, but the runs know {', '.join(classes)}",
    )
    names = distinct([entry.variant for entry in entries])
    runs = {name: entry.runs[min(entry.runs)] for name, entry in zip(names, entries, strict=True)}
    # the seeds of variants may differ, and one is taken of each
    decisions = align({name: run.predictions.assign(seed=0) for name, run in runs.items()}, faces.samples, classes)
    right = np.flatnonzero(~decisions.wrong.any((0, 1)))
    require(len(right) > 0, f"{entries[0].notebook}: no image is answered rightly by all of {', '.join(runs)}")
    expression = expressions(faces)
    order = np.random.default_rng(study.seed).permutation(right)
    codes = expression.codes[decisions.rows[order]]
    few = np.concatenate([order[codes == code][: study.images] for code in range(len(expression.categories))])
    rows = decisions.rows[few]
    return Explained(
        name="-".join(filter(None, (entries[0].notebook[:2], dataset, space, _split(entries[0])))),
        title=f"{set_title(dataset)}, {space}, {_split(entries[0])} split",
        runs=runs,
        faces=faces.subset(rows),
        folds=decisions.folds[few],
        expression=expression[rows].remove_unused_categories(),
        mean_grey=float(faces.images.mean()),
    )


def inputs_of(study: ExplanationParameters, group: Explained, variant: str) -> tuple[np.ndarray, np.ndarray | None]:
    """What the variant's networks are given of the chosen images: images and guidance or None, uint8 (n, 48, 48)."""
    parameters = group.runs[variant].card["parameters"]
    kind = parameters["variant"] if parameters["variant"] in GUIDANCE else "none"
    images, guidance = network_inputs(kind, group.faces, study.data, **parameters.get("guidance", {}))
    return np.asarray(images), None if guidance is None else np.asarray(guidance)


def networks(study: ExplanationParameters, group: Explained, variant: str) -> Iterator[tuple[np.ndarray, nn.Module]]:
    """For every fold: the positions of its chosen images, and the network that was tested on them, in evaluation mode.

    Raises:
        InputError: the weights are not there.
    """
    run = group.runs[variant]
    for fold in np.unique(group.folds):
        model = trained_network(run.folder, int(fold))
        yield np.flatnonzero(group.folds == fold), model.to(choose_device(study.device))


def landmarks_of(study: ExplanationParameters, group: Explained) -> np.ndarray | None:
    """Landmarks of the chosen images in pixels of the networks' input, float (n, 68, 2), NaN where there is no face;
    None where none are asked for, or none of the faces has any."""
    if study.landmarks == "none":
        return None
    points = find_landmarks(group.faces, study.data, study.landmarks).found_points
    scale = NETWORK_SIZE / np.array(group.faces.images.shape[2:0:-1])
    points = (points + 0.5) * scale - 0.5
    return points if np.isfinite(points).any() else None
