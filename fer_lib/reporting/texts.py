"""Numbers, intervals and p-values as they stand in tables for readers."""

import pandas as pd


def p_text(value: float) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def number_text(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.2f}"


def interval_text(mean: float, low: float, high: float, sign: bool = False) -> str:
    form = "+.2f" if sign else ".2f"
    if pd.isna(mean):
        return "–"
    return f"{mean:{form}}" if pd.isna(low) else f"{mean:{form}} [{low:{form}}, {high:{form}}]"
