"""Notebook 13: runs of one design are ranked together, others apart; what was published stands where it belongs."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest

from fer_lib.artifacts import save_table, write_card
from fer_lib.datasets import load_dataset
from fer_lib.datasets.labels import POLARITY, polarity
from fer_lib.errors import InputError
from fer_lib.evaluation.leaderboard import MAJORITY
from fer_lib.evaluation.published import published_accuracy
from fer_lib.reporting.first_page import GUIDED
from fer_lib.studies import leaderboard as steps
from fer_lib.studies.leaderboard_files import letters_note, write_boards

from .finished_runs import OPTIONS


@pytest.fixture
def project(tmp_path):
    """``project.run("soft", errors=0.1)`` stores a run that was never trained, ``project.finish(…)`` a card."""
    return Project(tmp_path)


class Project:
    def __init__(self, root):
        self.root, self.reports = root, root / "reports" / "mine"
        self.faces = polarity(load_dataset("synthetic", root / "data", **OPTIONS))

    def run(self, variant, seed=1, errors=0.3, folds=3, model="guided_stn", rows=slice(None), **changes) -> str:
        samples = self.faces.samples.iloc[rows]
        n, label = len(samples), samples["label"].to_numpy()
        rng = np.random.default_rng(seed)
        predicted = np.where(rng.random(n) < errors, (label + 1) % 3, label)
        table = pd.DataFrame({"sample_id": samples["sample_id"], "fold": np.arange(n) % folds, "split": "test"})
        table = table.assign(label=label, predicted=predicted, **{f"p_{k}": (predicted == k) * 1.0 for k in range(3)})
        protocol = changes.pop("protocol", "honest")
        name = f"{variant}-{protocol}-{seed}-{folds}-{n}-{'-'.join(map(str, changes.values()))}"
        folder = self.reports / "runs" / name
        save_table(folder / "predictions.parquet", table.sample(frac=1, random_state=seed))
        for empty in ("history", "theta"):
            save_table(folder / f"{empty}.parquet", pd.DataFrame({"fold": [0]}))
        design = {"dataset": {"dataset": "synthetic", **OPTIONS}, "label_space": "polarity", "classes": list(POLARITY)}
        design |= {
            "content": str(n),
            "model": model,
            "variant": variant,
            "fold_scheme": "subject",
            "folds": folds,
            **changes,
        }
        training = {"protocol": protocol, "seed": seed}
        facts = {"seconds": 60.0 * seed, "device": ["cpu (x86_64)"], "parameters_in_model": 66_673}
        write_card(folder, "run", {**design, "training": training}, **facts)
        return name

    def finish(self, runs, notebook=GUIDED) -> None:
        write_card(self.reports / notebook, "stage", {}, runs=runs)

    def study(self, **changes) -> steps.LeaderboardParameters:
        places = {"data_dir": str(self.root / "data"), "reports_dir": str(self.root / "reports"), "profile": "mine"}
        return steps.LeaderboardParameters.check({**places, **changes})


def test_runs_of_one_design_share_a_board(project):
    soft = [project.run("soft", seed, errors=0.1) for seed in (1, 2)]
    cnn = [project.run("simple_cnn", seed, errors=0.5, model="simple_cnn") for seed in (1, 2)]
    project.finish({"soft": soft, "simple_cnn": cnn})
    (board,) = steps.load_boards(project.study())
    assert board.table["variant"].to_list() == ["soft", "simple_cnn", MAJORITY]
    assert str(board.design) == (
        f"synthetic, 3 classes (polarity), 3 folds (subject), honest protocol, {len(project.faces)} tested images"
    )
    row = board.table.iloc[0]
    assert (row["seeds"], row["trainings"], row["notebook"]) == (2, 6, GUIDED)
    assert (row["training_seconds"], row["device"]) == (90, "cpu (x86_64)")
    assert board.table["macs"].to_list()[:2] == [3_929_074, 2_625_090] and row["parameters"] == 66_673
    right = 1 - np.mean([(t["label"] != t["predicted"]).mean() for _, t in board.predictions["soft"].groupby("seed")])
    assert row["accuracy"] == pytest.approx(100 * right, abs=0.5)  # folds differ by an image


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": "reference"},
        {"fold_scheme": "published"},
        {"folds": 2},
        {"label_space": "native"},
        {"rows": slice(0, 60)},
    ],
)
def test_another_design_has_a_board_of_its_own(project, change):
    project.finish({"none": [project.run("none")], "soft": [project.run("soft", **change)]})
    boards = steps.load_boards(project.study())
    assert [list(board.entries) for board in boards] == [["none"], ["soft"]]
    assert len({board.name for board in boards}) == 2


def test_boards_of_one_name_are_numbered(project):
    project.finish({"none": [project.run("none"), project.run("none", rows=slice(0, 60))]})
    names = [board.name for board in steps.load_boards(project.study())]
    assert names == ["synthetic-polarity-subject-honest", "synthetic-polarity-subject-honest-2"]


def test_later_notebooks_join_in_and_shared_runs_count_once(project):
    none, soft = project.run("none"), project.run("soft")
    other = project.run("soft", seed=1, model_options={"padding_mode": "border"})
    project.finish({"none": [none], "soft": [soft]})
    project.finish({"soft": {"1": other}, "again": [none]}, "08_transfer_learning")
    write_card(project.reports / "10_error_analysis", "stage", {})  # names no runs
    (board,) = steps.load_boards(project.study())
    assert {name: entry.notebook[:2] for name, entry in board.entries.items()} == {
        "none": "03", "soft (03)": "03", "soft (08)": "08",
    }  # fmt: skip


def test_without_notebook_03_the_way_is_named(project):
    project.finish({}, "08_transfer_learning")
    with pytest.raises(InputError, match=f"run notebook {GUIDED} with the same profile first"):
        steps.load_boards(project.study())


def test_a_run_that_is_gone_is_missed(project):
    project.finish({"none": ["gone"]})
    with pytest.raises(InputError, match="runs/gone: no card.json"):
        steps.load_boards(project.study())


def test_the_same_run_under_two_names_is_refused(project):
    one = project.run("none")
    folder = project.reports / "runs" / one
    shutil.copytree(folder, folder.with_name("copy"))
    project.finish({"none": [one, "copy"]})
    with pytest.raises(InputError, match="runs/copy: a second run of 'none' with seed 1, expected one of each"):
        steps.load_boards(project.study())


def published_board(project, monkeypatch, protocol):
    """As if the authors had worked on these synthetic faces."""
    ours = published_accuracy("guided_st", dataset="fer2013", classes=3).reset_index()
    ours = ours.assign(dataset="synthetic", split="subject", n_folds=3, samples=len(project.faces), file="guided_st")
    monkeypatch.setattr(steps, "all_published", lambda: ours)
    runs = {name: [project.run(name, protocol=protocol, errors=e)] for name, e in {"none": 0.4, "noise": 0.1}.items()}
    project.finish({**runs, "simple_cnn": [project.run("simple_cnn", protocol=protocol, model="simple_cnn")]})
    (board,) = steps.load_boards(project.study())
    return board


def test_published_numbers_stand_beside_the_same_variant(project, monkeypatch):
    board = published_board(project, monkeypatch, "reference")
    table = board.table.set_index("variant")
    assert table.loc["none", "published"] == 72.92 and table.loc["none", "published_half_width"] == 0.49
    assert table.loc["simple_cnn", "published_status"] == "reported" and pd.isna(table.loc["noise", "published"])
    assert "9 of 9 published numbers are comparable" in steps.summary(board, 0.05)


def test_under_another_protocol_they_do_not(project, monkeypatch):
    board = published_board(project, monkeypatch, "honest")
    assert board.table["published"].isna().all()
    assert board.published["reason"].str.contains("epoch chosen on the reported images, ours apart").all()


def test_summary_counts_pairs_and_equals(project):
    errors = {"best": 0.02, "near": 0.03, "far": 0.7}
    project.finish({name: [project.run(name, s, e, folds=5) for s in (1, 2)] for name, e in errors.items()})
    (board,) = steps.load_boards(project.study())
    said = steps.summary(board, 0.05)
    assert said.startswith("best is first with 9") and "2 of 3 pairs differ (Holm-adjusted p < 0.05)" in said
    assert "1 of the 2 others cannot be told from the first" in said


def test_files_of_every_kind(project, monkeypatch):
    board = published_board(project, monkeypatch, "honest")
    stage = project.study().stage()
    write_boards(stage, [board], 0.05)
    name = "synthetic-polarity-subject-honest"
    assert set(stage.files) == {
        f"tables/{name}.csv", f"tables/{name}-pairs.csv", f"tables/{name}-published.csv", f"tables/{name}.md",
        f"latex/{name}.tex", "html/leaderboard.html",
    }  # fmt: skip
    stored = pd.read_csv(stage.folder / "tables" / f"{name}.csv")
    assert stored["variant"].to_list() == board.table["variant"].to_list()
    assert stored["accuracy"].to_list() == pytest.approx(board.table["accuracy"].to_list())
    latex, html = ((stage.folder / path).read_text() for path in (f"latex/{name}.tex", "html/leaderboard.html"))
    assert latex.startswith("% synthetic, 3 classes") and "simple\\_cnn" in latex and "\\toprule" in latex
    markdown = (stage.folder / "tables" / f"{name}.md").read_text()
    for text in (markdown, html):
        assert "not comparable, because epoch chosen on the reported images" in text
        assert "73.40 ± 0.49 [reported]" in text and "share a letter" in text
    assert not re.search(r"https?://|src=", html)  # nothing is fetched


def test_note_names_the_test_that_was_made(project):
    project.finish({"none": [project.run("none")], "one": [project.run("one", folds=1)]})
    several, single = (letters_note(board, 0.05) for board in steps.load_boards(project.study()))
    assert "resampled t-test over folds" in several and "McNemar's test over images" in single


@pytest.mark.parametrize("change", [{"alpha": 0.0}, {"alpha": 1.0}, {"sure": 1.5}, {"listed": 0}, {"clear": -0.1}])
def test_parameters_out_of_range_are_refused(project, change):
    with pytest.raises(InputError, match=f"parameter '{next(iter(change))}'"):
        project.study(**change)
