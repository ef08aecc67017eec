"""The benchmark of the saliency maps, in small."""

import pandas as pd
import pytest
import torch


@pytest.fixture
def few(monkeypatch):
    import saliency_rate

    monkeypatch.setattr(saliency_rate, "SPECTRAL", 8)
    return saliency_rate


def test_writes_a_report_with_a_row_per_way(few, tmp_path, the_report):
    few.main(["--canvases", "16x24", "16x16", "--images", "2", "--rounds", "2", "--out", str(tmp_path / "out")])
    for way in ("MSI-Net, 16x24", "MSI-Net, 16x16", "spectral residual"):
        assert the_report().count(f"| {way} ") == 1
    assert "2 turn(s) of 2 images for MSI-Net (random weights)" in the_report()


def test_rates_are_images_by_seconds(few, monkeypatch):
    monkeypatch.setattr(few, "seconds", lambda make, device: 4.0)
    monkeypatch.setattr(few, "saliency_maps", lambda *_: None)
    table = few.measure(None, ["16x16"], 2, 1, few.CPU).set_index("maps")["per second"]
    assert table["MSI-Net, 16x16"] == 0.5 and table["spectral residual"] == 2.0


@pytest.mark.parametrize(("rate", "word"), [(2999.0, "missed"), (3000.0, "reached")])
def test_says_whether_the_target_is_reached(few, rate, word):
    table = pd.DataFrame({"turn": [0], "maps": ["spectral residual"], "per second": [rate]})
    assert few.report(table, 8, None, torch.device("cpu"))[-1].endswith(f"is {word}.")
