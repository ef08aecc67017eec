"""Tables of notebook 04 for readers."""

import numpy as np
import pandas as pd

from fer_lib.reporting.split_tables import gaps_for_readers, published_for_readers, splits_for_readers


def test_every_row_says_its_split_and_whether_people_are_kept_apart():
    rows = [
        {
            "variant": "deep_emotion",
            "accuracy": 50.0,
            "low": 45.0,
            "high": 55.0,
            "sd_seeds": 1.25,
            "last_epoch": 49.5,
            "balanced_accuracy": 40.0,
            "macro_f1": 41.0,
            "samples": 1234,
        },
        {
            "variant": "port",
            "accuracy": 52.0,
            "low": 47.0,
            "high": 57.0,
            "sd_seeds": 1.0,
            "last_epoch": 51.0,
            "difference": 2.0,
            "difference_low": -1.0,
            "difference_high": 5.0,
            "p_value": 0.1,
            "p_holm": 0.2,
            "balanced_accuracy": 40.0,
            "macro_f1": 41.0,
            "samples": 1234,
        },
        {"variant": "majority class", "accuracy": 25.0, "samples": 1234},
    ]
    table = pd.DataFrame(rows).assign(target="JAFFE", split="subject", identity_disjoint="yes")
    shown = splits_for_readers(table)
    assert shown["identity-disjoint"].tolist() == ["yes"] * 3 and shown["n"].tolist() == ["1,234"] * 3
    assert shown["accuracy % [95 %]"].tolist() == ["50.00 [45.00, 55.00]", "52.00 [47.00, 57.00]", "25.00"]
    assert shown["Δ to deep_emotion [95 %]"].tolist() == ["–", "+2.00 [-1.00, +5.00]", "–"]
    assert shown["p (Holm)"].tolist() == ["–", "0.200", "–"] and shown["sd of seeds"].tolist() == ["1.25", "1.00", "–"]


def test_one_variant_under_one_seed_leaves_the_columns_out():
    row = {
        "target": "A",
        "split": "subject",
        "identity_disjoint": "yes",
        "variant": "deep_emotion",
        "accuracy": 50.0,
        "low": 45.0,
        "high": 55.0,
        "sd_seeds": np.nan,
        "last_epoch": 49.0,
        "balanced_accuracy": 1.0,
        "macro_f1": 1.0,
        "samples": 9,
    }
    shown = splits_for_readers(pd.DataFrame([row]))
    assert not {"sd of seeds", "p (Holm)", "Δ to deep_emotion [95 %]"} & set(shown)


def test_gaps_name_both_splits():
    row = {
        "target": "CK+",
        "variant": "deep_emotion",
        "split": "random",
        "stricter": "subject",
        "accuracy": 99.0,
        "accuracy_stricter": 88.5,
        "difference": 10.5,
        "low": 8.0,
        "high": 13.0,
        "images": 981,
    }
    (shown,) = gaps_for_readers(pd.DataFrame([row])).to_dict("records")
    assert (shown["split"], shown["accuracy %"], shown["stricter split"], shown["accuracy % "]) == (
        "random",
        "99.00",
        "subject",
        "88.50",
    )
    assert shown["difference (points) [95 %]"] == "+10.50 [+8.00, +13.00]"


def test_published_numbers_carry_their_status_and_the_reason():
    row = {
        "target": "JAFFE",
        "split": "random",
        "identity_disjoint": "no",
        "ours": 80.0,
        "low": 70.0,
        "high": 90.0,
        "published": 92.8,
        "status": "recalled",
        "reason": "not comparable, because …",
    }
    table = published_for_readers(pd.DataFrame([row, row | {"reason": "", "status": "verified"}]))
    assert table["published %"].tolist() == ["92.80 [recalled]", "92.80"]
    assert table["same thing?"].tolist() == ["not comparable, because …", "comparable"]
