"""A finished run on disk: ``config.json``, tables, weights, and the card that completes it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..errors import require
from .cards import require_card
from .reading import read_table


@dataclass(frozen=True)
class Run:
    """Tables of one run: one data set, label space, model, guidance, protocol and seed, all folds.

    Attributes:
        history: a row per fold and epoch, see :func:`fer_lib.training.loop.fit`.
        predictions: ``sample_id, fold, split, label, predicted, p_0 … p_{K-1}``; `split` is
            ``"test"`` (every sample once) or ``"validation"`` (the part that selected).
        theta: ``sample_id, fold, theta_0 … theta_5`` of the test samples; no rows for models
            without a spatial transformer.
    """

    folder: Path
    card: dict
    history: pd.DataFrame
    predictions: pd.DataFrame
    theta: pd.DataFrame

    @property
    def test(self) -> pd.DataFrame:
        return self.predictions[self.predictions["split"] == "test"]


def load_run(folder: str | Path) -> Run:
    """Read a complete run. Raises InputError where no card says that it is complete, or that it is a run."""
    folder = Path(folder)
    card = require_card(folder, "train it first")
    require(card["kind"] == "run", f"{folder}: a card of kind {card['kind']!r}, expected 'run'")
    tables = {name: read_table(folder / f"{name}.parquet") for name in ("history", "predictions", "theta")}
    return Run(folder, card, **tables)
