"""What notebook 04 found: variants on every split, what leaks are worth, and what was published."""

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from ..artifacts.runs import Run
from ..evaluation.ablation import ablation_table
from ..evaluation.comparable import Design, comparable
from ..evaluation.published import published
from ..evaluation.split_gaps import split_gaps
from .deep_emotion import Runs, Split, Target
from .deep_emotion_parameters import AS_DRAWN
from .target_parameters import TargetParameters
from .trained_runs import tables_of

PAPER = "deep_emotion"
#: Variants whose transforms are shown.
WARPING = ("deep_emotion", "input_warp")


def results(targets: list[Target], runs: Runs, baseline: str = AS_DRAWN) -> pd.DataFrame:
    """Every variant on every split.

    Args:
        baseline: the variant that the others are compared with; the network as drawn.

    Returns:
        ``target``, ``split``, ``identity_disjoint`` ("yes", "no", "unknown"), the columns of
        :func:`~fer_lib.evaluation.ablation.ablation_table`, and ``last_epoch``:
        accuracy in % of the same trainings after their last epoch (quirk D5), over all tested images and seeds.
    """
    parts = []
    for target in targets:
        for scheme, split in target.splits.items():
            by_variant = runs[target.title][scheme]
            part = ablation_table(tables_of(by_variant, "predictions"), baseline, target.groups)
            last = {variant: _last_epochs(table, split) for variant, table in tables_of(by_variant, "history").items()}
            part["last_epoch"] = part["variant"].map(last)
            part.insert(0, "identity_disjoint", target.disjoint(split))
            part.insert(0, "split", scheme)
            part.insert(0, "target", target.title)
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _last_epochs(history: pd.DataFrame, split: Split) -> float:
    """Runs under the reference protocol do not watch the tested part: it selects, and stands there instead."""
    tested = "watch_accuracy" if "watch_accuracy" in history else "select_accuracy"
    last = history.sort_values("epoch").groupby(["seed", "fold"])[tested].last()
    images = np.bincount(split.folds[split.folds >= 0])  # folds of whole people differ in size
    return float(100 * np.average(last, weights=images[last.index.get_level_values("fold")]))


def leaks(targets: list[Target], runs: Runs) -> pd.DataFrame:
    """What stricter splits take away, for the targets with several that test every image:
    :func:`~fer_lib.evaluation.split_gaps.split_gaps` with a first column ``target``."""
    parts = []
    for target in targets:
        whole = [scheme for scheme, split in target.splits.items() if split.whole]
        tables = {scheme: tables_of(runs[target.title][scheme], "predictions") for scheme in whole}
        part = split_gaps(tables, target.groups)
        part.insert(0, "target", target.title)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def beside_published(
    study: TargetParameters,
    targets: list[Target],
    found: pd.DataFrame,
    paper: str = PAPER,
    variant: str = AS_DRAWN,
    theirs: tuple[str, ...] = (AS_DRAWN,),
) -> pd.DataFrame:
    """The paper's own numbers on each set beside ours on each split, and why they are not the same thing.

    Args:
        found: as :func:`results` makes it.
        variant: ours. theirs: those of :func:`~fer_lib.evaluation.published.published` that it stands beside.

    Returns:
        ``target, split, identity_disjoint, ours, low, high, published_variant, published, status, reason`` (%;
        ``reason`` is empty where they are comparable). Empty where the paper has no number on a set.
    """
    rows, numbers = [], published(paper)
    ours = found[found["variant"] == variant].set_index(["target", "split"])
    for target in targets:
        entry = target.entry
        own = numbers[(numbers["dataset"] == entry["dataset"]) & numbers["variant"].isin(theirs)]
        for scheme, split in target.splits.items():
            if (target.title, scheme) not in ours.index:
                continue
            mine = ours.loc[(target.title, scheme)]
            design = Design(
                entry["dataset"], entry["label_space"], split.faces.classes, study.protocol, scheme, split.count,
                int(mine["samples"]),
            )  # fmt: skip
            for _, row in comparable(design, own).iterrows():
                rows.append(
                    {
                        "target": target.title,
                        "split": scheme,
                        "identity_disjoint": mine["identity_disjoint"],
                        "ours": mine["accuracy"],
                        "low": mine["low"],
                        "high": mine["high"],
                        "published_variant": row["variant"],
                        "published": row["accuracy"],
                        "status": row["status"],
                        "reason": row["reason"],
                    }
                )
    columns = ["target", "split", "identity_disjoint", "ours", "low", "high", "published_variant", "published"]
    return pd.DataFrame(rows, columns=[*columns, "status", "reason"])


def facts(runs: Runs) -> dict:
    """For the stage's card: folders of the runs by target, split and variant, and what trained them."""
    flat = [run for splits in runs.values() for variants in splits.values() for seeds in variants.values()
            for run in seeds.values()]  # fmt: skip
    return {
        "runs": {
            title: {
                scheme: {
                    variant: [run.folder.name for run in by_seed.values()] for variant, by_seed in variants.items()
                }
                for scheme, variants in splits.items()
            }
            for title, splits in runs.items()
        },
        "training_seconds": sum(run.card["seconds"] for run in flat),
        "engines": sorted({engine for run in flat for engine in run.card["engine"]}),
        "selected_on": sorted({run.card["selected_on"] for run in flat}),
    }


def confusions(
    targets: list[Target], runs: Runs, variant: str = AS_DRAWN
) -> dict[str, tuple[np.ndarray, tuple[str, ...]]]:
    """What `variant`, the network as drawn, takes each class for, over all tested images and seeds of the strictest
    split: int (K, K) counts, rows true, and the class names, by set that it was trained on."""
    found = {}
    for target in targets:
        scheme, by_variant = _strictest(target, runs)
        if variant in by_variant:
            table = tables_of({variant: by_variant[variant]}, "predictions")[variant].query("split == 'test'")
            labels = range(len(target.faces.classes))
            counts = confusion_matrix(table["label"], table["predicted"], labels=labels)
            found[f"{target.title}, {scheme} split"] = counts, target.faces.classes
    return found


def histories(targets: list[Target], runs: Runs) -> dict[str, dict[str, pd.DataFrame]]:
    """History tables of the strictest split by set and variant, all seeds together."""
    return {target.title: tables_of(_strictest(target, runs)[1], "history") for target in targets}


def thetas(targets: list[Target], runs: Runs) -> dict[str, pd.DataFrame]:
    """The transforms of the tested images under the strictest split, by set and variant that has a transformer."""
    found = {}
    for target in targets:
        _, by_variant = _strictest(target, runs)
        for variant, table in tables_of(by_variant, "theta").items():
            if variant in WARPING:
                found[f"{target.title}: {variant}" if len(targets) > 1 else variant] = table
    return found


def _strictest(target: Target, runs: Runs) -> tuple[str, dict[str, dict[int, Run]]]:
    """The last split named for a set, and its runs by variant."""
    scheme = list(target.splits)[-1]
    return scheme, runs[target.title][scheme]
