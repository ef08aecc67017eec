import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_lib.evaluation.metrics import scores
from fer_lib.training.selection import EarlyStopping, LastEpoch, monitored


def run(scores, patience):
    """(best epoch, epochs run) as a training loop would use it."""
    stopping = EarlyStopping(patience)
    for epoch, score in enumerate(scores, 1):
        stopping.improved(epoch, score)
        if stopping.should_stop(epoch):
            break
    return stopping.best_epoch, epoch


def test_the_first_of_equal_scores_is_kept():
    assert run([0.5, 0.7, 0.7, 0.6], patience=10)[0] == 2


def test_equal_scores_do_not_extend_the_patience():
    assert run([0.7] * 20, patience=3) == (1, 4)


def test_it_stops_exactly_patience_epochs_after_the_best():
    assert run([0.1, 0.2, 0.3] + [0.0] * 50, patience=30) == (3, 33)
    assert run([0.1, 0.2, 0.3] + [0.0] * 29, patience=30) == (3, 32)


def test_an_improvement_in_the_last_epoch_of_patience_goes_on():
    assert run([0.5, 0.1, 0.1, 0.6, 0.1, 0.1, 0.1, 0.9], patience=3) == (4, 7)


def test_a_score_of_zero_counts():
    assert run([0.0, 0.0], patience=5)[0] == 1


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60), st.integers(1, 10))
def test_against_a_slow_twin(scores, patience):
    for last in range(1, len(scores) + 1):
        best = scores.index(max(scores[:last])) + 1
        if last - best >= patience:
            break
    assert run(scores, patience) == (best, last)


def test_the_last_epoch_is_kept_whatever_it_scores():
    last = LastEpoch()
    for epoch, score in enumerate([0.9, 0.1, 0.0], 1):
        assert last.improved(epoch, score) and not last.should_stop(epoch)
    assert last.best_epoch == 3


@pytest.mark.parametrize("monitor", ["macro_f1", "balanced_accuracy"])
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_what_selects_is_what_the_tables_report(monitor, pairs):
    labels, predicted = np.array(pairs).T
    reported = scores(pd.DataFrame({"label": labels, "predicted": predicted}))
    assert monitored(monitor, labels, predicted) == pytest.approx(reported[monitor])


def test_scores_by_hand():
    """Recalls 1, 1/2, 0; F1 of 2/3, 1/2, 0."""
    labels, predicted = np.array([0, 1, 1, 2]), np.array([0, 1, 0, 1])
    assert monitored("balanced_accuracy", labels, predicted) == pytest.approx(0.5)
    assert monitored("macro_f1", labels, predicted) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
