"""McNemar's test against textbook tables, its clustered form by hand and both on simulated networks."""

import numpy as np
import pytest
from scipy import stats

from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import mcnemar


def decisions(both, only_first, only_second, neither):
    counts = [both, only_first, only_second, neither]
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


def test_textbook_example_of_many_pairs():
    """Agresti, Categorical Data Analysis, 2nd ed. 2002, §10.1: approval 794, 150, 86, 570, z² = 17.36."""
    found = mcnemar(*decisions(794, 150, 86, 570))
    assert (found.only_first, found.only_second) == (150, 86)
    assert stats.chi2.isf(found.p_value, 1) == pytest.approx(17.36, abs=0.005)


def test_textbook_example_of_few_pairs():
    """Armitage & Berry, Statistical Methods in Medical Research, 1994, p. 127: two media, 12 and 2, exact P 0.0129."""
    assert mcnemar(*decisions(20, 12, 2, 16)).p_value == pytest.approx(0.0129, abs=5e-5)


def test_groups_by_hand():
    """Differences of three groups 2, 1, −1: χ² = 2/3 · 2² / 6."""
    first = np.array([1, 1, 1, 0, 0], bool)
    second = np.array([0, 0, 0, 1, 0], bool)
    found = mcnemar(first, second, groups=["a", "a", "b", "c", "c"])
    assert (found.only_first, found.only_second) == (3, 1)
    assert found.p_value == pytest.approx(stats.chi2.sf(2 / 3 * 4 / 6, 1))


def test_groups_of_one_give_the_plain_test_but_for_their_number():
    first, second = decisions(100, 60, 40, 100)
    plain, grouped = mcnemar(first, second).p_value, mcnemar(first, second, np.arange(300)).p_value
    assert stats.chi2.isf(grouped, 1) == pytest.approx(299 / 300 * stats.chi2.isf(plain, 1))


def test_networks_that_agree_do_not_differ():
    right = np.array([True, False, True])
    assert mcnemar(right, right).p_value == mcnemar(right, right, [0, 0, 1]).p_value == 1.0
    # differences that cancel within every group
    assert mcnemar([1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 1]).p_value == 1.0


@pytest.mark.parametrize("images", [40, 400])
def test_false_positives_of_independent_images(images):
    """Two networks that are right on 70 % each, independently: exact test for few images, χ² for many."""
    rng = np.random.default_rng(images)
    studies = [mcnemar(*(rng.random((2, images)) < 0.7)).p_value < 0.05 for _ in range(2000)]
    assert np.mean(studies) < 0.06


def test_false_positives_of_several_seeds():
    """Every image favours one of the variants, whatever the seed, and no variant on average: taking three seeds'
    decisions as independent errs far too often, taking the image as the unit does not."""
    rng = np.random.default_rng(0)
    images, seeds, studies = 200, 3, 1000
    unit = np.tile(np.arange(images), seeds)
    naive = grouped = 0
    for _ in range(studies):
        easy = rng.beta(1, 1, (2, images))
        first, second = (rng.random((seeds, images)) < share for share in easy)
        naive += mcnemar(first.ravel(), second.ravel()).p_value < 0.05
        grouped += mcnemar(first.ravel(), second.ravel(), unit).p_value < 0.05
    assert grouped / studies < 0.06 and grouped / studies > 0.035
    assert naive / studies > 0.12


def test_decisions_that_cannot_be_paired_are_told():
    with pytest.raises(InputError, match="2 and 3 decisions cannot be paired"):
        mcnemar([1, 0], [1, 0, 1])
    with pytest.raises(InputError, match="at least two of them, got 1"):
        mcnemar([1, 0], [0, 0], groups=["a", "a"])
