"""A panel per network, its faces where they are and where the warp looks."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from fer_lib.reporting.figures import shift_scatter

NETWORKS = [("plain", "soft"), ("growing shifts", "soft"), ("growing shifts", "shuffled")]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_panels_show_truth_across_and_what_is_shown_up():
    places = {"centre_x": [13.5, 33.5], "centre_y": [23.5, 20.5], "shown_x": [18.5, 28.5], "shown_y": [23.5, 22.5]}
    rows = pd.concat([pd.DataFrame(places).assign(training=t, variant=v) for t, v in NETWORKS])
    left = pd.DataFrame(NETWORKS, columns=["training", "variant"]).assign(remaining=[100.6, 20.4, 99.9])
    axes = shift_scatter(rows, left, 48, "t").axes
    titles = [axis.get_title() or axis.get_title(loc="left") for axis in axes[:3]]
    assert titles == ["soft, plain: 101 % remains", "soft, growing shifts: 20 % remains",
                      "shuffled, growing shifts: 100 % remains"]  # fmt: skip
    right, down = (np.asarray(points.get_offsets()) for points in axes[0].collections)
    assert right.tolist() == [[-10, -5], [10, 5]] and down.tolist() == [[0, 0], [-3, -1]]
    assert axes[0].get_xlim() == axes[0].get_ylim() == (-12, 12) and not axes[3].axison
