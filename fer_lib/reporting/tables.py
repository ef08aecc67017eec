"""Tables for readers: what a number means stands in its cell."""

import pandas as pd

from .texts import interval_text, number_text, p_text


def result_table(results: pd.DataFrame) -> pd.DataFrame:
    """The variant table with each interval written out; empty cells are "–".

    Args:
        results: as :func:`fer_lib.evaluation.comparison.variant_table` makes it.
    """
    table = pd.DataFrame({"variant": results["variant"]})
    table["accuracy % [95 %]"] = [interval_text(r["accuracy"], r["low"], r["high"]) for _, r in results.iterrows()]
    if "published" in results and results["published"].notna().any():
        table["published ±"] = [
            "–" if pd.isna(r["published"]) else f"{r['published']:.2f} ± {r['published_half_width']:.2f}"
            for _, r in results.iterrows()
        ]
    if "difference" in results:
        table["Δ to none [95 %]"] = [
            interval_text(r["difference"], r["difference_low"], r["difference_high"], sign=True)
            for _, r in results.iterrows()
        ]
        table["p"] = results["p_value"].map(p_text)
    if "p_holm" in results:
        table["p (Holm)"] = results["p_holm"].map(p_text)
    table["sd of folds"] = results["sd"].map(number_text)
    if "sd_seeds" in results and results["sd_seeds"].notna().any():
        table["sd of seeds"] = results["sd_seeds"].map(number_text)
    table["± papers' formula"] = results["published_formula"].map(number_text)
    table["balanced %"] = results["balanced_accuracy"].map(number_text)
    table["macro-F1 %"] = results["macro_f1"].map(number_text)
    table["n"] = results["samples"].map("{:,}".format)
    return table


def optimism_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Selection optimism with its interval written out."""
    return pd.DataFrame(
        {
            "variant": table["variant"],
            "inner validation selects (%)": table["honest"].map(number_text),
            "reported fold selects (%)": table["best"].map(number_text),
            "optimism (points) [95 %]": [
                interval_text(r["optimism"], r["low"], r["high"], sign=True) for _, r in table.iterrows()
            ],
        }
    )


def paired_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Variants (rows) against baselines (columns): the difference in points with its interval, an asterisk where
    the adjusted p-value is below 0.05.

    Args:
        table: as :func:`fer_lib.evaluation.comparison.paired_table` makes it.
    """
    cells = [
        interval_text(r["difference"], r["low"], r["high"], sign=True) + (" *" if r["p_adjusted"] < 0.05 else "")
        for _, r in table.iterrows()
    ]
    named = table.assign(cell=cells, baseline="Δ to " + table["baseline"])
    wide = named.pivot(index="variant", columns="baseline", values="cell")
    return wide.loc[table["variant"].unique(), named["baseline"].unique()].rename_axis(index=None, columns=None)


def leaks_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """What leaks are worth, intervals written out; see :func:`fer_lib.evaluation.leakage.leak_table`."""
    return pd.DataFrame(
        {
            "images tested": table["images tested"],
            "images": table["images"].map("{:,}".format),
            "leaky folds (%)": table["leaky"].map(number_text),
            "safe folds (%)": table["safe"].map(number_text),
            "difference (points) [95 %]": [
                interval_text(r["difference"], r["low"], r["high"], sign=True) for _, r in table.iterrows()
            ],
            "part of the whole (points)": table["worth"].map("{:+.2f}".format),
        }
    )


def statistics_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Every paired comparison with its interval and tests written out.

    Args:
        table: as :func:`fer_lib.evaluation.significance.statistics_table` makes it.
    """
    return pd.DataFrame(
        {
            "variant": table["variant"],
            "against": table["baseline"],
            "difference (points) [95 %]": [
                interval_text(r["difference"], r["low"], r["high"], sign=True) for _, r in table.iterrows()
            ],
            "p": table["p_value"].map(p_text),
            "p (Holm)": table["p_holm"].map(p_text),
            "McNemar p": table["p_mcnemar"].map(p_text),
            "McNemar p (Holm)": table["p_mcnemar_holm"].map(p_text),
            "smallest to be seen (points)": table["smallest_detectable"].map(number_text),
        }
    )


def transfer_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Every way to start and train on every target, intervals written out.

    Args:
        table: as :func:`fer_lib.studies.transfer.results` makes it.
    """
    shown = pd.DataFrame(
        {
            "target": table["target"],
            "variant": table["variant"],
            "mode": table["mode"],
            "accuracy % [95 %]": [interval_text(r["accuracy"], r["low"], r["high"]) for _, r in table.iterrows()],
        }
    )
    if "difference" in table:
        shown["Δ to scratch [95 %]"] = [
            interval_text(r["difference"], r["difference_low"], r["difference_high"], sign=True)
            for _, r in table.iterrows()
        ]
        shown["p"] = table["p_value"].map(p_text)
        shown["p (Holm)"] = table["p_holm"].map(p_text)
    shown["balanced %"] = table["balanced_accuracy"].map(number_text)
    shown["macro-F1 %"] = table["macro_f1"].map(number_text)
    shown["n"] = table["samples"].map("{:,}".format)
    shown["identity-disjoint"] = table["identity_disjoint"]
    return shown


def variance_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Variance components as standard deviations in points with their share of the variance.

    Args:
        table: as :func:`fer_lib.evaluation.variance_components.variance_components` makes it.
    """

    def cells(source: str) -> list[str]:
        return [
            number_text(r[f"sd_{source}"])
            + ("" if pd.isna(r[f"share_{source}"]) else f" ({r[f'share_{source}']:.0f} %)")
            for _, r in table.iterrows()
        ]

    return pd.DataFrame(
        {
            "variant": table["variant"],
            "of": ["accuracy" if b == "–" else f"Δ to {b}" for b in table["baseline"]],
            "mean %": table["mean"].map(number_text),
            "sd of folds": cells("fold"),
            "sd of seeds": cells("seed"),
            "sd of neither alone": cells("residual"),
            "estimated below 0": table["truncated"],
        }
    )


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """The first column as row names, so that no row numbers are shown."""
    return table.set_index(table.columns[0]).rename_axis(None)
