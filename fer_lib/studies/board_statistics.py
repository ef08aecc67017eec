"""The statistics behind a board: intervals of several kinds, pairs under several tests, ranks, calibration."""

from dataclasses import dataclass

import pandas as pd

from ..datasets.duplicates import groups_of
from ..datasets.folds import subjects_of
from ..evaluation.calibration import calibration_table
from ..evaluation.image_intervals import interval_table
from ..evaluation.significance import rank_variants, statistics_table
from ..evaluation.statistics import RankComparison
from ..reporting.stage import Stage
from .leaderboard import Board

BASELINE = "none"


@dataclass(frozen=True)
class BoardStatistics:
    """Attributes:
    unit: what the images were grouped by, "persons" or "equal images".
    intervals, calibration: see the functions of the same name in :mod:`fer_lib.evaluation`.
    pairs: None where there is one fold or one variant.
    ranks: None where there are fewer than three variants or one fold.
    """

    unit: str
    intervals: pd.DataFrame
    calibration: pd.DataFrame
    pairs: pd.DataFrame | None
    ranks: RankComparison | None


def measure(board: Board) -> BoardStatistics:
    """Pairs are with ``none`` where the board has it, else all with all; pairs and ranks go by the seeds that all
    variants have."""
    faces, several = board.faces, board.design.folds > 1
    known = (faces.samples["subject"] != "").all()
    units = pd.Series(subjects_of(faces) if known else groups_of(faces), index=faces.samples["sample_id"])
    baseline = BASELINE if BASELINE in board.predictions else None
    alike = _of_shared_seeds(board.predictions)
    pairs = ranks = None
    if several and len(alike) >= 2:
        pairs = statistics_table(alike, baseline, units)
    if several and len(alike) >= 3:
        ranks = rank_variants(alike)
    return BoardStatistics(
        "persons" if known else "equal images",
        interval_table(board.predictions, units),
        calibration_table(board.predictions),
        pairs,
        ranks,
    )


def _of_shared_seeds(predictions: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables cut down to the seeds that every variant has; none where they share no seed."""
    shared = set.intersection(*(set(table["seed"]) for table in predictions.values()))
    return {name: table[table["seed"].isin(shared)] for name, table in predictions.items()} if shared else {}


def keep(stage: Stage, name: str, numbers: BoardStatistics) -> None:
    """Every table as ``tables/<what>-<name>.csv``."""
    stage.table(f"intervals-{name}", numbers.intervals)
    stage.table(f"calibration-{name}", numbers.calibration)
    if numbers.pairs is not None:
        stage.table(f"tests-{name}", numbers.pairs)
    if numbers.ranks is not None:
        stage.table(f"ranks-{name}", numbers.ranks.ranks.rename("mean_rank").rename_axis("variant").reset_index())
