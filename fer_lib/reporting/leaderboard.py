"""The leaderboard for readers: one table per study design, as text, LaTeX and HTML."""

from html import escape

import pandas as pd

from ..evaluation.published import shown

MACS_NOTE = "MACs: multiply–accumulates of convolutions and matrix products in one forward pass."
STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em auto;max-width:75em;padding:0 1em}table{border-collapse:collapse}"
    "th,td{padding:.25em .7em;text-align:left;border-bottom:1px solid #ccc;vertical-align:top}"
    "div{overflow-x:auto;margin:1em 0}"
)


def leaderboard_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers as text, "–" where there is none; a published number carries its mark and what it uses beyond ours.

    Args:
        table: as :class:`~fer_lib.studies.leaderboard.Board` holds it.
    """
    rows = [row for _, row in table.iterrows()]
    out = {
        "rank": [_text(row["rank"], "d") for row in rows],
        "variant": table["variant"].to_list(),
        "accuracy % [95 %]": [_interval(row) for row in rows],
        "letters": [_text(row["letters"]) for row in rows],
        "balanced %": [_text(row["balanced_accuracy"], ".2f") for row in rows],
        "macro-F1 %": [_text(row["macro_f1"], ".2f") for row in rows],
        "published %": [_published(row) for row in rows],
        "parameters": [_text(row["parameters"], ",d") for row in rows],
        "MACs (M)": [_text(row["macs"] / 1e6, ",.2f") for row in rows],
        "training (min)": [_text(row["training_seconds"] / 60, ",.1f") for row in rows],
        "device": [_text(row["device"]) for row in rows],
        "seeds": [_text(row["seeds"], "d") for row in rows],
    }
    return pd.DataFrame(out)


def not_comparable_for_readers(published: pd.DataFrame) -> pd.DataFrame:
    """Published numbers that stand apart, those of one paper and one reason in a row.

    Args:
        published: as :func:`~fer_lib.evaluation.comparable.comparable` makes it, with ``file``.

    Returns:
        ``paper, data set, published % , why``.
    """
    apart = published[~published["comparable"]]
    numbers = [
        f"{row['variant']} {shown(row['accuracy'], row['status'], row['half_width'])}" for _, row in apart.iterrows()
    ]
    keys = {"paper": apart["file"], "data set": apart["dataset"], "why": apart["reason"]}
    grouped = pd.DataFrame({**keys, "published %": numbers}).groupby([*keys], sort=False)["published %"].agg("; ".join)
    return grouped.reset_index()[["paper", "data set", "published %", "why"]]


def leaderboard_html(title: str, sections: dict[str, list[tuple[str, pd.DataFrame]]]) -> str:
    """A page that needs nothing else: each section is a heading with paragraphs, each followed by its table."""
    parts = [f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(title)}</title>"]
    parts += [f"<style>{STYLE}</style><h1>{escape(title)}</h1>"]
    for heading, tables in sections.items():
        parts.append(f"<h2>{escape(heading)}</h2>")
        for text, table in tables:
            parts.append(f"<p>{escape(text)}</p><div>{table.to_html(index=False, border=0)}</div>")
    return "\n".join([*parts, "</html>"]) + "\n"


def _text(value, form: str = "") -> str:
    return "–" if pd.isna(value) else f"{value:{form}}"


def _interval(row: pd.Series) -> str:
    mean = f"{row['accuracy']:.2f}"
    return mean if pd.isna(row["low"]) else f"{mean} [{row['low']:.2f}, {row['high']:.2f}]"


def _published(row: pd.Series) -> str:
    if pd.isna(row["published"]):
        return "–"
    number = shown(row["published"], row["published_status"], row["published_half_width"])
    return number if pd.isna(row["published_uses"]) else f"{number} (uses {row['published_uses']})"
