"""Tables for readers of notebook 04: variants on splits, what leaks are worth, and published numbers."""

import pandas as pd

from ..evaluation.published import shown
from .texts import interval_text, number_text, p_text


def splits_for_readers(table: pd.DataFrame, baseline: str = "deep_emotion") -> pd.DataFrame:
    """Every variant on every split, intervals written out.

    Args:
        table: as :func:`fer_lib.studies.deep_emotion_results.results` makes it.
        baseline: the variant that the others are compared with.
    """
    out = pd.DataFrame(
        {
            "set": table["target"],
            "split": table["split"],
            "identity-disjoint": table["identity_disjoint"],
            "variant": table["variant"],
            "accuracy % [95 %]": [interval_text(r["accuracy"], r["low"], r["high"]) for _, r in table.iterrows()],
        }
    )
    if "control" in table:  # what has been told something about the true class is no result
        out.insert(4, "knows the class", table["control"].notna().map({True: "yes", False: "no"}))
    if "difference" in table:
        out[f"Δ to {baseline} [95 %]"] = [
            interval_text(r["difference"], r["difference_low"], r["difference_high"], sign=True)
            for _, r in table.iterrows()
        ]
        out["p (Holm)"] = table["p_holm"].map(p_text)
    if table["sd_seeds"].notna().any():
        out["sd of seeds"] = table["sd_seeds"].map(number_text)
    out["last epoch %"] = table["last_epoch"].map(number_text)
    out["balanced %"] = table["balanced_accuracy"].map(number_text)
    out["macro-F1 %"] = table["macro_f1"].map(number_text)
    out["n"] = table["samples"].map("{:,}".format)
    return out


def gaps_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """What the stricter split takes away.

    Args:
        table: as :func:`fer_lib.studies.deep_emotion_results.leaks` makes it.
    """
    return pd.DataFrame(
        {
            "set": table["target"],
            "variant": table["variant"],
            "split": table["split"],
            "accuracy %": table["accuracy"].map(number_text),
            "stricter split": table["stricter"],
            "accuracy % ": table["accuracy_stricter"].map(number_text),
            "difference (points) [95 %]": [
                interval_text(r["difference"], r["low"], r["high"], sign=True) for _, r in table.iterrows()
            ],
            "n": table["images"].map("{:,}".format),
        }
    )


def published_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Published numbers, each with its status, beside ours.

    Args:
        table: as :func:`fer_lib.studies.deep_emotion_results.beside_published` makes it.
    """
    out = pd.DataFrame(
        {
            "set": table["target"],
            "published %": [shown(r["published"], r["status"]) for _, r in table.iterrows()],
            "split": table["split"],
            "identity-disjoint": table["identity_disjoint"],
            "ours % [95 %]": [interval_text(r["ours"], r["low"], r["high"]) for _, r in table.iterrows()],
            "same thing?": table["reason"].replace("", "comparable"),
        }
    )
    if "published_variant" in table and table["published_variant"].nunique() > 1:
        out.insert(1, "published as", table["published_variant"])
    return out
