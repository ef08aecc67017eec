"""Notebook 05: facial motion priors (FMPN), its classifier alone, and masks that are right or wrong on purpose."""

from dataclasses import dataclass, replace
from inspect import signature

import numpy as np

from ..artifacts import fingerprint
from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..datasets.folds import NEVER_TESTED, make_folds, selecting_part
from ..datasets.labels import canonical, label_space
from ..errors import require
from ..faces.crops import load_faces
from ..faces.similarity import aligned_faces
from ..guidance import deciding_options
from ..guidance.motion import MotionMasks, make_motion_masks
from ..models.frame import frame_size
from ..models.registry import MODELS, create_model
from ..training import Experiment
from ..training.motion import MotionTask, cross_validate_motion
from .common import set_title
from .deep_emotion import Runs, Split, Target
from .motion_parameters import MotionPriorStudy
from .profile_runs import distinct

NEUTRAL = "neutral"


@dataclass(frozen=True)
class MotionTarget(Target):
    """A set whose faces are aligned, and the motion masks of its folds.

    Attributes:
        frame: side of the aligned faces in pixels.
        masks: by split.
    """

    frame: int
    masks: dict[str, MotionMasks]

    @property
    def name(self) -> str:
        """For files."""
        return self.faces.name


def prepare(study: MotionPriorStudy) -> list[MotionTarget]:
    """The planned sets in their label spaces, aligned, with their splits and motion masks.

    Raises:
        InputError: a label space with neutral faces, which do not move; a split that the set does not allow; masks that
            cannot be made; weights that are not there.
    """
    planned = study.planned()
    for entry in planned:
        for variant in entry["variants"]:
            require_weights_there(study, variant, entry)
    titles = distinct([set_title(entry["dataset"]) for entry in planned])
    return [_target(study, entry, title) for entry, title in zip(planned, titles, strict=True)]


def _target(study: MotionPriorStudy, entry: dict, title: str) -> MotionTarget:
    whole = load_faces(entry["dataset"], study.data, **entry["options"])
    chosen = label_space(entry["label_space"])(whole)
    require(
        NEUTRAL not in map(canonical, chosen.classes),
        f"{whole.name}: the label space {entry['label_space']!r} has the class {NEUTRAL!r}, whose faces do not move; "
        "expected expressions alone, such as 'expression6'",
    )
    frame = frame_size(_image_size(study, entry))
    faces = aligned_faces(chosen, study.data, frame, landmarks=entry["landmarks"])
    splits, masks = {}, {}
    for scheme in entry["splits"]:
        folds, selecting = make_folds(scheme, faces, entry["folds"], study.seed), selecting_part(scheme, faces)
        splits[scheme] = Split(scheme, faces, folds, selecting)
        masks[scheme] = make_motion_masks(
            whole,
            folds_of_all(whole, chosen, folds),
            chosen.classes,
            study.data,
            source=entry["source"],
            borrowed_from=entry["borrowed_from"],
            left_out=None if selecting is None else placed(whole, chosen, selecting, False),
            normalizer=entry["normalizer"],
            size=study.mask_size,
            photometric=study.photometric,
            blur=study.blur,
            landmarks=entry["landmarks"],
        )
    return MotionTarget(title, entry, faces, splits, frame, masks)


def require_weights_there(study: MotionPriorStudy, variant: str, entry: dict) -> None:
    """Raise InputError where a classifier starts from weights that cannot be read: now, not after hours of training."""
    model, options = study.network(variant, entry)
    if "weights" in options:
        create_model(model, num_classes=2, **options)


def _image_size(study: MotionPriorStudy, entry: dict) -> int:
    """What all variants of an entry see: their images are made once."""
    sizes = {}
    for variant in entry["variants"]:
        model, options = study.network(variant, entry)
        sizes[variant] = options.get("image_size", signature(MODELS[model]).parameters["image_size"].default)
    require(
        len(set(sizes.values())) == 1,
        f"{entry['dataset']}: variants see images of different sizes "
        f"({', '.join(f'{name} {size}' for name, size in sizes.items())}); set image_size",
    )
    return next(iter(sizes.values()))


def placed(whole: FaceSet, chosen: FaceSet, values: np.ndarray, fill) -> np.ndarray:
    """`values` of the images of `chosen` at their places in `whole`, `fill` at the others."""
    found = np.full(len(whole), fill, dtype=np.asarray(values).dtype)
    found[chosen.rows] = values
    return found


def folds_of_all(whole: FaceSet, chosen: FaceSet, folds: np.ndarray) -> np.ndarray:
    """The fold that tests each image of `whole`, of which only those of `chosen` are classified.

    An image that is not, such as a neutral face, goes where its person is tested: into a mask of that fold it must not
    come. Persons who are tested in several folds, or in none, leave it to :data:`NEVER_TESTED`.
    """
    found = placed(whole, chosen, folds, NEVER_TESTED)
    subjects = whole.samples["subject"].to_numpy()
    rest = np.ones(len(whole), bool)
    rest[chosen.rows] = False
    for subject in np.unique(subjects[rest]):
        own = np.unique(folds[chosen.samples["subject"].to_numpy() == subject])
        if subject != "" and len(own) == 1:
            found[rest & (subjects == subject)] = own[0]
    return found


def tasks(study: MotionPriorStudy, target: MotionTarget, split: Split) -> dict[str, dict[int, MotionTask]]:
    """By variant and seed."""
    groups = split.groups
    return {variant: _by_seed(study, target, split, variant, groups) for variant in target.entry["variants"]}


def _by_seed(
    study: MotionPriorStudy, target: MotionTarget, split: Split, variant: str, groups
) -> dict[int, MotionTask]:
    entry, faces, masks = target.entry, split.faces, target.masks[split.scheme]
    model, options = study.network(variant, entry)
    name = f"{faces.name}-{entry['label_space']}-{variant}-{split.scheme}-{study.protocol}"
    masked = options.get("masks") != "none"
    experiment = Experiment(
        folder=study.reports / "runs" / name,
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
            "alignment": {"points": "eyes", "landmarks": entry["landmarks"], "frame": target.frame},
            **({"mask_source": masks.card["parameters"]["source"]} if masked else {}),
        },
    )
    seeded = {}
    for seed in entry["seeds"]:
        task = MotionTask(
            experiment,
            study.training(variant, entry, seed),
            study.motion(variant, entry),
            masks.masks if masked else None,
            shown(study.control(variant), faces.labels, len(faces.classes), seed),
        )
        folder = experiment.folder.with_name(f"{name}-s{seed}-{fingerprint(task.parameters())}")
        seeded[seed] = replace(task, experiment=replace(experiment, folder=folder))
    return seeded


def shown(control: str | None, labels: np.ndarray, classes: int, seed: int) -> np.ndarray | None:
    """The class whose mask each image is given: its own for "oracle", any other with equal chances for "shuffled";
    None where masks are predicted."""
    if control is None:
        return None
    if control == "oracle":
        return np.array(labels)
    return (labels + np.random.default_rng(seed).integers(1, classes, len(labels))) % classes


def train(study: MotionPriorStudy, targets: list[MotionTarget]) -> Runs:
    """Runs by target, split, variant and seed; what is on disk already is not trained again."""
    planned = [
        (target.title, scheme, variant, seed, task)
        for target in targets
        for scheme, split in target.splits.items()
        for variant, by_seed in tasks(study, target, split).items()
        for seed, task in by_seed.items()
    ]
    trained = cross_validate_motion([row[-1] for row in planned])
    runs: Runs = {}
    for (title, scheme, variant, seed, _), run in zip(planned, trained, strict=True):
        runs.setdefault(title, {}).setdefault(scheme, {}).setdefault(variant, {})[seed] = run
    return runs


def honest(study: MotionPriorStudy, runs: Runs) -> Runs:
    """Those that know nothing of a tested image's label: what may be ranked and asked by others."""
    return _only(runs, lambda variant: study.control(variant) is None)


def controls(study: MotionPriorStudy, runs: Runs) -> Runs:
    """Those that do."""
    return _only(runs, lambda variant: study.control(variant) is not None)


def _only(runs: Runs, wanted) -> Runs:
    return {
        title: {
            scheme: {variant: by_seed for variant, by_seed in by_variant.items() if wanted(variant)}
            for scheme, by_variant in splits.items()
        }
        for title, splits in runs.items()
    }


def one_run(runs: Runs, target: MotionTarget, scheme: str, variant: str) -> Run:
    """Of the smallest seed."""
    by_seed = runs[target.title][scheme][variant]
    return by_seed[min(by_seed)]
