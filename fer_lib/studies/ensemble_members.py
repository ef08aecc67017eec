"""Which trained networks of a profile can be asked together, and about which images."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..artifacts import fingerprint, require_card
from ..artifacts.runs import Run
from ..datasets import FaceSet
from ..datasets.folds import subjects_of
from ..datasets.labels import label_space
from ..datasets.near_duplicates import near_groups_of
from ..errors import require
from ..evaluation.comparable import Design
from ..faces.crops import load_faces
from ..faces.similarity import aligned_faces
from ..faces.squares import squares_of_run
from ..guidance import GUIDANCE, network_inputs
from ..registry import nearest
from .common import set_title
from .ensembles_parameters import EnsembleStudy
from .profile_runs import Entry, distinct, entries_of, entry_names
from .trained_runs import how_to_train

PARTS = ("validation", "test")
#: Members of the published ensemble by model and head; its ResNet-50 was pre-trained on VGG-Face2, and nobody has it.
PUBLISHED_AS = {
    ("residual_masking", "dropout1"): "resmasking_dropout1",
    ("residual_masking", "linear"): "resmasking",
    **{(name, None): name for name in ("resnet18", "resnet101", "cbam_resnet50", "efficientnet_b2b")},
}
SAME_NETWORK = ("head", "weights", "image_size", "normalize")


@dataclass(frozen=True)
class Group:
    """M networks that were selected and tested on the same images, fold by fold.

    Attributes:
        name: for files; title: for readers.
        runs: by the name of the member.
        faces: the images that validate or are tested in any fold.
        rows: ``sample_id, fold, split`` ("validation" or "test"), ``label``, ``position`` (in `faces`), ``unit`` (equal
            for images of a person, or for near duplicates); a row per image and fold, R in all.
        unit: "persons" or "near duplicates".
    """

    name: str
    title: str
    design: Design
    runs: dict[str, Run]
    faces: FaceSet
    rows: pd.DataFrame
    unit: str

    @property
    def members(self) -> list[str]:
        return list(self.runs)

    @property
    def folds(self) -> list[int]:
        return [int(fold) for fold in np.unique(self.rows["fold"])]

    def part(self, split: str, fold: int | None = None) -> np.ndarray:
        """Positions in `rows`, int64, of a part of one fold, or of all folds in their order."""
        inside = self.rows["split"] == split
        return np.flatnonzero(inside if fold is None else inside & (self.rows["fold"] == fold))

    @property
    def seeds(self) -> str:
        """Of the trainings, such as "2020" or "1, 2"."""
        return ", ".join(map(str, sorted({run.card["parameters"]["training"]["seed"] for run in self.runs.values()})))

    @property
    def published_names(self) -> list[str | None]:
        """Which member of the published ensemble each one is."""
        return [_published_name(run.card["parameters"]) for run in self.runs.values()]


def gather(study: EnsembleStudy) -> tuple[list[Group], list[str]]:
    """The groups found among the runs of the sources, and sentences about runs that are left out.

    Members share the data set, classes, folds, the tested images and those that validate: what chooses members must
    be new to every one of them. Under folds of ours that part depends on the training's seed, so that seeds do not mix.

    Raises:
        InputError: a source has not been run, a variant or split was not trained, runs do not fit the data set, or none
            has a part that validates.
    """
    for source in study.sources:
        require_card(study.reports / source, how_to_train(study, source))
    entries = _wanted(study, [e for e in entries_of(study.reports) if e.notebook in study.sources])
    together: dict[str, list[tuple[Entry, int, pd.DataFrame]]] = {}
    left_out = []
    for entry in entries:
        for seed, run in entry.runs.items():
            rows = _rows(run)
            if (rows["split"] == "validation").any():
                together.setdefault(_key(run, rows), []).append((entry, seed, rows))
            else:
                left_out.append(f"{run.folder.name} is left out: no part of its images validated (reference protocol).")
    require(
        bool(together),
        f"{', '.join(study.sources)}: no run has a part that validates, expected runs of the honest protocol",
    )
    return _told_apart([_group(study, found) for found in together.values()]), left_out


def _told_apart(groups: list[Group]) -> list[Group]:
    """Names for files are numbered where two are equal, titles name the seeds."""
    often = Counter(group.title for group in groups)
    names = distinct([group.name for group in groups])
    titles = [group.title if often[group.title] == 1 else f"{group.title}, seed {group.seeds}" for group in groups]
    return [replace(group, name=name, title=title) for group, name, title in zip(groups, names, titles, strict=True)]


def _wanted(study: EnsembleStudy, entries: list[Entry]) -> list[Entry]:
    require(bool(entries), f"{', '.join(study.sources)}: no runs, expected notebooks that have trained networks")
    chosen = entries
    for asked, what, key in (
        (study.variants, "runs of", "variant"),
        (study.splits, "runs under the split", "fold_scheme"),
    ):
        known = dict.fromkeys(entry.card["parameters"][key] for entry in entries)
        for name in asked:
            require(
                name in known,
                f"{', '.join(study.sources)}: no {what} {name!r}{nearest(name, known)} (has {', '.join(known)})",
            )
        chosen = [entry for entry in chosen if not asked or entry.card["parameters"][key] in asked]
    require(bool(chosen), f"{', '.join(study.sources)}: no runs of these variants under these splits")
    return chosen


def _rows(run: Run) -> pd.DataFrame:
    """Who was asked what, in an order that does not depend on the run."""
    columns = ["split", "fold", "sample_id", "label"]
    rows = run.predictions.loc[run.predictions["split"].isin(PARTS), columns]
    return rows.sort_values(columns[:3], ignore_index=True)


def _key(run: Run, rows: pd.DataFrame) -> str:
    given = run.card["parameters"]
    shared = [given[key] for key in ("dataset", "label_space", "classes", "fold_scheme", "folds")]
    return fingerprint([*shared, int(pd.util.hash_pandas_object(rows, index=True).sum())])


def _group(study: EnsembleStudy, found: list[tuple[Entry, int, pd.DataFrame]]) -> Group:
    entries = list({id(entry): entry for entry, _, _ in found}.values())
    seeds = {seed for _, seed, _ in found}
    names = dict(zip(map(id, entries), entry_names(entries), strict=True))
    runs = {
        names[id(entry)] + (f", seed {seed}" if len(seeds) > 1 else ""): entry.runs[seed] for entry, seed, _ in found
    }
    given, rows = found[0][0].card["parameters"], found[0][2]
    options = dict(given["dataset"])
    dataset, space, scheme = options.pop("dataset"), given["label_space"], given["fold_scheme"]
    faces = label_space(space)(load_faces(dataset, study.data, **options))
    require(
        faces.classes == tuple(given["classes"]),
        f"{faces.name}: classes {', '.join(faces.classes)}, but the runs know {', '.join(given['classes'])}",
    )
    faces, rows, unit = _joined(faces, rows)
    tested = rows[rows["split"] == "test"]
    design = Design(
        dataset, space, faces.classes, given["training"]["protocol"], scheme, tested["fold"].nunique(), len(tested)
    )
    title = f"{set_title(dataset)}, {space}, {scheme} split"
    return Group("-".join((dataset, space, scheme)), title, design, runs, faces, rows, unit)


def _joined(faces: FaceSet, rows: pd.DataFrame) -> tuple[FaceSet, pd.DataFrame, str]:
    """The images that are asked about, and `rows` with their positions among them and their units."""
    place = pd.Index(faces.samples["sample_id"]).get_indexer(rows["sample_id"])
    require(bool((place >= 0).all()), f"{faces.name}: {(place < 0).sum()} images of the runs are not in the data set")
    differing = int((faces.labels[place] != rows["label"]).sum())
    require(
        not differing, f"{faces.name}: {differing} labels differ from those of the runs; was the data set replaced?"
    )
    known = bool((faces.samples["subject"] != "").all())
    units = subjects_of(faces) if known else near_groups_of(faces)
    used, position = np.unique(place, return_inverse=True)
    unit = "persons" if known else "near duplicates"
    return faces.subset(used), rows.assign(position=position, unit=units[place]), unit


def _published_name(given: dict) -> str | None:
    options = given.get("model_options", {})
    if not set(options) <= set(SAME_NETWORK):
        return None
    head = options.get("head", "dropout1") if given["model"] == "residual_masking" else None
    return PUBLISHED_AS.get((given["model"], head))


def inputs_of(
    study: EnsembleStudy, group: Group, run: Run
) -> tuple[np.ndarray, np.ndarray | dict[int, np.ndarray] | None]:
    """What a run's networks are given of the group's images: images uint8 (n, H, W[, 3]), and guidance, by fold where
    each fold's network has maps of its own, or None.

    The networks of the guided study see grey images of 48 × 48 and their guidance, those of facial motion priors
    aligned faces, those of FERAtt's study upright ones; others the images as they are.
    """
    given = run.card["parameters"]
    if "alignment" in given:
        how = dict(given["alignment"])
        return np.asarray(aligned_faces(group.faces, study.data, how.pop("frame"), **how).images), None
    if "squares" in given:
        return np.asarray(squares_of_run(group.faces, study.data, given["squares"]).images), None
    guided = given["model"] in ("simple_cnn", "guided_stn")
    kind = given["variant"] if given["variant"] in GUIDANCE else "none"
    if not guided:
        return np.asarray(group.faces.images), None
    options = given.get("guidance", {})
    if "fold" in GUIDANCE[kind].options:
        by_fold = {fold: network_inputs(kind, group.faces, study.data, fold=fold, **options) for fold in group.folds}
        return np.asarray(by_fold[group.folds[0]][0]), {fold: np.asarray(maps) for fold, (_, maps) in by_fold.items()}
    images, guidance = network_inputs(kind, group.faces, study.data, **options)
    return np.asarray(images), None if guidance is None else np.asarray(guidance)
