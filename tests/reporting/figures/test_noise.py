"""Curves under noise: every value where it belongs, print in the colours of ours."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from fer_lib.reporting.figures import noise_curves

VARIANTS = ["preact_slim", "feratt_cls_slim", "feratt_cls_2019"]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def ours():
    rows = [
        (target, variant, sigma, 90 - 10 * place - 100 * sigma)
        for target in ("CK+", "JAFFE")
        for place, variant in enumerate(VARIANTS)
        for sigma in (0.3, 0.0, 0.1)  # in any order
    ]
    table = pd.DataFrame(rows, columns=["target", "variant", "sigma", "accuracy"])
    return table.assign(low=table["accuracy"] - 5, high=table["accuracy"] + 3)


def printed(*variants):
    rows = [("CK+", variant, sigma, 80 - 50 * sigma) for variant in variants for sigma in (0.1, 0.3)]
    return pd.DataFrame(rows, columns=["target", "variant", "sigma", "accuracy"])


def lines(axis):
    return {line.get_label(): line for line in axis.lines}


def test_each_variant_has_its_line_and_band_by_rising_noise():
    figure = noise_curves(ours(), printed(), "t")
    assert [axis.get_title(loc="left") or axis.get_title() for axis in figure.axes] == ["CK+", "JAFFE"]
    for axis in figure.axes:
        assert list(lines(axis)) == VARIANTS
        for place, variant in enumerate(VARIANTS):
            expected = [[0, 90 - 10 * place], [0.1, 80 - 10 * place], [0.3, 60 - 10 * place]]
            assert np.allclose(lines(axis)[variant].get_xydata(), expected)
            corners = axis.collections[place].get_paths()[0].vertices
            for sigma, accuracy in expected:
                at = corners[np.isclose(corners[:, 0], sigma), 1]
                assert at.min() == pytest.approx(accuracy - 5) and at.max() == pytest.approx(accuracy + 3)


def test_published_values_are_hollow_and_in_the_colour_of_our_first_of_that_method():
    figure = noise_curves(ours(), printed("preact_resnet18", "feratt_cls"), "t")
    known, other = (lines(axis) for axis in figure.axes)
    assert list(known) == [*VARIANTS, "published: PreActResNet18", "published: FERAtt+Cls"]
    assert list(other) == VARIANTS  # print has the first set alone
    for mine, theirs in (("preact_slim", "PreActResNet18"), ("feratt_cls_slim", "FERAtt+Cls")):
        drawn = known[f"published: {theirs}"]
        assert np.allclose(drawn.get_xydata(), [[0.1, 75], [0.3, 65]])
        assert to_rgb(drawn.get_color()) == to_rgb(known[mine].get_color())
        assert drawn.get_marker() == known[mine].get_marker()
        assert to_rgb(drawn.get_markerfacecolor()) == (1, 1, 1) != to_rgb(known[mine].get_markerfacecolor())
    assert len({line.get_marker() for name, line in known.items() if name in VARIANTS}) == 3


def test_a_published_method_that_was_not_run_has_a_colour_of_its_own():
    axis = noise_curves(ours(), printed("feratt_rep_cls", "another"), "t").axes[0]
    assert len({to_rgb(line.get_color()) for line in axis.lines}) == 5
    assert {"published: FERAtt+Rep+Cls", "published: another"} <= lines(axis).keys()
