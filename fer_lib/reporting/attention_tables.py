"""Tables for readers of notebook 07: methods side by side, and what attention, embeddings and noise say."""

import pandas as pd

from .paper_tables import four_tables as four_tables  # of the same notebook
from .paper_tables import method_of
from .texts import interval_text, number_text, p_text


def paired_for_readers(table: pd.DataFrame, baseline: str = "PreActResNet18") -> pd.DataFrame:
    """Every variant on both parts of every set, against the baseline on the same images.

    Args:
        table: ``target, part`` and the columns of :func:`~fer_lib.evaluation.ablation.ablation_table`, whose p-values
            are adjusted over the variants of one part of one set.
        baseline: what the variant that others are compared with is called.
    """
    rows = table.to_dict("records")
    out = pd.DataFrame(
        {
            "set": table["target"],
            "part": table["part"],
            "variant": table["variant"],
            "accuracy % [95 %]": [interval_text(r["accuracy"], r["low"], r["high"]) for r in rows],
        }
    )
    if "difference" in table:
        out[f"Δ to {baseline} (points) [95 %]"] = [
            interval_text(r["difference"], r["difference_low"], r["difference_high"], sign=True) for r in rows
        ]
        out["p (Holm)"] = table["p_holm"].map(p_text)
    if table["sd_seeds"].notna().any():
        out["sd of seeds"] = table["sd_seeds"].map(number_text)
    out["n"] = table["samples"].map("{:,}".format)
    return out


def attention_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """How much attention lies on faces, and what the reconstruction leaves of the input's error.

    Args:
        table: ``target, variant`` and the columns of :func:`~fer_lib.evaluation.attention_scores.attention_table`.
    """
    rows = table.to_dict("records")
    return pd.DataFrame(
        {
            "set": table["target"],
            "variant": table["variant"],
            "compositions": table["set"],
            "attention in the mask [95 %]": [interval_text(r["mass"], r["mass_low"], r["mass_high"]) for r in rows],
            "untrained [95 %]": [
                interval_text(r["untrained_mass"], r["untrained_mass_low"], r["untrained_mass_high"]) for r in rows
            ],
            "even map": table["coverage"].map(number_text),
            "error / input's": table["error_ratio"].map(number_text),
            "untrained error / input's": table["untrained_error_ratio"].map(number_text),
            "n": table["n"].map("{:,}".format),
        }
    )


def quality_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Means of the trainings of each variant; k-NN accuracy counts every tested image alike.

    Args:
        table: ``target, variant`` and the columns of
            :func:`~fer_lib.evaluation.embedding_quality.embedding_quality`.
    """
    rows = []
    for (target, variant), own in table.groupby(["target", "variant"], sort=False):
        right = (own["knn_accuracy"] * own["samples"]).sum()
        rows.append(
            {
                "set": target,
                "variant": variant,
                "k-NN accuracy %": number_text(right / own["samples"].sum()),
                "AMI (sd of trainings)": _with_deviation(own["ami"]),
                "NMI (sd of trainings)": _with_deviation(own["nmi"]),
                "between / within scatter (sd)": _with_deviation(own["scatter_ratio"]),
                "trainings": len(own),
                "n": f"{own['samples'].sum() // (own['seed'].nunique() if 'seed' in own else 1):,}",
            }
        )
    return pd.DataFrame(rows)


def _with_deviation(values: pd.Series) -> str:
    text = number_text(values.mean())
    return text if values.count() < 2 else f"{text} ({values.std(ddof=1):.2f})"


def noise_for_readers(
    table: pd.DataFrame, differences: pd.DataFrame | None = None, published: pd.DataFrame | None = None
) -> pd.DataFrame:
    """A row per set and strength of noise, a column per variant, published ones last; an asterisk where a variant
    differs from the baseline (adjusted p below 0.05).

    Args:
        table: ``target, variant`` and the columns of :func:`~fer_lib.evaluation.noise_curve.noise_table`.
        differences: ``target`` and the columns of :func:`~fer_lib.evaluation.noise_curve.noise_differences`.
        published: ``target`` and the columns of :func:`~fer_lib.evaluation.published.published_noise`.
    """
    keys = ["target", "sigma"]
    table, differences, published = (
        one if one is None else one.assign(sigma=one["sigma"].astype(float).round(6))
        for one in (table, differences, published)
    )
    stars = set()
    if differences is not None:
        sure = differences[differences["p_holm"] < 0.05]
        stars = set(sure[[*keys, "variant"]].itertuples(index=False, name=None))
    cells = [
        interval_text(r["accuracy"], r["low"], r["high"])
        + (" *" if (r["target"], r["sigma"], r["variant"]) in stars else "")
        for r in table.to_dict("records")
    ]
    long = table[[*keys, "variant"]].assign(cell=cells)
    if published is not None:
        printed = published["variant"].map(lambda variant: f"published: {method_of(variant) or variant}")
        theirs = published[keys].assign(variant=printed, cell=published["accuracy"].map(number_text))
        long = pd.concat([long, theirs[theirs["target"].isin(table["target"])]], ignore_index=True)
    wide = long.pivot(index=keys, columns="variant", values="cell").fillna("–")
    wide = wide.loc[list(dict.fromkeys(table["target"])), list(dict.fromkeys(long["variant"]))]
    wide = wide.rename_axis(columns=None).reset_index()
    return wide.assign(sigma=wide["sigma"].map("{:g}".format)).rename(columns={"target": "set", "sigma": "σ"})
