"""Tables for readers of notebook 06: networks with their costs, what masks are worth, the paper's benchmark."""

import pandas as pd

from ..evaluation.published import shown
from .texts import interval_text, number_text, p_text

MB = 2**20


def backbones_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Every variant with its accuracy and costs.

    Args:
        table: as :func:`fer_lib.studies.residual_masking_results.results` makes it.
    """
    rows = table.to_dict("records")
    out = pd.DataFrame(
        {
            "set": table["target"],
            "split": table["split"],
            "variant": table["variant"],
            "accuracy % [95 %]": [interval_text(r["accuracy"], r["low"], r["high"]) for r in rows],
            "balanced %": table["balanced_accuracy"].map(number_text),
            "macro-F1 %": table["macro_f1"].map(number_text),
            "input (px)": table["side"].map(_whole),
            "parameters": table["parameters"].map(_whole),
            "MACs (M)": (table["macs"].astype(float) / 1e6).map(number_text),
            "weights + one image (MB)": [
                _memory(w, a) for w, a in zip(table["weight_bytes"], table["activation_bytes"], strict=True)
            ],
            "images/s": table["images_per_second"].map(_whole),
            "n": table["samples"].map("{:,}".format),
        }
    )
    if table["sd_seeds"].notna().any():
        out.insert(4, "sd of seeds", table["sd_seeds"].map(number_text))
    if table["peak_bytes"].notna().any():
        out.insert(len(out.columns) - 1, "peak on the GPU (MB)", (table["peak_bytes"] / MB).map(number_text))
    if table["published"].notna().any():
        out["published %"] = [_published(r["published"], r["status"]) for r in rows]
        out["parameters in print (M)"] = (table["published_parameters"] / 1e6).map(lambda m: _or_dash(m, ".1f"))
        out["same thing?"] = table["reason"].replace("", "comparable").fillna("–")
    return out


def gains_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Masked networks against the same networks without masks.

    Args:
        table: as :func:`fer_lib.studies.residual_masking_results.masking_gains` makes it.
    """
    return pd.DataFrame(
        {
            "set": table["target"],
            "split": table["split"],
            "with masks": table["masked"],
            "accuracy %": table["accuracy"].map(number_text),
            "without": table["unmasked"],
            "accuracy % ": table["accuracy_unmasked"].map(number_text),
            "difference (points) [95 %]": [
                interval_text(r["difference"], r["low"], r["high"], sign=True) for _, r in table.iterrows()
            ],
            "p": table["p_value"].map(p_text),
            "p (Holm)": table["p_holm"].map(p_text),
            "n": table["samples"].map("{:,}".format),
        }
    )


def benchmark_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """The paper's ten networks.

    Args:
        table: as :func:`fer_lib.studies.backbone_costs.benchmark` makes it.
    """
    rows = table.to_dict("records")
    return pd.DataFrame(
        {
            "network": table["variant"],
            "parameters": table["parameters"].map(_whole),
            "in print (M)": (table["published_parameters"] / 1e6).map(lambda m: _or_dash(m, ".1f")),
            "MACs at 224 px (G)": (table["macs"] / 1e9).map(number_text),
            "weights + one image (MB)": [_memory(r["weight_bytes"], r["activation_bytes"]) for r in rows],
            "published %": [_published(r["published"], r["status"]) for r in rows],
            "ours % [95 %]": [
                "not run" if pd.isna(r["ours"]) else interval_text(r["ours"], r["low"], r["high"]) for r in rows
            ],
        }
    )


def speeds_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Timed forward passes.

    Args:
        table: as :func:`fer_lib.studies.backbone_costs.speeds` makes it.
    """
    out = pd.DataFrame(
        {
            "variant": table["variant"],
            "input (px)": table["side"].map(_whole),
            "images/s [quartiles]": [
                f"{r['images_per_second']:,.0f} [{r['low']:,.0f}, {r['high']:,.0f}]" for _, r in table.iterrows()
            ],
            "passes": table["passes"].map(_whole),
            "batch": table["batch"].map(_whole),
            "on": table["device"] + ", " + table["precision"] + ", threads: " + table["threads"].astype(str),
        }
    )
    if table["peak_bytes"].notna().any():
        out["peak on the GPU (MB)"] = (table["peak_bytes"] / MB).map(number_text)
    return out


def _published(accuracy: float, status: str) -> str:
    return "–" if pd.isna(accuracy) else shown(accuracy, status)


def _memory(weights: float, activations: float) -> str:
    return "–" if pd.isna(weights) else f"{weights / MB:,.1f} + {activations / MB:,.1f}"


def _whole(value: float) -> str:
    return _or_dash(value, ",.0f")


def _or_dash(value: float, form: str) -> str:
    return "–" if pd.isna(value) else f"{value:{form}}"
