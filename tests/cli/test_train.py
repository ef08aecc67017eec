"""fer train: photographs, by itself and under torchrun, and the runs of a profile."""

import re
import subprocess
import sys

import nbformat
import pytest
import yaml

from fer_lib.artifacts import read_card
from fer_lib.cli.__main__ import main, parser
from fer_lib.cli.planned import planned_study
from fer_lib.cli.train import NUMBERS
from fer_lib.studies import residual_masking
from fer_lib.studies.residual_masking_parameters import ResidualMaskingStudy
from fer_lib.training.imagenet import ImageNetConfig

from ..study_fixtures import new_project
from ..training.imagenet.conftest import write_photographs

WORDS = (
    *("--model", "residual_masking_slim", "--epochs", "1", "--batch-size", "6", "--image-size", "16", "--resize", "16"),
    *("--device", "cpu", "--precision", "fp32", "--workers", "0"),
)

TORCHRUN = (
    *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
    *("-m", "fer_lib.cli"),
)


@pytest.fixture
def scenes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_photographs(tmp_path / "scenes", (4, 4, 4), (2, 2, 1))


def test_it_trains_and_says_how_well(scenes, capsys):
    words = ["train", "imagenet", "scenes", "--out", "runs/slim", *WORDS, "--option", "head=linear", "--seed", "7"]
    assert main(words) == 0
    said, card = capsys.readouterr().out.strip(), read_card("runs/slim")
    top1 = f"{100 * card['top1']:.2f}"
    assert said == f"runs/slim: residual_masking_slim, 1 epochs, top-1 {top1} %, top-5 100.00 % of 5"
    made = card["parameters"]
    assert made["model_options"] == {"head": "linear"} and made["training"]["seed"] == 7
    assert made["training"]["batch_size"] == 6 and made["training"]["momentum"] == 0.9


def test_what_the_help_calls_defaults_are_the_recipes():
    recipe = ImageNetConfig()
    for name, kind, what in NUMBERS:
        if name != "workers":
            (shown,) = re.findall(r"\(default: (\S+)\)", what)
            assert kind(shown) == getattr(recipe, name.replace("-", "_")), name
    given = parser().parse_args(["train", "imagenet", "x", "--model", "resnet18", "--out", "y"])
    assert not hasattr(given, "epochs") and not hasattr(given, "compile")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing", *WORDS], "nothing: no such folder, expected one with train/ and val/"),
        (["scenes", *WORDS, "--sync-batch-norm"], "sync_batch_norm on cpu, expected device cuda"),
        (["scenes", *WORDS, "--option", "haed=linear"], "expected options among: head"),
    ],
)
def test_mistakes_end_in_one_sentence_before_anything_is_written(scenes, capsys, words, sentence):
    assert main(["train", "imagenet", *words, "--out", "runs/slim"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and said[0].startswith("fer train imagenet: ") and sentence in said[0]
    assert not (scenes.parent / "runs").exists()


@pytest.mark.slow
def test_torchrun_trains_one_network_in_two_processes(scenes):
    words = ["train", "imagenet", "scenes", "--out", "runs/slim", *WORDS]
    done = subprocess.run([*TORCHRUN, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("runs/slim: residual_masking_slim, 1 epochs") == 1
    assert read_card("runs/slim")["processes"] == [2]


MINE = """
notebooks:
  06_residual_masking:
    parameters:
      targets: [{dataset: synthetic, options: {images: 40, subjects: 5}, splits: [subject], folds: 2}]
      variants: [simple_cnn]
      epochs: 1
      device: cpu
      precision: fp32
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.chdir(new_project(tmp_path))
    (tmp_path / "notebooks" / "profiles" / "mine.yaml").write_text(MINE)
    return tmp_path


def test_runs_of_a_profile_are_those_that_its_notebook_finds(mine, capsys, monkeypatch):
    assert main(["train", "runs", "--profile", "mine"]) == 0
    (said,) = capsys.readouterr().out.strip().splitlines()
    (run,) = (mine / "reports" / "mine" / "runs").glob("synthetic-*-simple_cnn-subject-honest-*")
    assert re.fullmatch(rf"{run}: \d+\.\d\d % of 40", said) and read_card(run)["kind"] == "run"
    # a notebook's kernel: its cell, then what papermill injects
    (cell,) = (c for c in nbformat.read("notebooks/06_residual_masking.ipynb", 4).cells if "parameters" in tags(c))
    namespace = {}
    exec(cell.source, namespace)
    namespace |= {**yaml.safe_load(MINE)["notebooks"]["06_residual_masking"]["parameters"], "profile": "mine"}
    study = ResidualMaskingStudy.from_notebook(namespace)
    assert study == planned_study("mine")
    before = (run / "card.json").read_bytes()
    residual_masking.train(study, residual_masking.prepare(study))
    assert (run / "card.json").read_bytes() == before


def tags(cell):
    return cell.metadata.get("tags", [])


def test_a_profile_without_these_networks_is_named(mine, capsys):
    assert main(["train", "runs", "--profile", "transfer"]) == 1
    assert "profile 'transfer' has no notebook 06_residual_masking (has " in capsys.readouterr().err


@pytest.mark.slow
def test_torchrun_trains_the_runs_of_a_profile(mine):
    done = subprocess.run([*TORCHRUN, "train", "runs", "--profile", "mine"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (run,) = (mine / "reports" / "mine" / "runs").glob("synthetic-*-simple_cnn-subject-honest-*")
    assert read_card(run)["engine"] == ["sequential (2 processes train each network together)"]
    assert done.stdout.count(" % of 40") == 1
