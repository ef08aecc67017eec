"""Notebook 12, embeddings: the features of a network trained with centre loss beside those of one trained without."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..artifacts import fingerprint
from ..datasets import FaceSet
from ..datasets.folds import make_folds, selecting_part
from ..datasets.labels import label_space
from ..evaluation.proportions import wilson
from ..evaluation.scatter import scatter_ratio
from ..evaluation.statistics import clustered_mean
from ..faces.crops import load_faces
from ..guidance import deciding_options
from ..reporting.figures.embedding import Panel
from ..training import Experiment, TrainConfig
from ..training.center_loss import CenterConfig
from ..training.center_runs import CenterRun, center_parameters, train_center_loss
from .center_loss_parameters import WITH, WITHOUT, CenterLossParameters
from .common import set_title
from .deep_emotion import Split

FOLD = 0  # one network each is enough for a picture
PARTS = {"train": "training part", "test": "held-out part"}


@dataclass(frozen=True)
class Embeddings:
    """Both trainings.

    Attributes:
        title: for figures.
        runs: by name, :data:`WITHOUT` first.
        classes: K names.
        groups: by sample_id, the person where persons are known, else near-duplicates.
    """

    title: str
    runs: dict[str, CenterRun]
    classes: tuple[str, ...]
    groups: pd.Series


def train(study: CenterLossParameters) -> Embeddings | None:
    """Both networks of `study`, or None where it asks for none; what is on disk already is not trained again.

    Raises:
        InputError: the data set does not allow the split, or what the training raises.
    """
    if study.center_dataset == "none":
        return None
    faces = label_space(study.center_label_space)(load_faces(study.center_dataset, study.data, **study.center_options))
    folds = make_folds(study.center_fold_scheme, faces, study.center_folds, study.seed)
    split = Split(study.center_fold_scheme, faces, folds, selecting_part(study.center_fold_scheme, faces))
    config, variants = study.center_training(), study.center_variants()
    planned = [_experiment(study, split, name, center, config) for name, center in variants.items()]
    runs = train_center_loss(planned, config, list(variants.values()), FOLD)
    title = f"{set_title(study.center_dataset)}, {study.center_label_space}, {split.scheme} split"
    groups = pd.Series(split.groups, index=faces.samples["sample_id"])
    return Embeddings(title, dict(zip(variants, runs, strict=True)), faces.classes, groups)


def _experiment(
    study: CenterLossParameters, split: Split, name: str, center: CenterConfig, config: TrainConfig
) -> Experiment:
    faces: FaceSet = split.faces
    options = {"feature_size": study.center_features, "activation": study.center_activation}
    experiment = Experiment(
        folder=study.reports / "runs" / f"{faces.name}-{study.center_label_space}-{study.center_model}",
        model=study.center_model,
        images=np.asarray(faces.images),
        guidance=None,
        labels=faces.labels,
        classes=faces.classes,
        folds=split.folds,
        groups=split.groups,
        sample_ids=faces.samples["sample_id"].to_numpy(),
        model_options=options,
        selecting=split.selecting,
        identity={
            "dataset": {"dataset": study.center_dataset, **study.center_options},
            "label_space": study.center_label_space,
            "variant": f"{study.center_model}, {name}",
            "guidance": deciding_options("none"),
            "fold_scheme": split.scheme,
            "folds": split.count,
        },
    )
    suffix = fingerprint(center_parameters(experiment, config, center, FOLD))
    kind = name.replace(" ", "_")
    folder = experiment.folder.with_name(f"{experiment.folder.name}-{kind}-{split.scheme}-s{study.seed}-{suffix}")
    return replace(experiment, folder=folder)


def table(found: Embeddings) -> pd.DataFrame:
    """A row per training: ``training, epoch`` (the kept one), ``images`` (held out), ``accuracy, low, high`` (in %, the
    Wilson interval of a single network), and the features' scatter between classes by that within them, on the training
    part and on the held-out part, ``scatter_train`` and ``scatter_test``."""
    rows = []
    for name, run in found.runs.items():
        right = _right(run)
        low, high = wilson(right.mean(), len(right))
        kept = points(run, run.best_epoch)
        rows.append(
            {
                "training": name,
                "epoch": run.best_epoch,
                "images": len(right),
                "accuracy": 100 * right.mean(),
                "low": 100 * float(low),
                "high": 100 * float(high),
                **{f"scatter_{part}": scatter_ratio(*_arrays(kept, part)) for part in PARTS},
            }
        )
    return pd.DataFrame(rows)


def sentence(found: Embeddings) -> str:
    """What centre loss changes on the held-out images, on which both networks are asked, with its interval."""
    without, pulled = (_right(found.runs[name]) for name in (WITHOUT, WITH))
    pulled = pulled.loc[without.index]
    change = clustered_mean(pulled.astype(float) - without, found.groups.loc[without.index].to_numpy()).interval
    return (
        f"{found.title}: centre loss changes accuracy on {len(without):,} held-out images by {100 * change.mean:+.1f} "
        f"points (95 % interval {100 * change.low:+.1f} to {100 * change.high:+.1f}, of one network each)"
    )


def for_readers(rows: pd.DataFrame) -> pd.DataFrame:
    """:func:`table` with units."""
    interval = [f"{low:.1f}–{high:.1f}" for low, high in zip(rows["low"], rows["high"], strict=True)]
    return pd.DataFrame(
        {
            "training": rows["training"],
            "epoch": rows["epoch"],
            "accuracy %": rows["accuracy"].round(1),
            "95 % interval": interval,
            "between / within, training": rows["scatter_train"].round(2),
            "between / within, held out": rows["scatter_test"].round(2),
        }
    )


def panels(found: Embeddings) -> dict[str, dict[str, Panel]]:
    """For :func:`~fer_lib.reporting.figures.embedding_scatter`: a row per training, training and held-out part of its
    kept epoch."""
    return {
        name: {title: _panel(run, run.best_epoch, part) for part, title in PARTS.items()}
        for name, run in found.runs.items()
    }


def on_the_way(found: Embeddings, part: str = "test") -> dict[str, dict[str, Panel]]:
    """The same of every snapshot, a column each, for one part; empty where none was taken by both."""
    epochs = sorted(set.intersection(*(set(run.features["epoch"]) for run in found.runs.values())))
    return (
        {name: {f"epoch {epoch}": _panel(run, epoch, part) for epoch in epochs} for name, run in found.runs.items()}
        if epochs
        else {}
    )


def points(run: CenterRun, epoch: int) -> pd.DataFrame:
    """Features of all samples in `epoch`."""
    return run.features[run.features["epoch"] == epoch]


def _panel(run: CenterRun, epoch: int, part: str) -> Panel:
    features, labels = _arrays(points(run, epoch), part)
    centers = run.centers[run.centers["epoch"] == epoch].sort_values("label")
    note = f"between / within {scatter_ratio(features, labels):.2f}"
    return Panel(features, labels, centers[_columns(centers)].to_numpy() if len(centers) else None, note)


def _arrays(rows: pd.DataFrame, part: str) -> tuple[np.ndarray, np.ndarray]:
    rows = rows[rows["split"] == part]
    return rows[_columns(rows)].to_numpy(), rows["label"].to_numpy()


def _columns(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows.columns if name.startswith("x_")]


def _right(run: CenterRun) -> pd.Series:
    """bool by sample_id, of the held-out images."""
    tested = run.predictions[run.predictions["split"] == "test"].set_index("sample_id")
    return tested["label"] == tested["predicted"]
