"""Figures of notebook 09."""

import numpy as np
import pandas as pd

from fer_lib.evaluation.calibration import expected_calibration_error, reliability
from fer_lib.reporting.figures import greedy_curves, member_accuracy, member_pairs, reliability_diagrams


def members(count, forms=("none", "flip")):
    rows = [
        {"member": f"m{m}", "tta": form, "accuracy": 50.0 + m + k, "low": 45.0, "high": 60.0}
        for m in range(count)
        for k, form in enumerate(forms)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0).sort_values("member", kind="stable")


def test_every_member_has_a_mark_per_form_in_its_row():
    first, second = member_accuracy({"A": members(3), "B": members(2)}, "t").axes
    assert [axis.get_title() for axis in (first, second)] == ["A", "B"]
    assert [label.get_text() for label in first.get_yticklabels()] == ["m0", "m1", "m2"]
    by_label = {container.get_label(): container.lines[0] for container in first.containers}
    assert by_label["no TTA"].get_xdata().tolist() == [50, 51, 52]
    assert by_label["TTA flip"].get_xdata().tolist() == [51, 52, 53]
    for line in by_label.values():
        assert np.round(line.get_ydata()).tolist() == [0, 1, 2]


def test_curves_mark_the_smallest_best_size_on_validation():
    rows = [
        {"tta": form, "size": size, "validation": value, "test": 60 - size}
        for form, values in (("none", (60, 62, 62)), ("fixed", (63, 61, 60)))
        for size, value in enumerate(values, 1)
    ]
    none, fixed = greedy_curves(pd.DataFrame(rows), "t").axes
    assert (none.get_title(), fixed.get_title()) == ("no TTA", "TTA fixed")
    lines = {line.get_label(): line for line in none.get_lines()}
    assert lines["validation"].get_ydata().tolist() == [60, 62, 62] and lines["test"].get_ydata().tolist() == [
        59,
        58,
        57,
    ]
    assert list(lines["best on validation"].get_xdata()) == [2, 2]
    assert list({line.get_label(): line for line in fixed.get_lines()}["best on validation"].get_xdata()) == [1, 1]


def test_dots_of_the_reliability_diagram_are_the_bins():
    rng = np.random.default_rng(0)
    probabilities, labels = rng.dirichlet(np.ones(3), 200), rng.integers(0, 3, 200)
    (axis,) = reliability_diagrams({"one": (probabilities, labels)}, "t").axes
    bins = reliability(probabilities, labels).query("images > 0")
    dots = np.asarray(axis.collections[0].get_offsets())
    np.testing.assert_allclose(dots, bins[["confidence", "accuracy"]])
    sizes = axis.collections[0].get_sizes()
    assert sizes.argmax() == bins["images"].to_numpy().argmax()
    title = axis.get_title(loc="left") + axis.get_title()  # where titles stand is a matter of style
    assert f"ECE {expected_calibration_error(probabilities, labels):.3f}" in title


def test_pairs_are_written_into_their_cells():
    names = ["a", "b", "c"]
    different = pd.DataFrame([[0, 10, 20.5], [10, 0, 5], [20.5, 5, 0]], names, names, dtype=float)
    both = pd.DataFrame(np.full((3, 3), 7.25), names, names)
    above, below = member_pairs(different, both, "t").axes
    assert [text.get_text() for text in above.texts] == [
        "0.0",
        "10.0",
        "20.5",
        "10.0",
        "0.0",
        "5.0",
        "20.5",
        "5.0",
        "0.0",
    ]
    assert {text.get_text() for text in below.texts} == {"7.2"}
