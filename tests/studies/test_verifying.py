"""Runs that were trained here, trained once more."""

import shutil

import pandas as pd
import pytest

from fer_lib.artifacts import read_card, save_json, save_table
from fer_lib.errors import InputError
from fer_lib.evaluation.statistics import fold_interval
from fer_lib.studies import guided_transformers as guided
from fer_lib.studies.verifying import DIFFERENT, IDENTICAL, WITHIN, plan, stated_runs, verify

OPTIONS = {"images": 60, "subjects": 12}


@pytest.fixture(scope="module", autouse=True)
def one_core():
    """Networks this small are trained sooner than workers are started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CORES", "1")
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """``data`` and ``reports/tiny`` with two runs of notebook 03 and its card."""
    root = tmp_path_factory.mktemp("project")
    study = guided.GuidedStudy.check(
        {
            "data_dir": str(root / "data"), "reports_dir": str(root / "reports"), "profile": "tiny",
            "dataset_options": OPTIONS, "variants": ["simple_cnn", "soft"], "fold_scheme": "subject", "folds": 2,
            "landmarks": "dataset", "epochs": 2, "batch_size": 16, "precision": "fp32", "device": "cpu",
        }
    )  # fmt: skip
    _, runs = guided.train_all(study, guided.prepare(study))
    study.stage().finish(**guided.facts(runs))
    return root


@pytest.fixture(scope="module")
def again(project):
    """Where the runs are trained once more; what is complete there is not trained a third time."""
    return project / "again"


@pytest.fixture
def report(project, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(project / "reports" / "tiny", tmp_path / "tiny")


def verdict(report, project, again, name="*-simple_cnn-*", folds=()):
    (stated,) = stated_runs(report, [name])
    return verify(plan(stated, again, project / "data"), folds)


def change_card(report, change, name="*-simple_cnn-*"):
    (stated,) = stated_runs(report, [name])
    card = read_card(stated.folder)
    change(card)
    save_json(stated.folder / "card.json", card)


def change_history(report, **changes):
    (stated,) = stated_runs(report, ["*-simple_cnn-*"])
    path = stated.folder / "history.parquet"
    save_table(path, pd.read_parquet(path).assign(**changes))


@pytest.mark.parametrize("name", ["*-simple_cnn-*", "*-soft-*"])
def test_a_run_comes_out_the_same(report, project, again, name):
    found = verdict(report, project, again, name)
    assert (found.word, found.first, found.folds) == (IDENTICAL, None, [0, 1])
    assert found.compared == ["history", "predictions", "theta", "folds", "weights"]


def test_what_is_published_is_enough(report, project, again):
    for run in (report / "runs").iterdir():
        for path in (*run.glob("predictions.parquet"), *run.glob("theta.parquet"), run / "config.json"):
            path.unlink()
        shutil.rmtree(run / "weights")
    found = verdict(report, project, again)
    assert found.word == IDENTICAL and found.compared == ["history", "folds", "weights"]


def test_one_fold_alone_is_trained(report, project, tmp_path):
    found = verdict(report, project, tmp_path / "fresh", folds=[1])
    assert found.word == IDENTICAL and found.folds == [1]
    assert [path.name for path in (tmp_path / "fresh").glob("*/folds/*")] == ["1"]


def test_a_small_difference_is_within_the_spread_and_the_first_one_is_named(report, project, again):
    change_history(report, train_loss=0.5, select_loss=0.25)
    found = verdict(report, project, again)
    assert found.word == WITHIN and found.first.startswith("history, fold 0, epoch 1, train_loss: 0.5 stated, ")
    stated, spread, mean = found.accuracy
    assert stated == mean and spread >= 0


def test_an_accuracy_far_from_the_stated_one_is_different(report, project, again):
    change_history(report, watch_accuracy=0.01)
    found = verdict(report, project, again)
    assert found.word == DIFFERENT and ", watch_accuracy: 0.01 stated, " in found.first
    assert found.accuracy[0] == pytest.approx(1) and found.accuracy[1] == 0  # its folds do not differ


def test_the_spread_is_that_of_as_many_folds(report, project, again):
    history = pd.read_parquet(stated_runs(report, ["*-simple_cnn-*"])[0].folder / "history.parquet")
    change_history(report, watch_accuracy=history["fold"].map({0: 0.4, 1: 0.6}))
    usual = fold_interval([40.0, 60.0]).half_width
    assert verdict(report, project, again).accuracy[:2] == pytest.approx((50, usual))
    assert verdict(report, project, again, folds=[0]).accuracy[:2] == pytest.approx((40, usual * 2**0.5))


def test_other_weights_are_found_where_the_tables_agree(report, project, again):
    change_card(report, lambda card: card["weights"].update({"fold1.safetensors": "0" * 64}))
    found = verdict(report, project, again)
    assert found.word == WITHIN and found.first.startswith(
        f"weights, fold1.safetensors, SHA-256: '{'0' * 64}' stated, "
    )


def test_another_kept_epoch_is_found(report, project, again):
    change_card(report, lambda card: card["folds"][1].update(epochs_run=9))
    assert verdict(report, project, again).first == "fold 1.epochs_run: 9 stated, 2 found"


def test_without_a_history_no_spread_is_stated(report, project, again):
    for path in report.glob("runs/*/*.parquet"):
        path.unlink()
    assert verdict(report, project, again).word == IDENTICAL
    change_card(report, lambda card: card["weights"].update({"fold1.safetensors": "0" * 64}))
    found = verdict(report, project, again)
    assert found.word == DIFFERENT and found.accuracy is None and found.compared == ["folds", "weights"]


def test_other_data_are_told_and_nothing_is_trained(report, project, tmp_path):
    change_card(report, lambda card: card["parameters"].update(content="0" * 16))
    found = verdict(report, project, tmp_path / "fresh")
    assert found.word == DIFFERENT and found.first.startswith(f"data: '{'0' * 16}' stated, ")
    assert found.compared == ["data"] and not (tmp_path / "fresh").exists()


def test_a_run_is_not_trained_over_itself(report, project):
    with pytest.raises(InputError, match="holds a finished run; name another folder to verify it in"):
        verdict(report, project, report / "runs")


def test_circumstances_that_differ_are_named_and_do_not_stop(report, project, again):
    def change(card):
        card.update(revision="0123456789ab", dirty=False, device=["NVIDIA H100"])
        card["packages"].update(torch="1.0", dlib="3")

    (stated,) = stated_runs(report, ["*-simple_cnn-*"])
    assert all(line.startswith("revision") for line in plan(stated, again, project / "data").circumstances())
    change_card(report, change)
    (stated,) = stated_runs(report, ["*-simple_cnn-*"])
    lines = plan(stated, again, project / "data", device="cpu").circumstances()
    assert [line.split(":")[0] for line in lines] == ["revision", "torch", "dlib", "device"]
    assert lines[0].startswith("revision: '0123456789' stated, ") and lines[2] == "dlib: '3' stated, 'none' found"
    assert lines[3].startswith("device: 'NVIDIA H100' stated, 'cpu (")


def test_runs_are_found_by_report_notebook_folder_and_card(report):
    (stage,) = report.glob("03_*")
    every = {run.name for run in stated_runs(report)}
    assert (
        len(every) == 2 == len(stated_runs(stage)) and {run.name for run in stated_runs(stage / "card.json")} == every
    )
    for name in every:
        for path in (report / "runs" / name, report / "runs" / name / "card.json"):
            (run,) = stated_runs(path)
            assert run.name == name and run.asked["folds"] == 2
    assert stated_runs(report, [*every], [2020]) == stated_runs(report)


def test_what_is_not_there_is_told(report, tmp_path):
    with pytest.raises(InputError, match="no report and no run, expected a folder with runs/ or a run's card.json"):
        stated_runs(tmp_path / "nothing")
    with pytest.raises(InputError, match="tiny: no run 'soft' among its 2"):
        stated_runs(report, ["soft"])
    with pytest.raises(InputError, match=r"tiny: no run of seed 3, 4 \(has 2020\)"):
        stated_runs(report, seeds=[3, 4])
    with pytest.raises(InputError, match=r"no fold 2 \(has 0, 1\)"):
        verdict(report, tmp_path, tmp_path, folds=[2])
