import pandas as pd
import pytest
import torch


def test_ratios_are_those_of_each_turn():
    from stacked_training import summary

    turns = [(0, 100, 200, 800), (1, 10, 50, 90), (2, 100, 300, 600)]
    rates = pd.DataFrame([{"turn": t, "models": 5, "plain": p, "sequential": q, "stacked": s} for t, p, q, s in turns])
    medians, spread = summary(rates)
    assert medians.loc[5, "sequential ÷ plain"] == 3  # of 2, 5 and 3
    assert medians.loc[5, "stacked ÷ sequential"] == 2  # of 4, 1.8 and 2
    assert medians.loc[5, "plain"] == 100
    assert spread.loc[5, "stacked ÷ plain"] == "6.00 – 9.00"


def test_limits(small_batches):
    from stacked_training import Limits
    from step_cost import Cost

    limits = Limits(Cost(100, 8000), {5: Cost(200, 80_000)}, bandwidth=1e6, launch=1e-3)
    (row,) = limits.table(torch.device("cuda")).to_dict("records")
    assert row["memory-bound, sequential"] == pytest.approx(1e6 / (8000 / 8))
    assert row["memory-bound, stacked"] == pytest.approx(1e6 / (80_000 / 40))
    assert row["launch-bound, sequential"] == pytest.approx(8 / 0.1)
    assert row["launch-bound, stacked"] == pytest.approx(40 / 0.2)


def test_writes_a_report(tmp_path, the_report, small_batches):
    from stacked_training import main

    main(["--models", "1", "3", "--images", "16", "--quick", "--device", "cpu", "--out", str(tmp_path / "out")])
    text = the_report()
    assert text.count("|        3 |") == 3
    for word in ("plain", "sequential", "stacked", "memory-bound", "launch-bound", "GB/s", "revision"):
        assert word in text


def test_refuses_a_broken_batch(capsys):
    from stacked_training import main

    with pytest.raises(SystemExit):
        main(["--images", "200", "--device", "cpu"])
    assert "--images 200, expected a multiple of 128 from 256" in capsys.readouterr().err
