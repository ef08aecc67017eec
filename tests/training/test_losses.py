import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.errors import InputError
from fer_lib.training.losses import class_weights


def test_class_weights_of_fer2013_polarity():
    labels = np.repeat([0, 1, 2], [6198, 8989, 16_698])
    weights = class_weights(labels, 3)
    assert weights.dtype == np.float32
    assert weights == pytest.approx([1.000, 0.690, 0.371], abs=5e-4)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=7))
def test_weighted_classes_are_equally_many(counts):
    """w_c · n_c is the same for every class, and no weight exceeds 1."""
    weights = class_weights(np.repeat(np.arange(len(counts)), counts), len(counts))
    assert weights * counts == pytest.approx([min(counts)] * len(counts), rel=1e-5)
    assert weights.max() == 1


@pytest.mark.parametrize("labels", [[0, 0, 2], [0, 1, 1]])
def test_a_class_without_sample_is_named(labels):
    missing = ({0, 1, 2} - set(labels)).pop()
    with pytest.raises(InputError, match=f"class {missing} has no training sample"):
        class_weights(np.array(labels), 3)
