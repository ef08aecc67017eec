"""Sentences carry the numbers of the tables they are made of."""

import numpy as np
import pandas as pd

from fer_lib.evaluation.common_errors import common_errors_by, error_correlation, failure_table
from fer_lib.evaluation.confusion import confused_pairs
from fer_lib.evaluation.proportions import group_difference, group_table
from fer_lib.evaluation.raters import sides
from fer_lib.studies import error_findings as findings

from ..evaluation.small_decisions import decide

DECISIONS = decide("PPPP----", {"a": ["-PPP----"], "b": ["--PPP---"]}, folds=[0, 0, 1, 1] * 2)


def test_hard_confusions_name_the_best_and_the_worst():
    said = findings.hard_confusions(confused_pairs(DECISIONS).query("true != 'neutral' and predicted != 'neutral'"))
    assert "Positive images taken for negative: 37.5 % in the mean" in said
    assert "least by a (25.0 %), most by b (50.0 %)" in said and "Both together are 100 % of all errors." in said


def test_common_errors_compare_with_independence():
    table = failure_table(DECISIONS.wrong, {"independent": np.zeros(8, int)})
    said = findings.common_errors(DECISIONS.wrong, table)
    assert "All 2 variants fail on 12.5 % of the images" in said and "4.69 % (independent)" in said  # 1/8 · 3/8
    assert "none fails on 62.5 %" in said and "carry 50 % of all errors" in said  # 2 of 4 errors
    assert findings.all_but_one(table, table) == (
        "Exactly 1 of 2 variants fail on 2 images (25.0 %), with a hard confusion on 2 (25.0 %)."
    )


def test_one_variant_has_nothing_in_common_with_others():
    alone = decide("PP", {"a": ["-P"]})
    table = failure_table(alone.wrong, {"independent": np.zeros(2, int)})
    assert "One variant alone" in findings.common_errors(alone.wrong, table)
    assert "none" in findings.all_but_one(table, table)
    assert findings.correlation(error_correlation(alone)).startswith("There are no two variants")


def test_correlation_within_a_variant_needs_two_seeds():
    assert "with one seed it cannot be told" in findings.correlation(error_correlation(DECISIONS))
    twice = decide("PPPP", {"a": ["-PPP", "-PPP"], "b": ["-PPP", "-PPP"]})
    said = findings.correlation(error_correlation(twice))
    assert "φ = 1.00 in the mean, errors of one variant under two seeds with φ = 1.00." in said


def test_by_expression_names_the_extremes():
    group = pd.Categorical(["happy"] * 4 + ["sad"] * 4)
    said = findings.common_by_expression(common_errors_by(DECISIONS.wrong, group, np.zeros(8, int)), 2)
    assert (
        "fail on 25.0 % of the happy images (12.5 % expected) and on 0.0 % of the sad images (0.0 % expected)" in said
    )


def test_no_face_counts_the_intervals_that_exclude_zero():
    inside = np.array([True, True, False, False, False, False, False, False])
    said = findings.no_face(group_difference(DECISIONS, inside, np.zeros(8, int)))
    assert "On the 2 images without a face 75.0 % of the answers are wrong, on the others 8.3 %" in said
    assert "+66.7 points, +66.7 points against images of the same expression" in said and "of 2 variants" in said
    nothing = findings.no_face(group_difference(DECISIONS, inside, np.arange(8)))
    assert "same expression" not in nothing


def test_groups_name_the_first_and_the_last():
    group = pd.Categorical(["low"] * 2 + ["high"] * 6, categories=["low", "middle", "high"])
    said = findings.groups(group_table(DECISIONS, group), "agreement")
    assert said.startswith("From agreement low to high the mean accuracy of the variants goes from 25.0 to 91.7 %")
    assert "one group" in findings.groups(group_table(DECISIONS, pd.Categorical(["all"] * 8)), "agreement")


def test_raters_are_held_against_guessing():
    said = findings.raters(sides(DECISIONS, np.array([2, 2, 1, 1, 2, 2, 2, 2])), 3)
    assert "75.0 % of the labels agree" in said and "Of the networks' errors 83 % are answers" in said
    assert "(67–100 % over the variants)" in said and "in 100 % of the cases, guessing would in 50 %" in said
