"""The leaderboard as readers see it: every published number with its mark and its reason."""

import numpy as np
import pandas as pd

from fer_lib.reporting.leaderboard import leaderboard_for_readers, leaderboard_html, not_comparable_for_readers

ROW = {
    "rank": 1, "variant": "soft", "accuracy": 74.456, "low": 73.0, "high": 76.0, "letters": "ab",
    "balanced_accuracy": 70.0, "macro_f1": 71.0, "seeds": 3, "trainings": 15, "samples": 31885, "published": 70.02,
    "published_half_width": np.nan, "published_status": "recalled", "published_uses": "AffectNet pre-training",
    "parameters": 66673, "macs": 3929074, "training_seconds": 90.0, "device": "cpu",
}  # fmt: skip
TABLE = pd.DataFrame([ROW, {"variant": "majority class", "accuracy": 52.37, "samples": 31885}]).astype(
    {"rank": "Int64", "seeds": "Int64", "parameters": "Int64", "macs": "Int64"}
)


def test_numbers_as_text():
    soft, majority = leaderboard_for_readers(TABLE).to_dict("records")
    assert soft["accuracy % [95 %]"] == "74.46 [73.00, 76.00]" and soft["letters"] == "ab"
    assert (soft["parameters"], soft["MACs (M)"], soft["training (min)"]) == ("66,673", "3.93", "1.5")
    assert majority["accuracy % [95 %]"] == "52.37"
    assert {value for key, value in majority.items() if key not in ("variant", "accuracy % [95 %]")} == {"–"}


def test_published_numbers_carry_their_mark_and_what_they_use():
    assert leaderboard_for_readers(TABLE)["published %"][0] == "70.02 [recalled] (uses AffectNet pre-training)"
    plain = TABLE.assign(published_status="verified", published_uses=None, published_half_width=0.5)
    assert leaderboard_for_readers(plain)["published %"][0] == "70.02 ± 0.50"


def test_numbers_of_one_reason_share_a_row():
    rows = [("a", "x", "v1", 70.0, "verified", "why"), ("a", "x", "v2", 71.0, "recalled", "why")]
    rows += [("a", "x", "v3", 72.0, "verified", "else"), ("b", "x", "v4", 73.0, "verified", "")]
    published = pd.DataFrame(rows, columns=["file", "dataset", "variant", "accuracy", "status", "reason"])
    published = published.assign(half_width=np.nan, comparable=published["reason"] == "")
    assert not_comparable_for_readers(published).to_numpy().tolist() == [
        ["a", "x", "v1 70.00; v2 71.00 [recalled]", "why"],
        ["a", "x", "v3 72.00", "else"],
    ]
    assert not_comparable_for_readers(published.iloc[3:]).empty


def test_html_is_escaped():
    page = leaderboard_html("A & B", {"p < 0.05": [("1 < 2", pd.DataFrame({"x": ["<b>"]}))]})
    assert "A &amp; B" in page and "<h2>p &lt; 0.05</h2>" in page and "&lt;b&gt;" in page
