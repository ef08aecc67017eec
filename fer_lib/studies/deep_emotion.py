"""Notebook 04: Deep-Emotion and its variants on each of its sets, under splits that leak and splits that do not."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..artifacts import fingerprint
from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..datasets.folds import make_folds, official, selecting_part, sequences_of, subjects_of
from ..datasets.identity import identity_disjoint, identity_sentence
from ..datasets.labels import label_space
from ..datasets.near_duplicates import near_groups_of
from ..errors import require
from ..faces.crops import load_faces
from ..guidance import deciding_options
from ..training import Experiment, cross_validate
from .common import set_title
from .deep_emotion_parameters import DeepEmotionStudy
from .profile_runs import distinct
from .target_parameters import TargetParameters

NETWORK_SIZE = (48, 48)
DISJOINT = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True)
class Split:
    """One way to divide a set.

    Attributes:
        faces: the images that are trained on, select or are tested.
        folds, selecting: as :class:`~fer_lib.training.Experiment` takes them.
    """

    scheme: str
    faces: FaceSet
    folds: np.ndarray
    selecting: np.ndarray | None

    @property
    def count(self) -> int:
        """Folds that are tested."""
        return int(self.folds.max()) + 1

    @property
    def whole(self) -> bool:
        """Whether every image is tested."""
        return bool((self.folds >= 0).all())

    @property
    def parts(self) -> np.ndarray:
        """(N,), what a person may be in two of: folds, or the parts of a split."""
        return self.folds if self.selecting is None else np.where(self.selecting, -2, self.folds)

    @property
    def groups(self) -> np.ndarray:
        """(N,), what is on one side when a part of the training folds is drawn to select: what is on one side of the
        split itself. Were people kept together under "random" too, those who select would be trained on by nobody,
        and what their tested images leak would not be seen.
        """
        if self.scheme == "random":
            return np.arange(len(self.faces))
        return sequences_of(self.faces) if self.scheme == "sequence" else _groups(self.faces)


@dataclass(frozen=True)
class Target:
    """A set, its splits, and what is planned on it (an entry of :meth:`DeepEmotionStudy.planned`)."""

    title: str
    entry: dict
    faces: FaceSet
    splits: dict[str, Split]

    @property
    def groups(self) -> pd.Series:
        """By sample_id, the person where persons are known, else near-duplicates: images that depend on each other."""
        return pd.Series(_groups(self.faces), index=self.faces.samples["sample_id"])

    def sentence(self, split: Split) -> str:
        """Size and identity of a split, to be printed beside its results."""
        persons = identity_sentence(split.faces.samples["subject"], split.parts)
        tested = int((split.folds >= 0).sum())
        return f"{self.title}, {split.scheme}: {tested:,} of {len(split.faces):,} images tested, {persons}"

    def disjoint(self, split: Split) -> str:
        return DISJOINT[identity_disjoint(split.faces.samples["subject"], split.parts)]


#: By target, split, variant (and seed).
Runs = dict[str, dict[str, dict[str, dict[int, Run]]]]


def _groups(faces: FaceSet) -> np.ndarray:
    known = (faces.samples["subject"] != "").all()
    return subjects_of(faces) if known else near_groups_of(faces)


def prepare(study: DeepEmotionStudy) -> list[Target]:
    """The planned sets in their label spaces, with their splits.

    Raises:
        InputError: images that are not 48 × 48 grey pixels; a split that the set does not allow.
    """
    planned = study.planned()
    titles = distinct([set_title(entry["dataset"]) for entry in planned])
    return [_target(study, entry, title) for entry, title in zip(planned, titles, strict=True)]


def _target(study: DeepEmotionStudy, entry: dict, title: str) -> Target:
    faces = label_space(entry["label_space"])(load_faces(entry["dataset"], study.data, **entry["options"]))
    size = faces.images.shape[1:]
    shown = " × ".join(map(str, size))
    require(size == NETWORK_SIZE, f"{faces.name}: images are {shown}, Deep-Emotion takes 48 × 48 grey pixels")
    splits = {scheme: _split(scheme, study, entry, faces) for scheme in entry["splits"]}
    return Target(title, entry, faces, splits)


def _split(scheme: str, study: DeepEmotionStudy, entry: dict, faces: FaceSet) -> Split:
    if scheme == "official" and study.select_on == "first_rows":
        return _first_rows(study, faces)
    folds = make_folds(scheme, faces, entry["folds"], study.seed)
    return Split(scheme, faces, folds, selecting_part(scheme, faces))


def _first_rows(study: DeepEmotionStudy, faces: FaceSet) -> Split:
    """As many training rows as the validation part has select in its place, and nobody sees that part."""
    validation = official(faces.samples) == "validation"
    kept = faces.subset(~validation)
    folds = make_folds("official", kept, 1, study.seed)
    trained = np.flatnonzero(folds < 0)
    require(
        0 < validation.sum() < len(trained),
        f"{faces.name}: {validation.sum()} images in the official validation part and {len(trained)} in the training "
        "part, so first rows cannot select in place of the former; set select_on to 'official'",
    )
    selecting = np.zeros(len(kept), bool)
    selecting[trained[: validation.sum()]] = True
    return Split("official", kept, folds, selecting)


def experiments(study: DeepEmotionStudy, target: Target, split: Split) -> dict[str, dict[int, Experiment]]:
    """By variant and seed."""
    groups = split.groups
    return {variant: _by_seed(study, target, split, variant, groups) for variant in target.entry["variants"]}


def _by_seed(study: DeepEmotionStudy, target: Target, split: Split, variant: str, groups) -> dict[int, Experiment]:
    entry = target.entry
    experiment = unseeded(study, entry, split, variant, study.network(variant), groups)
    name = experiment.folder.name
    seeded = {}
    for seed in entry["seeds"]:
        suffix = fingerprint(experiment.parameters(study.training(variant, entry, seed)))
        seeded[seed] = replace(experiment, folder=experiment.folder.with_name(f"{name}-s{seed}-{suffix}"))
    return seeded


def unseeded(
    study: TargetParameters, entry: dict, split: Split, variant: str, network: tuple[str, dict], groups, **identity
) -> Experiment:
    """The experiment of a variant on a split, in a folder whose name lacks seed and fingerprint.

    Args:
        network: name and options of the model. groups: of `split`, computed once for all variants.
        identity: named in the card beside what all such runs name.
    """
    faces, (model, options) = split.faces, network
    return Experiment(
        folder=study.reports
        / "runs"
        / f"{faces.name}-{entry['label_space']}-{variant}-{split.scheme}-{study.protocol}",
        model=model,
        images=np.asarray(faces.images),
        guidance=None,
        labels=faces.labels,
        classes=faces.classes,
        folds=split.folds,
        groups=groups,
        sample_ids=faces.samples["sample_id"].to_numpy(),
        model_options=options,
        selecting=split.selecting,
        identity={
            "dataset": {"dataset": entry["dataset"], **entry["options"]},
            "label_space": entry["label_space"],
            "variant": variant,
            "guidance": deciding_options("none"),
            "fold_scheme": split.scheme,
            "folds": split.count,
            **identity,
        },
    )


def train(study: DeepEmotionStudy, targets: list[Target]) -> Runs:
    """Runs by target, split, variant and seed; what is on disk already is not trained again."""
    planned = [
        (target.title, scheme, variant, seed, experiment, study.training(variant, target.entry, seed))
        for target in targets
        for scheme, split in target.splits.items()
        for variant, by_seed in experiments(study, target, split).items()
        for seed, experiment in by_seed.items()
    ]
    trained = cross_validate([row[-2] for row in planned], [row[-1] for row in planned])
    runs: Runs = {}
    for (title, scheme, variant, seed, *_), run in zip(planned, trained, strict=True):
        runs.setdefault(title, {}).setdefault(scheme, {}).setdefault(variant, {})[seed] = run
    return runs
