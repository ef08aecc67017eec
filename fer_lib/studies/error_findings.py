"""What notebook 10 concludes, in sentences made of the numbers at hand."""

import numpy as np
import pandas as pd


def hard_confusions(table: pd.DataFrame) -> str:
    """Args: rows of the hard confusions of :func:`~fer_lib.evaluation.confusion.confused_pairs`."""
    sentences = []
    for (true, answer), rows in table.groupby(["true", "predicted"], sort=False):
        least, most = rows.loc[rows["rate"].idxmin()], rows.loc[rows["rate"].idxmax()]
        sentences.append(
            f"{true.capitalize()} images taken for {answer}: {rows['rate'].mean():.1f} % in the mean of the variants, "
            f"least by {least['variant']} ({least['rate']:.1f} %), most by {most['variant']} ({most['rate']:.1f} %)."
        )
    together = table.groupby("variant")["share of errors"].sum()
    return " ".join([*sentences, f"Both together are {together.mean():.0f} % of all errors."])


def common_errors(wrong: np.ndarray, table: pd.DataFrame) -> str:
    """Args: bool (V, S, N), and the :func:`~fer_lib.evaluation.common_errors.failure_table` of the same."""
    variants = len(wrong)
    if variants == 1:
        return "One variant alone has no errors in common with others."
    last, first = table.iloc[-1], table.iloc[0]
    expectations = ", ".join(f"{last[name]:.2f} % ({name})" for name in table.columns[3:])
    total = wrong.sum() / wrong.shape[1]
    carried = 100 * variants * last["images"] / max(total, 1)
    return (
        f"All {variants} variants fail on {last['share']:.1f} % of the images, where independent errors would give "
        f"{expectations}; none fails on {first['share']:.1f} %. The images that all fail on carry {carried:.0f} % of "
        f"all errors; no choice among these variants can mend those."
    )


def correlation(table: pd.DataFrame) -> str:
    """Args: :func:`~fer_lib.evaluation.common_errors.error_correlation`."""
    values = table.to_numpy()
    between, within = values[~np.eye(len(values), dtype=bool)], np.diag(values)
    if not np.isfinite(between).any():
        return "There are no two variants with errors to compare."
    text = f"Errors of two variants correlate with φ = {np.nanmean(between):.2f} in the mean"
    if not np.isfinite(within).any():
        return f"{text}; with one seed it cannot be told how much of the rest is the seed's doing."
    return f"{text}, errors of one variant under two seeds with φ = {np.nanmean(within):.2f}."


def no_face(differences: pd.DataFrame) -> str:
    """Args: :func:`~fer_lib.evaluation.proportions.group_difference` of the images without a face."""
    images = int(differences["images"].iloc[0])
    apart = int(((differences["low"] > 0) | (differences["high"] < 0)).sum())
    mean = differences[["inside", "outside", "difference", "like for like"]].mean()
    like = mean["like for like"]
    beside = "" if np.isnan(like) else f", {like:+.1f} points against images of the same expression"
    return (
        f"On the {images:,} images without a face {mean['inside']:.1f} % of the answers are wrong, on the others "
        f"{mean['outside']:.1f} % (mean of the variants; {mean['difference']:+.1f} points{beside}). For {apart} of "
        f"{len(differences)} variants the interval of the difference excludes 0."
    )


def groups(table: pd.DataFrame, what: str) -> str:
    """Args: :func:`~fer_lib.evaluation.proportions.group_table` over ordered groups; `what` they are made by."""
    shown = table[table["images"] > 0]
    means = shown.groupby("group", sort=False)[["accuracy", "balanced"]].mean()
    if len(means) < 2:
        return f"All images are in one group of {what}."
    first, last = means.iloc[0], means.iloc[-1]
    return (
        f"From {what} {means.index[0]} to {means.index[-1]} the mean accuracy of the variants goes from "
        f"{first['accuracy']:.1f} to {last['accuracy']:.1f} %, balanced over the classes from {first['balanced']:.1f} "
        f"to {last['balanced']:.1f} %."
    )


def raters(table: pd.DataFrame, classes: int) -> str:
    """Args: :func:`~fer_lib.evaluation.raters.sides`, and how many classes there are."""
    mean, too = table.drop(columns="variant").mean(), table["side with network"]
    contradicted = mean["side with network"] + mean["neither"]
    theirs = 100 * mean["side with network"] / contradicted if contradicted else np.nan
    return (
        f"On {int(mean['images']):,} images the raters have a majority for a polarity; {mean['label agrees']:.1f} % of "
        f"the labels agree with it. Of the networks' errors {mean['side with network']:.0f} % are answers that the "
        f"raters give too ({too.min():.0f}–{too.max():.0f} % over the variants): where the raters contradict the label "
        f"and the network misses it, the network gives their answer in {theirs:.0f} % of the cases, guessing would in "
        f"{100 / (classes - 1):.0f} %. Accuracy is {mean['accuracy']:.1f} % against the labels and "
        f"{mean['accuracy by raters']:.1f} % against the raters (means of the variants)."
    )


def all_but_one(failing: pd.DataFrame, hard: pd.DataFrame) -> str:
    """Args: the failure tables of all mistakes and of the hard confusions."""
    if len(failing) < 3:
        return "All but one of a single variant is none."
    any_kind, opposite = failing.iloc[-2], hard.iloc[-2]
    return (
        f"Exactly {int(any_kind['failing'])} of {len(failing) - 1} variants fail on {any_kind['images']:,.0f} images "
        f"({any_kind['share']:.1f} %), with a hard confusion on {opposite['images']:,.0f} ({opposite['share']:.1f} %)."
    )


def common_by_expression(table: pd.DataFrame, variants: int) -> str:
    """Args: :func:`~fer_lib.evaluation.common_errors.common_errors_by` over expressions."""
    most, least = table.loc[table["all"].idxmax()], table.loc[table["all"].idxmin()]
    return (
        f"All {variants} variants fail on {most['all']:.1f} % of the {most['group']} images "
        f"({most['all, expected']:.1f} % expected) and on {least['all']:.1f} % of the {least['group']} images "
        f"({least['all, expected']:.1f} % expected)."
    )
