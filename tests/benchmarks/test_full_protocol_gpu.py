import pandas as pd
import pytest

from fer_lib.artifacts.runs import Run


def test_results_count_what_was_trained(tmp_path):
    from full_protocol_gpu import results

    tests = [(0, 1, 1), (0, 1, 1), (1, 0, 0), (1, 0, 1)]
    table = pd.DataFrame(
        [{"fold": f, "label": y, "predicted": p, "split": "test"} for f, y, p in tests]
        + [{"fold": 0, "label": 0, "predicted": 1, "split": "validation"}]
    )
    folds = [
        {"epochs_run": 3, "best_epoch": 2, "samples": {"train": 100}},
        {"epochs_run": 5, "best_epoch": 5, "samples": {"train": 10}},
    ]
    run = Run(tmp_path, {"folds": folds, "seconds": 7.0}, pd.DataFrame(), table, pd.DataFrame())
    (row,) = results({"soft": run}).to_dict("records")
    assert row == {
        "variant": "soft",
        "accuracy": "75.00 ± 35.36",
        "epochs": 8,
        "best epochs": "2, 5",
        "images trained": 350,
        "seconds": 7.0,
    }


def test_a_small_study_on_a_cpu(tmp_path, the_report, monkeypatch):
    import full_protocol_gpu

    monkeypatch.setattr(full_protocol_gpu, "BATCH", 8)
    out, runs = tmp_path / "out", tmp_path / "runs"
    words = "--dataset synthetic --images 80 --landmarks dataset --variants none soft patches --epochs 1 --folds 2"
    words += f" --device cpu --plain-images 16 --data {tmp_path / 'data'} --runs {runs} --out {out}"
    full_protocol_gpu.main(words.split())
    text = the_report()
    assert "3 variants × 2 folds" in text
    assert "engine: stacked (as asked)" in text
    assert "| patches" in text
    assert len(list((runs / "full-protocol" / "runs").glob("*/card.json"))) == 3
    monkeypatch.setattr(full_protocol_gpu, "plain_rate", lambda *_: 1.0)
    full_protocol_gpu.main(words.split())  # goes on: nothing left to train
    seconds = [line for line in (text, the_report()) for line in line.splitlines() if line.startswith("| patches")]
    assert seconds[0] == seconds[1]


def test_an_unknown_variant_is_named():
    import full_protocol_gpu

    from fer_lib.errors import InputError

    with pytest.raises(InputError, match="sofd"):
        full_protocol_gpu.main(["--variants", "sofd"])
