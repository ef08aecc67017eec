"""Notebook 08: from networks trained on one whole set to the folds of others with the same classes."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..artifacts import fingerprint
from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..datasets.duplicates import exact_groups
from ..datasets.identity import identity_disjoint, identity_sentence
from ..errors import require
from ..evaluation.comparable import Design, beside
from ..evaluation.comparison import variant_table
from ..evaluation.published import all_published
from ..evaluation.statistics import holm
from ..training import Experiment, TrainConfig, cross_validate, fit_complete
from ..training.source import Source, read_source
from ..training.transfer import transferred, untrained_predictions
from . import guided_transformers as guided
from .guided_transformers import GuidedStudy
from .profile_runs import distinct
from .trained_runs import tables_of
from .transfer_parameters import TransferStudy

UNTRAINED = "no training"
SCRATCH = "scratch"
SELECTED = "training_accuracy"  # the published way to end the training of a source
DISJOINT = {True: "yes", False: "no", None: "unknown"}

#: By target, variant, mode.
Nested = dict[str, dict[str, dict[str, pd.DataFrame]]]


@dataclass(frozen=True)
class Target:
    """A set to which networks are transferred.

    Attributes:
        study: what notebook 03 would be given to train on it from scratch.
        experiments: by variant and seed, from scratch.
    """

    title: str
    study: GuidedStudy
    faces: FaceSet
    experiments: dict[str, dict[int, Experiment]]

    @property
    def folds(self) -> np.ndarray:
        return next(iter(next(iter(self.experiments.values())).values())).folds

    @property
    def persons(self) -> str:
        """Whether a person is in two folds, as a sentence."""
        return f"{self.title}: {identity_sentence(self.faces.samples['subject'], self.folds)}"


def train_sources(study: TransferStudy) -> tuple[FaceSet, dict[str, dict[int, Source]]]:
    """The source set, and by variant and seed the network trained on all of it: here, or in `study.source_runs`.

    Raises:
        InputError: a network of `source_runs` was trained on other data, in another label space or as another variant.
    """
    asked = study.guided(
        study.source_dataset, study.source_options, epochs=study.source_epochs, batch_size=study.source_batch_size
    )
    faces = guided.prepare(asked)
    given = {variant: read_source(path) for variant, path in study.source_paths().items()}
    for variant, source in given.items():
        _require_made_for(source, variant, asked)
    sources = {variant: dict.fromkeys(study.seeds, source) for variant, source in given.items()}
    missing = [variant for variant in study.variants if variant not in given]
    planned = {variant: _source_experiment(variant, asked, faces) for variant in missing}
    for seed in study.seeds if missing else ():
        config = asked.training(seed)
        seeded = [_named(e, config, f"source-s{seed}") for e in planned.values()]
        for variant, folder in zip(missing, fit_complete(seeded, config, SELECTED), strict=True):
            sources.setdefault(variant, {})[seed] = read_source(folder)
    return faces, {variant: sources[variant] for variant in study.variants}


def _require_made_for(source: Source, variant: str, asked: GuidedStudy) -> None:
    wanted = {
        "dataset": {"dataset": asked.dataset, **asked.dataset_options},
        "label_space": asked.label_space,
        "variant": variant,
    }
    for key, value in wanted.items():
        found = source.trained_on.get(key)
        require(
            found == value,
            f"source_runs: {source.weights} was trained with {key} {found!r}, but {value!r} is asked for",
        )


def _source_experiment(variant: str, asked: GuidedStudy, faces: FaceSet) -> Experiment:
    """Nothing is held out, so there are no folds, and none in the record."""
    whole = np.zeros(len(faces), np.int64)
    experiment = guided.variant_experiment(variant, asked, faces, folds=whole, groups=whole)
    identity = {key: value for key, value in experiment.identity.items() if key not in ("fold_scheme", "folds")}
    return replace(experiment, identity=identity)


def _named(experiment: Experiment, config: TrainConfig, what: str) -> Experiment:
    """In a folder that says `what` it is; other parameters, another folder."""
    name = f"{experiment.folder.name}-{what}-{fingerprint(experiment.parameters(config))}"
    return replace(experiment, folder=experiment.folder.with_name(name))


def prepare_targets(study: TransferStudy, source: FaceSet) -> list[Target]:
    """The targets under their folds.

    Raises:
        InputError: a tested image was in the source's training set, so its answer is known.
    """
    targets = []
    asked = [study.guided_target(target) for target in study.targets]
    for one, title in zip(asked, distinct([title_of(one) for one in asked]), strict=True):
        faces = guided.prepare(one)
        shared = shared_images(source.images, faces.images)
        require(
            shared == 0,
            f"{faces.name}: {shared} of {len(faces)} images are in the source set {source.name} too, so what is tested "
            "was trained on; take another source or target",
        )
        targets.append(Target(title, one, faces, guided.experiments(one, faces)))
    return targets


def title_of(study: GuidedStudy) -> str:
    """The set's name, and its style where it has one: ``synthetic faces (wild)``."""
    style = study.dataset_options.get("style")
    return f"{study.set_name} ({style})" if style else study.set_name


def shared_images(source: np.ndarray, target: np.ndarray) -> int:
    """How many images of `target` are, pixel by pixel, in `source`; uint8 (N, H, W[, 3]) each."""
    if source.shape[1:] != target.shape[1:]:
        return 0
    groups = exact_groups([*source, *target])
    return int(np.isin(groups[len(source) :], groups[: len(source)]).sum())


def train(
    study: TransferStudy, targets: list[Target], sources: dict
) -> dict[str, dict[str, dict[str, dict[int, Run]]]]:
    """Runs by target, variant, mode and seed; what is on disk already is not trained again."""
    planned = [
        (target.title, variant, mode, seed, *_planned(study, target, variant, mode, seed, sources))
        for seed in study.seeds
        for target in targets
        for variant in study.variants
        for mode in study.modes
    ]
    trained = cross_validate([row[-2] for row in planned], [row[-1] for row in planned])
    runs: dict = {}
    for (title, variant, mode, seed, *_), run in zip(planned, trained, strict=True):
        runs.setdefault(title, {}).setdefault(variant, {}).setdefault(mode, {})[seed] = run
    return runs


def _planned(
    study: TransferStudy, target: Target, variant: str, mode: str, seed: int, sources: dict
) -> tuple[Experiment, TrainConfig]:
    experiment, config = target.experiments[variant][seed], target.study.training(seed)
    if mode == SCRATCH:
        return experiment, config  # the run of notebook 03, where that has trained it
    config = replace(config, fine_tune=mode, unfreeze_every=study.unfreeze_every if mode == "gradual" else 1)
    started = transferred(experiment, sources[variant][seed], experiment.folder, mode)
    plain = started.folder.name.removesuffix(f"-{fingerprint(experiment.parameters(target.study.training(seed)))}")
    name = f"{plain}-{mode}-{fingerprint(started.parameters(config))}"
    return replace(started, folder=started.folder.with_name(name)), config


def predictions(targets: list[Target], sources: dict, runs: dict) -> Nested:
    """Prediction tables, all seeds together, with the source networks' own answers as the first mode."""
    tables: Nested = {}
    for target in targets:
        for variant, by_seed in target.experiments.items():
            asked = {
                seed: untrained_predictions(
                    transferred(e, sources[variant][seed], e.folder, UNTRAINED), target.study.training(seed)
                )
                for seed, e in by_seed.items()
            }
            untrained = pd.concat([table.assign(seed=seed) for seed, table in asked.items()], ignore_index=True)
            trained = tables_of(runs[target.title][variant], "predictions")
            tables.setdefault(target.title, {})[variant] = {UNTRAINED: untrained, **trained}
    return tables


def histories(runs: dict) -> Nested:
    """Learning curves, all seeds together."""
    return {
        title: {variant: tables_of(by_mode, "history") for variant, by_mode in by_variant.items()}
        for title, by_variant in runs.items()
    }


def results(targets: list[Target], tables: Nested) -> pd.DataFrame:
    """Every mode on every target, compared with training from scratch on the same folds and seeds.

    Returns:
        ``target``, ``variant``, ``mode``, then the columns of :func:`~fer_lib.evaluation.comparison.variant_table`;
        ``p_holm`` is adjusted over all rows. ``identity_disjoint``: "yes", "no" or "unknown".
    """
    nothing = pd.DataFrame(columns=["accuracy", "half_width"])
    parts = []
    for target in targets:
        disjoint = DISJOINT[identity_disjoint(target.faces.samples["subject"], target.folds)]
        for variant, by_mode in tables[target.title].items():
            part = variant_table(by_mode, nothing, baseline=SCRATCH).rename(columns={"variant": "mode"})
            part.insert(0, "variant", variant)
            part.insert(0, "target", target.title)
            parts.append(part.assign(identity_disjoint=disjoint))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(p_holm=holm(table["p_value"])) if "p_value" in table else table


def published_beside(target: Target) -> tuple[pd.DataFrame, str]:
    """Published numbers that may stand beside the target's, and a sentence about those that may not."""
    one = target.study
    design = Design(
        one.dataset, one.label_space, target.faces.classes, one.protocol, one.fold_scheme, one.folds, len(target.faces)
    )
    return beside(design, all_published())


def facts(sources: dict, runs: dict) -> dict:
    """For the stage's card: folders of runs and sources, and what trained them."""
    flat = [run for variants in runs.values() for modes in variants.values() for seeds in modes.values()
            for run in seeds.values()]  # fmt: skip
    return {
        "sources": {
            variant: sorted({source.weights.parents[1].name for source in by_seed.values()})
            for variant, by_seed in sources.items()
        },
        "runs": [run.folder.name for run in flat],
        "training_seconds": sum(run.card["seconds"] for run in flat),
        "engines": sorted({engine for run in flat for engine in run.card["engine"]}),
    }
