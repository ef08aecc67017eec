"""Tables of notebook 07 for readers."""

import numpy as np
import pandas as pd

from fer_lib.evaluation.attention_scores import attention_table
from fer_lib.evaluation.embedding_quality import embedding_quality
from fer_lib.evaluation.noise_curve import noise_differences, noise_table
from fer_lib.evaluation.published import published_noise
from fer_lib.reporting.attention_tables import (
    attention_for_readers,
    noise_for_readers,
    paired_for_readers,
    quality_for_readers,
)


def test_differences_to_the_baseline_stand_with_their_interval_and_adjusted_p():
    table = pd.DataFrame(
        {
            "target": "JAFFE", "part": "real", "variant": ["preact", "feratt_cls", "majority class"],
            "accuracy": [50.0, 61.0, 20.0], "low": [40.0, 51.0, np.nan], "high": [60.0, 71.0, np.nan],
            "difference": [np.nan, 11.0, np.nan], "difference_low": [np.nan, -1.5, np.nan],
            "difference_high": [np.nan, 23.5, np.nan], "p_value": [np.nan, 0.01, np.nan],
            "p_holm": [np.nan, 0.02, np.nan], "sd_seeds": np.nan, "samples": [1213, 1213, 1213],
        }
    )  # fmt: skip
    shown = paired_for_readers(table)
    assert shown.to_dict("list") == {
        "set": ["JAFFE"] * 3, "part": ["real"] * 3, "variant": ["preact", "feratt_cls", "majority class"],
        "accuracy % [95 %]": ["50.00 [40.00, 60.00]", "61.00 [51.00, 71.00]", "20.00"],
        "Δ to PreActResNet18 (points) [95 %]": ["–", "+11.00 [-1.50, +23.50]", "–"],
        "p (Holm)": ["–", "0.020", "–"], "n": ["1,213"] * 3,
    }  # fmt: skip
    seeds = paired_for_readers(table.assign(sd_seeds=[1.25, 2.0, np.nan]), baseline="preact_slim")
    assert seeds["sd of seeds"].to_list() == ["1.25", "2.00", "–"] and "Δ to preact_slim (points) [95 %]" in seeds
    alone = paired_for_readers(table.iloc[[0]].drop(columns=["difference", "p_holm"]))
    assert list(alone) == ["set", "part", "variant", "accuracy % [95 %]", "n"]


def test_attention_is_shown_with_its_interval_beside_the_untrained_and_the_even_map():
    synthetic = pd.DataFrame(
        {
            "sample_id": list("abcd"), "face": list("wxyz"), "coverage": [0.2, 0.2, 0.4, 0.4],
            "mass": [0.8, 0.9, 0.7, 0.8], "untrained_mass": [0.2, 0.2, 0.4, 0.4], "error": 0.02,
            "untrained_error": 0.5, "input_error": 0.1,
        }
    )  # fmt: skip
    table = attention_table(synthetic, max_coverage=0.1)
    table.insert(0, "variant", "feratt_cls")
    table.insert(0, "target", "JAFFE")
    every, none = attention_for_readers(table).to_dict("records")
    mean, low, high = table.loc[0, ["mass", "mass_low", "mass_high"]]
    before = table.loc[0, ["untrained_mass_low", "untrained_mass_high"]].to_list()
    assert every == {
        "set": "JAFFE", "variant": "feratt_cls", "compositions": "all",
        "attention in the mask [95 %]": f"0.80 [{low:.2f}, {high:.2f}]",
        "untrained [95 %]": f"0.30 [{before[0]:.2f}, {before[1]:.2f}]",
        "even map": "0.30", "error / input's": "0.20", "untrained error / input's": "5.00", "n": "4",
    }  # fmt: skip
    assert low < mean < high
    dashes = [
        none[name] for name in ("attention in the mask [95 %]", "untrained [95 %]", "even map", "error / input's")
    ]
    assert dashes == ["–"] * 4 and none["n"] == "0" and none["compositions"] == "face at most 10 %"


def test_quality_is_averaged_over_trainings_and_neighbours_by_tested_pictures():
    table = pd.DataFrame(
        {
            "target": "JAFFE", "variant": ["preact", "preact", "feratt_cls"], "fold": [0, 1, 0],
            "samples": [1000, 3000, 7], "knn_accuracy": [50.0, 90.0, 100.0], "nmi": [0.2, 0.4, 0.5],
            "ami": [0.0, 0.2, 0.3], "scatter_ratio": [1.0, 2.0, np.nan],
        }
    )  # fmt: skip
    preact, cls = quality_for_readers(table).to_dict("records")
    assert preact == {
        "set": "JAFFE", "variant": "preact", "k-NN accuracy %": "80.00", "AMI (sd of trainings)": "0.10 (0.14)",
        "NMI (sd of trainings)": "0.30 (0.14)",
        "between / within scatter (sd)": "1.50 (0.71)", "trainings": 2, "n": "4,000",
    }  # fmt: skip
    assert [cls[name] for name in ("NMI (sd of trainings)", "between / within scatter (sd)", "n")] == ["0.50", "–", "7"]
    twice = pd.concat([table.assign(seed=seed) for seed in (0, 1)], ignore_index=True)
    assert quality_for_readers(twice)["n"].to_list() == ["4,000", "7"]  # a picture counts once
    assert quality_for_readers(twice)["trainings"].to_list() == [4, 2]


def test_quality_takes_the_columns_that_evaluation_makes():
    points = np.random.default_rng(0).normal(size=(40, 3))
    made = pd.DataFrame(points, columns=["z_0", "z_1", "z_2"]).assign(
        sample_id=[str(row) for row in range(40)], fold=0, split=["train"] * 30 + ["test"] * 10, label=[0, 1] * 20
    )
    found = embedding_quality(made)
    shown = quality_for_readers(found.assign(target="JAFFE", variant="preact"))
    assert shown["k-NN accuracy %"].item() == f"{found['knn_accuracy'].item():.2f}" and shown["n"].item() == "10"


def noise():
    """Predictions of two variants on 60 pictures; the second is always right."""
    rows = pd.DataFrame({"sample_id": [f"{row}" for row in range(60)], "fold": 0, "label": 0})
    wrong = {0.01: 6, 0.3: 48}
    return {
        variant: pd.concat(
            [rows.assign(sigma=sigma, predicted=(np.arange(60) < often * count) * 1) for sigma, count in wrong.items()]
        )
        for variant, often in (("preact", 1), ("feratt_cls", 0))
    }


def test_noise_has_a_row_per_strength_and_print_beside_ours():
    made = noise()
    table = pd.concat([noise_table(one).assign(variant=name) for name, one in made.items()], ignore_index=True)
    both = pd.concat([table.assign(target="JAFFE"), table.assign(target="CK+")], ignore_index=True)
    apart = noise_differences(made, "preact").assign(target="CK+")
    printed = published_noise("ckplus").assign(target="CK+")
    shown = noise_for_readers(both, apart, printed[printed["variant"] == "feratt_cls"])
    assert list(shown) == ["set", "σ", "preact", "feratt_cls", "published: FERAtt+Cls"]
    # sets keep their order; strengths that print alone has stand too
    assert shown["set"].to_list() == ["JAFFE"] * 2 + ["CK+"] * 7
    assert shown["σ"].to_list() == ["0.01", "0.3", "0.01", "0.05", "0.07", "0.09", "0.1", "0.2", "0.3"]
    rows = shown.set_index(["set", "σ"])
    assert rows.loc[("JAFFE", "0.3"), "preact"].startswith("20.00 [")
    assert rows.loc[("JAFFE", "0.3"), "published: FERAtt+Cls"] == "–"
    assert rows.loc[("CK+", "0.3"), "feratt_cls"].startswith("100.00 [") and rows.loc[("CK+", "0.05"), "preact"] == "–"
    assert rows.loc[("CK+", "0.3"), "published: FERAtt+Cls"] == "16.25"
    starred = [place for place, text in rows["feratt_cls"].items() if text.endswith(" *")]
    sure = apart.loc[apart["p_holm"] < 0.05, "sigma"].to_list()
    assert starred == [("CK+", f"{sigma:g}") for sigma in sure] and 0.3 in sure
    assert not rows["preact"].str.endswith("*").any()
    assert list(noise_for_readers(table.assign(target="JAFFE"))) == ["set", "σ", "preact", "feratt_cls"]


def test_strengths_read_back_in_half_the_digits_meet_those_of_print():
    table = noise_table(noise()["preact"]).assign(variant="preact", target="CK+")
    table["sigma"] = table["sigma"].astype(np.float32)
    shown = noise_for_readers(table, published=published_noise("ckplus").assign(target="CK+"))
    assert len(shown) == 7 and (shown.set_index("σ").loc["0.3"] != "–").all()
