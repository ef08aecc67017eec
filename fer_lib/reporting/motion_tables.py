"""Tables for readers of notebook 05: folds beside published ones, class scores in both ways, mask errors."""

from collections.abc import Collection

import pandas as pd

from ..evaluation.fold_scores import SCORES, fold_means
from .texts import number_text

#: What the stages of a run are called for readers.
STAGES = {"generator": "stage 1 (masks alone)", "joint": "stage 2 (jointly)"}
SCORE_NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}


def folds_for_readers(
    table: pd.DataFrame, published: pd.DataFrame | None = None, without: Collection[int] = ()
) -> pd.DataFrame:
    """A row per fold and a column per variant, below them the averages; all in %.

    Args:
        table: ``variant, fold, samples, correct, accuracy``, as :func:`~fer_lib.evaluation.fold_scores.fold_accuracy`
            gives them for each variant.
        published: ``variant, fold, accuracy`` of the same folds.
        without: folds that are left out of one more mean.

    Returns:
        ``fold``, ``n`` (test rows of the fold), a column per variant and one named "published: …" per published
        variant. The last rows: "mean of folds", "mean without …" where asked for, "all images".
    """
    columns = {name: part for name, part in table.groupby("variant", sort=False)}
    if published is not None:
        columns |= {f"published: {name}": part for name, part in published.groupby("variant", sort=False)}
    folds = sorted(set().union(*(part["fold"] for part in columns.values())))
    samples = table.groupby("fold")["samples"].max()
    names = ["mean of folds", *([_without(without)] if without else []), "all images"]
    out = {"fold": [*map(str, folds), *names]}
    left = [samples[~samples.index.isin(without)].sum()] if without else []
    counts = [*samples.reindex(folds), samples.sum(), *left, samples.sum()]
    out["n"] = ["–" if pd.isna(count) else f"{count:,.0f}" for count in counts]
    for name, part in columns.items():
        accuracy = part.set_index("fold")["accuracy"].reindex(folds)
        every = fold_means(part)
        means = [every["mean"], *([fold_means(part, without)["mean"]] if without else []), every["pooled"]]
        out[name] = [number_text(value) for value in [*accuracy, *means]]
    return pd.DataFrame(out)


def _without(folds: Collection[int]) -> str:
    return f"mean without {', '.join(map(str, sorted(folds)))}"


def class_scores_for_readers(
    pooled: pd.DataFrame, averaged: pd.DataFrame, published: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Precision, recall and F1 of each class, pooled over the folds beside the mean of folds; all in %.

    Args:
        pooled, averaged: :func:`~fer_lib.evaluation.fold_scores.class_scores` of the same predictions and classes.
        published: one variant of :func:`~fer_lib.evaluation.published.published_class_scores`, means of folds as well;
            classes that it does not have are "–".
    """
    out = pd.DataFrame({"class": pooled["class"]})
    theirs = None if published is None else published.set_index("class").reindex(pooled["class"])
    for score in SCORES:
        name = SCORE_NAMES[score]
        out[name] = pooled[score].map(number_text)
        out[f"{name}, mean of folds"] = averaged[score].map(number_text)
        if theirs is not None:
            out[f"{name}, published"] = theirs[score].map(number_text).to_numpy()
    out["n"] = pooled["samples"].map("{:,}".format)
    return out


def mask_errors_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Errors of the predicted masks by training stage and class.

    Args:
        table: as :func:`fer_lib.evaluation.mask_scores.mask_errors` makes it.
    """
    return pd.DataFrame(
        {
            "after": table["stage"].map(STAGES).fillna(table["stage"]),
            "class": table["class"],
            "mean squared error": table["error"].map(lambda value: "–" if pd.isna(value) else f"{value:.4f}"),
            "correlation": table["correlation"].map(number_text),
            "nearest to its own class (%)": table["nearest_correct"].map(number_text),
            "n": table["samples"].map("{:,}".format),
        }
    )


def truth_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Masks against motion that is known, because the faces are drawn.

    Args:
        table: as :func:`fer_lib.studies.motion_truth.of_masks` or ``of_predictions`` makes it.
    """
    return pd.DataFrame(
        {
            "set": table["target"],
            "split": table["split"],
            "what": table["what"],
            "class": table["class"],
            "correlation with own motion": table["own"].map(number_text),
            "largest with another's": table["other"].map(number_text),
            "whose": table["nearest_other"],
            "n": table["samples"].map("{:,}".format),
        }
    )


def swaps_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of trained networks with other masks than those that they predict.

    Args:
        table: as :func:`fer_lib.studies.motion_masks.swap_table` makes it.
    """
    return pd.DataFrame(
        {
            "set": table["target"],
            "split": table["split"],
            "variant": table["variant"],
            "mask": table["mask"],
            "accuracy %": table["accuracy"].map(number_text),
            "answers that change %": table["changed"].map(number_text),
            "n": table["samples"].map("{:,}".format),
        }
    )
