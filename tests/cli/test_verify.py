"""fer verify: what it says of runs, and how it ends."""

import pytest

from fer_lib.artifacts import read_card, save_json
from fer_lib.cli.__main__ import main
from fer_lib.studies import guided_transformers as guided


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """``data`` and ``reports/tiny`` with two runs, of seeds 1 and 2."""
    root = tmp_path_factory.mktemp("project")
    study = guided.GuidedStudy.check(
        {
            "data_dir": str(root / "data"), "reports_dir": str(root / "reports"), "profile": "tiny",
            "dataset_options": {"images": 60, "subjects": 12}, "variants": ["simple_cnn"], "fold_scheme": "subject",
            "folds": 2, "seeds": [1, 2], "epochs": 1, "batch_size": 16, "precision": "fp32", "device": "cpu",
        }
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CORES", "1")
        _, runs = guided.train_all(study, guided.prepare(study))
    study.stage().finish(**guided.facts(runs))
    return root


@pytest.fixture
def fer_verify(project, monkeypatch, capsys):
    """``fer_verify("--fold", "0", …)`` → exit status, lines of output, last line of errors."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("FER_CORES", "1")

    def run(*words, report="reports/tiny"):
        status = main(["verify", str(report), "--out", "again", *words])
        said = capsys.readouterr()
        lines = [line for line in said.out.splitlines() if not line.startswith("otherwise than then: ")]
        return status, lines, (said.err.strip().splitlines() or [""])[-1]

    return run


def runs_of(project):
    return {seed: next((project / "reports/tiny/runs").glob(f"*-s{seed}-*")) for seed in (1, 2)}


def test_identical_runs_end_with_status_0(project, fer_verify):
    status, lines, _ = fer_verify()
    names = [runs_of(project)[seed].name for seed in (1, 2)]
    assert status == 0
    assert lines == [f"{name}, folds 0, 1: identical (history, predictions, theta, folds, weights)" for name in names]


def test_seeds_and_folds_are_chosen(project, fer_verify):
    status, lines, _ = fer_verify("--seed", "2", "--fold", "1")
    assert status == 0 and len(lines) == 1
    assert lines[0].startswith(f"{runs_of(project)[2].name}, fold 1: identical")


def test_a_different_run_is_named_and_ends_with_status_1(project, fer_verify):
    path = runs_of(project)[1]
    stated = read_card(path)
    save_json(path / "card.json", {**stated, "parameters": {**stated["parameters"], "content": "0" * 16}})
    try:
        status, lines, error = fer_verify()
        assert (status, error) == (1, "fer verify: 1 of 2 runs are different from their cards")
        assert lines[0].startswith(f"{path.name}, folds 0, 1: different; first difference: data: '{'0' * 16}' stated, ")
        assert " identical " in lines[1]  # the others are verified all the same
        status, lines, _ = fer_verify("--dry-run")
        assert status == 1 and lines[0].startswith(f"{path.name}: data: ") and lines[1].endswith(": the same data")
    finally:
        save_json(path / "card.json", stated)


def test_a_run_that_cannot_be_made_again_leaves_the_others(project, fer_verify):
    path = runs_of(project)[1]
    stated = read_card(path)
    save_json(path / "card.json", {**stated, "kind": "complete"})
    try:
        status, lines, _ = fer_verify()
        assert status == 0 and lines[0].startswith(f"not verified: {path.name}: its card is of kind 'complete'")
        status, _, error = fer_verify(report=path / "card.json")
        assert status == 1 and error.startswith("fer verify: none of 1 runs could be verified; ")
    finally:
        save_json(path / "card.json", stated)


def test_a_difference_within_the_spread_shows_both_accuracies(project, fer_verify):
    path = runs_of(project)[1]
    stated = read_card(path)
    save_json(path / "card.json", {**stated, "weights": dict.fromkeys(stated["weights"], "0" * 64)})
    try:
        status, (line,), _ = fer_verify(report=path)
        assert status == 0 and ": within the stated spread (" in line and " % found); first difference: weights" in line
    finally:
        save_json(path / "card.json", stated)


def test_nothing_is_left_without_a_folder_for_it(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    monkeypatch.setenv("FER_CORES", "1")
    monkeypatch.setenv("TMPDIR", str(project))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = {path for path in project.rglob("*") if not path.name.endswith(".lock")}
    assert main(["verify", "reports/tiny", "--seed", "1", "--fold", "0"]) == 0
    assert {path for path in project.rglob("*") if not path.name.endswith(".lock")} == before
