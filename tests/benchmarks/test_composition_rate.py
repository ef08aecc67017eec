"""The benchmark of the compositions, in small."""

import pandas as pd
import pytest


@pytest.fixture
def few(monkeypatch):
    import composition_rate

    for name, value in {"FACES": 2, "FACE": 48, "BACKGROUND": 64, "SECONDS": 0.01}.items():
        monkeypatch.setattr(composition_rate, name, value)
    return composition_rate


def test_writes_a_report_with_a_row_per_side_and_threads(few, tmp_path, the_report):
    few.main(["--sides", "16", "48", "--threads", "1", "--batch", "3", "--rounds", "1", "--out", str(tmp_path / "out")])
    rows = [line for line in the_report().splitlines() if line.startswith("|     16") or line.startswith("|     48")]
    assert len(rows) == 4  # medians, and smallest and largest
    assert all("2019" in row for row in rows)
    assert "Batches of 3" in the_report()


def test_the_2018_state_from_its_own_side_on(few):
    assert {side: preset for side, (preset, _) in few.compositions([64, 128]).items()} == {64: "2019", 128: "2018"}


def test_counts_what_was_made_in_the_time(few, monkeypatch):
    """A clock that moves a second a reading: the start, then one reading before each batch and one that ends it."""
    readings = iter(range(100))
    monkeypatch.setattr(few, "now", lambda device: next(readings))
    ((preset, made),) = few.compositions([16]).values()
    assert few.rate(made, preset, batch=5, seconds=4) == pytest.approx(3 * 5 / 4)


def test_says_how_many_medians_miss_the_target(few):
    row = {"turn": 0, "side": 64, "preset": "2019", "threads": 1}
    *_, text = few.report(pd.DataFrame([{**row, "plain": 1500.0, "appearance": 999.0}]), 64)
    assert "medians below it: 1 of 2" in text
    *_, text = few.report(pd.DataFrame([{**row, "plain": 1500.0, "appearance": 1000.0}]), 64)
    assert "medians below it: 0 of 2" in text
