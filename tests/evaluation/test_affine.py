"""Known transforms in quantities one can picture."""

from math import cos, radians, sin

import pandas as pd
import pytest

from fer_lib.evaluation.affine import affine_quantities, identity_deviation


def quantities(*theta):
    return affine_quantities(pd.DataFrame([theta], columns=[f"theta_{i}" for i in range(6)])).iloc[0].to_dict()


def turned(degrees, zoom=1.0):
    c, s = cos(radians(degrees)) / zoom, sin(radians(degrees)) / zoom
    return c, -s, 0, s, c, 0


def test_identity():
    assert quantities(1, 0, 0, 0, 1, 0) == {"zoom": 1, "rotation": 0, "shift_x": 0, "shift_y": 0}


@pytest.mark.parametrize("degrees", [-170, -90, -30, 1, 45, 120])
def test_pure_rotation(degrees):
    found = quantities(*turned(degrees))
    assert found["rotation"] == pytest.approx(degrees)
    assert found["zoom"] == pytest.approx(1)


def test_zoom_of_two_shows_a_quarter_of_the_area():
    assert quantities(0.5, 0, 0, 0, 0.5, 0)["zoom"] == pytest.approx(2)
    assert quantities(2, 0, 0, 0, 2, 0)["zoom"] == pytest.approx(0.5)
    assert quantities(0.5, 0, 0, 0, 2, 0)["zoom"] == pytest.approx(1)  # the area stays


def test_rotation_and_zoom_do_not_disturb_each_other():
    found = quantities(*turned(25, zoom=3))
    assert (found["rotation"], found["zoom"]) == pytest.approx((25, 3))


def test_shift_is_told_right_and_down():
    found = quantities(1, 0, 0.25, 0, 1, -0.5)
    assert (found["shift_x"], found["shift_y"], found["zoom"]) == (0.25, -0.5, 1)


def test_shear_alone_keeps_the_area():
    assert quantities(1, 0.4, 0, 0, 1, 0)["zoom"] == pytest.approx(1)


def test_mirrored_and_collapsed_transforms_stay_finite():
    assert quantities(-1, 0, 0, 0, 1, 0)["zoom"] == pytest.approx(1)
    assert quantities(0, 0, 0, 0, 0, 0)["zoom"] == pytest.approx(1000)


def test_rows_keep_their_index_and_other_columns_are_ignored():
    theta = pd.DataFrame([turned(10), turned(20)], columns=[f"theta_{i}" for i in range(6)], index=[7, 3])
    result = affine_quantities(theta.assign(sample_id="x"))
    assert list(result.index) == [7, 3]
    assert result["rotation"].to_list() == pytest.approx([10, 20])


def test_deviation_from_the_identity_is_a_mean_over_six_values():
    rows = [(1, 0, 0, 0, 1, 0), (1.3, 0, 0, -0.3, 1, 0), (0, 0, 0, 0, 0, 0)]
    table = pd.DataFrame(rows, columns=[f"theta_{i}" for i in range(6)])
    assert identity_deviation(table) == pytest.approx([0, 0.1, 1 / 3])
