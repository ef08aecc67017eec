"""Tables for readers of notebook 09: members, ensembles, calibration, and published numbers."""

import pandas as pd

from ..evaluation.published import shown
from .texts import interval_text, number_text, p_text


def members_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Every member under every form of test-time augmentation, "none" first.

    Args:
        table: as :func:`fer_lib.studies.ensemble_results.member_table` makes it.
    """
    return pd.DataFrame(
        {
            "member": table["member"],
            "TTA": table["tta"],
            "accuracy % [95 %]": _accuracy(table),
            "Δ to none (points) [95 %]": _difference(table),
            "McNemar p (Holm)": table["p_mcnemar_holm"].map(p_text),
            "validation %": table["validation"].map(number_text),
            "parameters": table["parameters"].map("{:,}".format),
            "n": table["samples"].map("{:,}".format),
        }
    )


def ensembles_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Every way to answer, with and without test-time augmentation.

    Args:
        table: as :func:`fer_lib.studies.ensemble_results.results` makes it.
    """
    return pd.DataFrame(
        {
            "method": table["method"],
            "TTA": table["tta"].fillna("–"),
            "members": table["members"].map(lambda count: "–" if pd.isna(count) else f"{count:g}"),
            "accuracy % [95 %]": _accuracy(table),
            "against": table["against"].fillna("–"),
            "Δ (points) [95 %]": _difference(table),
            "p": table["p_value"].map(p_text),
            "McNemar p (Holm)": table["p_mcnemar_holm"].map(p_text),
            "balanced %": table["balanced_accuracy"].map(number_text),
            "macro-F1 %": table["macro_f1"].map(number_text),
            "n": table["samples"].map("{:,}".format),
        }
    )


def calibration_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Calibration before → after the temperature.

    Args:
        table: as :func:`fer_lib.studies.ensemble_results.calibration` makes it.
    """
    tempered = "temperature" in table
    out = pd.DataFrame({"method": table["method"], "TTA": table["tta"]})
    for name, title in (("ece", "ECE"), ("brier", "Brier"), ("nll", "−log-likelihood")):
        before = table[name].map("{:.3f}".format)
        out[title] = before + " → " + table[f"{name}_tempered"].map("{:.3f}".format) if tempered else before
    if tempered:
        out["temperature"] = table["temperature"].map(number_text)
    out["confidence"] = table["confidence"].map("{:.3f}".format)
    out["accuracy"] = table["accuracy"].map("{:.3f}".format)
    return out


def published_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Published numbers, each with its status, beside ours.

    Args:
        table: as :func:`fer_lib.studies.ensemble_results.beside_published` makes it.
    """
    return pd.DataFrame(
        {
            "ours": table["ours"],
            "TTA": table["tta"],
            "accuracy % [95 %]": _accuracy(table),
            "published": table["published_variant"],
            "published %": [shown(r["published"], r["status"]) for _, r in table.iterrows()],
            "it uses": table["uses"],
            "same thing?": table["reason"].replace("", "comparable"),
        }
    )


def _accuracy(table: pd.DataFrame) -> list[str]:
    return [interval_text(r["accuracy"], r["low"], r["high"]) for _, r in table.iterrows()]


def _difference(table: pd.DataFrame) -> list[str]:
    return [
        interval_text(r["difference"], r["difference_low"], r["difference_high"], sign=True)
        for _, r in table.iterrows()
    ]
