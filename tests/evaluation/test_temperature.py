"""The temperature undoes what made probabilities too sure."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import log_loss

from fer_lib.evaluation.calibration import expected_calibration_error
from fer_lib.evaluation.temperature import fit_temperature, negative_log_likelihood, tempered


@pytest.fixture(scope="module")
def calibrated():
    """Logits (N, K), and labels drawn from their softmax."""
    rng = np.random.default_rng(0)
    logits = 2 * rng.standard_normal((20_000, 4))
    labels = (rng.random((20_000, 1)) > softmax(logits, 1).cumsum(1)).sum(1)
    return logits, labels


def test_tempered_probabilities_are_the_softmax_of_smaller_logits(calibrated):
    logits, _ = calibrated
    np.testing.assert_allclose(tempered(softmax(logits, 1), 2.5), softmax(logits / 2.5, 1), atol=1e-9)


def test_answers_stay_the_same_and_zeros_do_no_harm():
    probabilities = np.array([[1.0, 0.0], [0.3, 0.7]])
    found = tempered(probabilities, 3.0)
    assert (found.argmax(1) == [0, 1]).all() and found[0, 1] > 0 and np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(1), 1)


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_fit_finds_the_factor_that_spoiled_the_logits(calibrated, factor):
    logits, labels = calibrated
    spoiled = softmax(factor * logits, 1)
    temperature = fit_temperature(spoiled, labels)
    assert temperature == pytest.approx(factor, rel=0.04)
    assert expected_calibration_error(tempered(spoiled, temperature), labels) < 0.015


def test_likelihood_equals_scikit_learns(calibrated):
    logits, labels = calibrated
    own = negative_log_likelihood(softmax(logits, 1), labels)
    assert own == pytest.approx(log_loss(labels, softmax(logits, 1)))
    assert own == pytest.approx(-log_softmax(logits, 1)[np.arange(len(labels)), labels].mean())


def test_a_few_right_answers_do_not_end_all_doubt():
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7]])
    assert fit_temperature(probabilities, [0, 1]) == pytest.approx(0.25, rel=0.01)
    assert fit_temperature(probabilities, [1, 0]) == pytest.approx(4, rel=0.01)
