import pandas as pd
import pytest

from fer_lib.artifacts import save_table, write_card
from fer_lib.artifacts.runs import load_run
from fer_lib.errors import InputError


def write_tables(folder):
    predictions = pd.DataFrame(
        {"sample_id": ["a", "b", "b"], "fold": [0, 1, 0], "split": ["test", "test", "validation"]}
    )
    save_table(folder / "predictions.parquet", predictions)
    save_table(folder / "history.parquet", pd.DataFrame({"fold": [0, 1], "epoch": [1, 1]}))
    save_table(folder / "theta.parquet", pd.DataFrame(columns=["sample_id", "fold", "theta_0"]))


def test_a_complete_run_is_read_back(tmp_path):
    write_tables(tmp_path / "run")
    write_card(tmp_path / "run", "run", {"seed": 1}, samples=2)
    run = load_run(str(tmp_path / "run"))
    assert run.folder == tmp_path / "run" and run.card["samples"] == 2
    assert len(run.history) == 2 and len(run.predictions) == 3 and run.theta.empty
    assert run.test["sample_id"].to_list() == ["a", "b"]
    assert set(run.test["split"]) == {"test"}


def test_tables_without_a_card_are_no_run(tmp_path):
    write_tables(tmp_path)
    with pytest.raises(InputError, match="no card.json, so nothing complete is there; train it first"):
        load_run(tmp_path)


def test_a_folder_of_another_kind_is_no_run(tmp_path):
    write_tables(tmp_path)
    write_card(tmp_path, "complete", {"seed": 1})
    with pytest.raises(InputError, match="a card of kind 'complete', expected 'run'"):
        load_run(tmp_path)
