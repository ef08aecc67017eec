"""What readers of notebook 06 are shown."""

import numpy as np
import pandas as pd

from fer_lib.reporting.backbone_tables import (
    MB,
    backbones_for_readers,
    benchmark_for_readers,
    gains_for_readers,
    speeds_for_readers,
)

NAN = np.nan
RESULTS = pd.DataFrame(
    {
        "target": "FER-2013", "split": "official", "variant": ["resnet34", "majority class"],
        "accuracy": [70.0, 24.49], "low": [68.5, NAN], "high": [71.5, NAN], "sd_seeds": NAN,
        "balanced_accuracy": [66.0, NAN], "macro_f1": [67.0, NAN], "samples": 3589,
        "side": pd.array([224, None], "Int64"), "parameters": pd.array([21_288_263, None], "Int64"),
        "macs": pd.array([3_663_252_992, None], "Int64"), "weight_bytes": pd.array([80 * MB, None], "Int64"),
        "activation_bytes": pd.array([3 * MB // 2, None], "Int64"), "images_per_second": [12.4, NAN], "peak_bytes": NAN,
        "published": [72.42, NAN], "status": ["verified", None], "published_parameters": NAN, "reason": ["", None],
    }
)  # fmt: skip


def test_costs_and_published_numbers_stand_beside_the_accuracy():
    table = backbones_for_readers(RESULTS)
    assert table.iloc[0].to_dict() == {
        "set": "FER-2013", "split": "official", "variant": "resnet34", "accuracy % [95 %]": "70.00 [68.50, 71.50]",
        "balanced %": "66.00", "macro-F1 %": "67.00", "input (px)": "224", "parameters": "21,288,263",
        "MACs (M)": "3663.25", "weights + one image (MB)": "80.0 + 1.5", "images/s": "12", "n": "3,589",
        "published %": "72.42", "parameters in print (M)": "–", "same thing?": "comparable",
    }  # fmt: skip
    last = table.iloc[1]
    assert (last["parameters"], last["MACs (M)"], last["weights + one image (MB)"]) == ("–", "–", "–")
    assert (last["published %"], last["same thing?"]) == ("–", "–")


def test_columns_without_anything_in_them_are_left_out():
    bare = backbones_for_readers(RESULTS.assign(published=NAN))
    assert not {"published %", "same thing?", "sd of seeds", "peak on the GPU (MB)"} & set(bare)
    full = backbones_for_readers(RESULTS.assign(sd_seeds=0.5, peak_bytes=float(3 * MB)))
    assert full["sd of seeds"].to_list() == ["0.50"] * 2 and full["peak on the GPU (MB)"].to_list() == ["3.00"] * 2


def test_the_benchmark_says_what_was_not_run():
    row = {
        "parameters": 137_796_423, "macs": 21.9e9, "weight_bytes": 500 * MB, "activation_bytes": 10 * MB,
        "published": 74.14, "status": "verified",
    }  # fmt: skip
    table = benchmark_for_readers(
        pd.DataFrame(
            [
                {"variant": "residual_masking", **row, "published_parameters": 142.9e6, "ours": NAN},
                {"variant": "x", **row, "status": "recalled", "published_parameters": NAN, "ours": 71.0, "low": 70.0,
                 "high": 72.0},
            ]
        )
    )  # fmt: skip
    assert table["ours % [95 %]"].to_list() == ["not run", "71.00 [70.00, 72.00]"]
    assert table["in print (M)"].to_list() == ["142.9", "–"]
    assert table["published %"].to_list() == ["74.14", "74.14 [recalled]"]


def test_gains_and_speeds():
    gain = {
        "target": "t", "split": "subject", "masked": "m", "unmasked": "u", "accuracy": 60.0, "accuracy_unmasked": 58.0,
        "difference": 2.0, "low": -1.0, "high": 5.0, "p_value": 0.2, "p_holm": 0.4, "samples": 1500,
    }  # fmt: skip
    shown = gains_for_readers(pd.DataFrame([gain])).iloc[0]
    assert shown["difference (points) [95 %]"] == "+2.00 [-1.00, +5.00]" and shown["p (Holm)"] == "0.400"
    assert gains_for_readers(pd.DataFrame(columns=list(gain))).empty
    speed = {
        "variant": "m", "side": 48, "images_per_second": 1234.5, "low": 1000.0, "high": 1500.0, "passes": 9,
        "batch": 32, "device": "cpu", "precision": "fp32", "threads": 2, "peak_bytes": None,
    }  # fmt: skip
    row = speeds_for_readers(pd.DataFrame([speed])).iloc[0].to_dict()
    assert row["images/s [quartiles]"] == "1,234 [1,000, 1,500]" and row["on"] == "cpu, fp32, threads: 2"
    assert "peak on the GPU (MB)" not in row
