"""Selection optimism read off histories written by hand."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.evaluation.selection import selection_optimism
from fer_lib.training.selection import EarlyStopping


def history(**folds):
    """``f0=([select…], [watch…])``: one row per fold and epoch."""
    return pd.DataFrame(
        {"fold": int(fold[1:]), "epoch": epoch, "select_accuracy": select, "watch_accuracy": watch}
        for fold, (selects, watches) in folds.items()
        for epoch, (select, watch) in enumerate(zip(selects, watches, strict=True), 1)
    )


def test_optimism_of_a_hand_made_history():
    result = selection_optimism(
        history(f0=([0.5, 0.7, 0.6], [0.55, 0.60, 0.68]), f1=([0.5, 0.6, 0.4], [0.50, 0.70, 0.65]))
    )
    assert result.index.names == ["seed", "fold"] and list(result.index) == [(0, 0), (0, 1)]
    assert result.loc[(0, 0)].to_list() == pytest.approx([0.60, 0.68, 0.08])
    assert result.loc[(0, 1)].to_list() == pytest.approx([0.70, 0.70, 0.0])


def test_each_seed_has_its_own_trajectory():
    one, other = history(f0=([0.5, 0.7], [0.4, 0.6])), history(f0=([0.7, 0.5], [0.8, 0.9]))
    result = selection_optimism(pd.concat([one.assign(seed=1), other.assign(seed=2)]))
    assert list(result.index) == [(1, 0), (2, 0)]
    assert result["honest"].to_list() == [0.6, 0.8]


def test_another_score_may_have_chosen_the_epoch():
    rows = history(f0=([0.5, 0.7], [0.4, 0.6])).assign(select_macro_f1=[0.9, 0.1])
    assert selection_optimism(rows, "macro_f1").loc[(0, 0), "honest"] == 0.4


def test_ties_go_to_the_first_epoch():
    result = selection_optimism(history(f0=([0.5, 0.7, 0.7, 0.7], [0.1, 0.2, 0.9, 0.3])))
    assert result.loc[(0, 0), "honest"] == 0.2


def test_rows_may_come_in_any_order():
    rows = history(f0=([0.5, 0.7, 0.7], [0.1, 0.2, 0.9]), f1=([0.3, 0.2, 0.3], [0.4, 0.5, 0.6]))
    expected = selection_optimism(rows)
    pd.testing.assert_frame_equal(selection_optimism(rows.sample(frac=1, random_state=0)), expected)


accuracies = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=30)


@given(accuracies)
def test_optimism_is_never_negative_and_honest_is_what_early_stopping_kept(pairs):
    selects, watches = ([value / 20 for value in values] for values in zip(*pairs, strict=True))
    result = selection_optimism(history(f0=(selects, watches))).loc[(0, 0)]
    stopping = EarlyStopping(patience=100)
    for epoch, score in enumerate(selects, 1):
        stopping.improved(epoch, score)
    assert result["honest"] == watches[stopping.best_epoch - 1]
    assert result["best"] == max(watches)
    assert result["optimism"] == result["best"] - result["honest"] >= 0


def test_a_reference_history_has_no_optimism_to_measure():
    with pytest.raises(InputError, match="needs a history made under the honest protocol"):
        selection_optimism(history(f0=([0.5], [0.5])).drop(columns="watch_accuracy"))
