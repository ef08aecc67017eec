"""Runs from anywhere are compared where they share a design, and refused where they do not."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.artifacts import read_card, save_table, write_card
from fer_lib.cli.__main__ import main
from fer_lib.errors import InputError
from fer_lib.studies.comparing import compare_runs

FOLDS, EACH = 3, 20


@pytest.fixture
def run(tmp_path):
    """``run("soft", seed=1, right=[0.5, 0.6, 0.7])``: a complete run with these accuracies, never trained."""

    def make(variant, seed=1, right=(0.5, 0.6, 0.7), **changes):
        folder = tmp_path / "runs" / f"{variant}-{seed}"
        fold, k = np.repeat(np.arange(FOLDS), EACH), np.tile(np.arange(EACH), FOLDS)
        label = k % 2
        correct = k < np.round(np.array(right)[fold] * EACH)
        table = pd.DataFrame({"sample_id": [f"{f}-{i}" for f, i in zip(fold, k, strict=True)], "fold": fold})
        table = table.assign(split="test", label=label, predicted=np.where(correct, label, 1 - label))
        save_table(folder / "predictions.parquet", table)
        epochs = {"fold": range(FOLDS), "epoch": 1, "select_accuracy": 0.5, "watch_accuracy": list(right)}
        save_table(folder / "history.parquet", pd.DataFrame(epochs))
        save_table(folder / "theta.parquet", pd.DataFrame({"sample_id": ["a"]}))
        training = {"protocol": "honest", "epochs": 1, "seed": seed, **changes.pop("training", {})}
        design = {"dataset": {"dataset": "mine"}, "label_space": "polarity", "classes": ["a", "b"]}
        design |= {"fold_scheme": "published", "folds": FOLDS, "variant": variant, "training": training, **changes}
        write_card(folder, "run", design, seconds=2.0, samples=FOLDS * EACH)
        return folder

    return make


def test_numbers_are_those_of_the_runs(run, tmp_path):
    folders = [run("none"), run("soft", right=(0.7, 0.7, 0.7)), run("noise", right=(0.6, 0.6, 0.6))]
    results, paired = compare_runs(folders, tmp_path / "out", baselines=["none", "noise"], note="so be it")
    table = results.set_index("variant")
    assert table["accuracy"].to_dict() == pytest.approx({"none": 60, "soft": 70, "noise": 60, "majority class": 50})
    assert paired.set_index("baseline")["difference"].to_dict() == pytest.approx({"none": 10, "noise": 10})
    card = read_card(tmp_path / "out")
    assert card["note"] == "so be it" and card["training_seconds"] == 6
    assert {f"tables/{name}.csv" for name in ("results", "paired", "optimism")} <= set(card["files"])
    assert {path.parent.name for path in (tmp_path / "out" / "runs").glob("*/card.json")} == {f.name for f in folders}


def test_seeds_are_paired(run, tmp_path):
    folders = [run("none", seed=s) for s in (1, 2)] + [run("soft", seed=s, right=(0.6, 0.7, 0.8)) for s in (2, 1)]
    results, _ = compare_runs(folders, tmp_path / "out", baselines=["none"])
    row = results.set_index("variant").loc["soft"]
    assert row["trainings"] == 6 and row["difference"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"folds": 5}, "folds 5 but none-1 has 3, expected the same"),
        ({"dataset": {"dataset": "other"}}, "dataset {'dataset': 'other'} but none-1 has"),
        ({"training": {"epochs": 9}}, "trained with epochs 9 but none-1 with 1, expected the same"),
        ({"training": {"monitor": "macro_f1"}}, "trained with monitor 'macro_f1' but none-1 with None"),
    ],
)
def test_other_designs_are_refused(run, tmp_path, change, sentence):
    with pytest.raises(InputError) as error:
        compare_runs([run("none"), run("soft", **change)], tmp_path / "out", baselines=["none"])
    assert sentence in str(error.value) and not (tmp_path / "out").exists()


def test_two_runs_of_one_kind_are_refused(run, tmp_path):
    again = run("none").rename(tmp_path / "again")
    with pytest.raises(InputError, match="a second run of 'none' with seed 1, expected one of each"):
        compare_runs([run("none"), again], tmp_path / "out", baselines=["none"])


def test_from_the_command_line(run, tmp_path, capsys):
    words = ["compare", str(run("none")), str(run("soft", right=(0.7, 0.7, 0.7))), "--out", str(tmp_path / "out")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "70.00 [70.00, 70.00]" in said and "Δ to none" in said
    assert main(["compare", str(tmp_path), "--out", str(tmp_path / "out2")]) == 1
    assert str(tmp_path) in capsys.readouterr().err
