"""What stands behind a board: the right tables for its folds and variants, with the right units."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.artifacts import write_card
from fer_lib.reporting.first_page import GUIDED
from fer_lib.reporting.stage import Stage
from fer_lib.studies import leaderboard
from fer_lib.studies.board_statistics import keep, measure

from .test_leaderboard import Project


@pytest.fixture
def board(tmp_path):
    """``board({"none": 0.3, …}, folds=3)``: a board of runs with these shares of errors."""

    def make(errors, folds=3, seeds=(1,), own=None):
        project = Project(tmp_path)
        runs = {
            v: [project.run(v, seed=s, errors=e, folds=folds) for s in (own or {}).get(v, seeds)]
            for v, e in errors.items()
        }
        write_card(project.reports / GUIDED, "stage", {}, runs=runs)
        (found,) = leaderboard.load_boards(
            leaderboard.LeaderboardParameters(
                profile="mine", data_dir=str(tmp_path / "data"), reports_dir=str(tmp_path / "reports")
            )
        )
        return found

    return make


def test_three_variants_get_everything(board, tmp_path):
    found = measure(board({"none": 0.4, "soft": 0.2, "noise": 0.4}, seeds=(1, 2)))
    assert found.unit == "persons"  # the synthetic faces have names
    pairs = found.pairs.set_index("variant")
    assert list(pairs.index) == ["soft", "noise"] and set(pairs["baseline"]) == {"none"}
    assert pairs.loc["soft", "difference"] > 10 and (pairs["pairs"] == 6).all()
    assert found.ranks.ranks.idxmin() == "soft" and found.ranks.blocks == 6
    assert set(found.calibration["variant"]) == {"none", "soft", "noise"}
    assert found.intervals.groupby("variant").size().nunique() == 1

    stage = Stage(tmp_path / "stage", {})
    keep(stage, "mine", found)
    written = {path.stem for path in (tmp_path / "stage" / "tables").iterdir()}
    assert written == {"intervals-mine", "calibration-mine", "tests-mine", "ranks-mine"}
    assert np.isclose(pd.read_csv(tmp_path / "stage/tables/ranks-mine.csv")["mean_rank"].mean(), 2)


def test_two_variants_are_not_ranked_and_compared_with_each_other(board):
    found = measure(board({"soft": 0.2, "noise": 0.4}))
    assert found.ranks is None and len(found.pairs) == 1


def test_a_single_variant_has_intervals_alone(board):
    found = measure(board({"soft": 0.2}))
    assert found.pairs is None and found.ranks is None and len(found.intervals) > 3


def test_variants_with_fewer_seeds_are_paired_by_those_they_share(board):
    found = measure(board({"none": 0.4, "soft": 0.2, "noise": 0.4}, seeds=(1, 2), own={"soft": (2,)}))
    assert (found.pairs["pairs"] == 3).all() and found.ranks.blocks == 3


def test_variants_without_a_common_seed_are_not_paired(board):
    found = measure(board({"none": 0.4, "soft": 0.2}, own={"none": (1,), "soft": (2,)}))
    assert found.pairs is None and len(found.calibration) == 2
