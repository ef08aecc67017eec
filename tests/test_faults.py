"""The book's page "When something breaks": its rows name tests that are there, in sentences that the code says."""

import ast
import json
import os
import pickle
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.errors import REFUSED, InputError
from fer_lib.models import create_model
from fer_lib.models.weight_files import read_weights

from .study_fixtures import ROOT
from .test_safe_loading import EVIL, nothing_runs  # noqa: F401  (works in a folder of the test's own)

PAGE = files("fer_lib.reporting") / "pages" / "faults.md"
HEADER = "| fault | what you see | what is kept | test |"
ROW = re.compile(r"^\| (?P<fault>.+?) \| (?P<seen>.+?) \| (?P<kept>.+?) \| `(?P<test>tests/\S+\.py::\w+)` \|$")
QUOTED = re.compile(r"`+([^`]+)`+")
SHORT, MOST = 6, 0.4  # letters that may be chance; share of a sentence that names and numbers leave


def rows() -> list[dict[str, str]]:
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and line != HEADER:
            row = ROW.match(line)
            assert row, f"not a row of four cells: {line}"
            found.append(row.groupdict())
    return found


def sentence(test: str) -> str:
    """What the page says that one sees where `test` of this file breaks something."""
    (row,) = [row for row in rows() if row["test"] == f"tests/test_faults.py::{test}"]
    return row["seen"].strip("`")


def said() -> set[str]:
    """Every run of letters in a text of the code, of f-strings what stands between the places that are filled in."""
    found = {os.strerror(number).lower() for number in REFUSED}  # the system's words
    for path in [*(ROOT / "fer_lib").rglob("*.py"), ROOT / "notebooks" / "Snakefile"]:
        text = path.read_text(encoding="utf-8")
        try:
            constants = (node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
            found |= {words for words in constants if isinstance(words, str)}
        except SyntaxError:  # the rules of the graph
            found |= {words for pair in re.findall(r'"([^"\n]+)"|\'([^\'\n]+)\'', text) for words in pair}
    return {words for words in found if len(words) >= SHORT}


def share_said(sentence: str, known: set[str]) -> float:
    """How much of a sentence, without the file that it begins with, stands in the code."""
    sentence = re.sub(r"^\S+: ", ": ", sentence)
    letters = np.zeros(len(sentence), bool)
    for words in known:
        start = sentence.find(words)
        if start >= 0:
            letters[start : start + len(words)] = True
    return letters.mean()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["test"].split("::")[-1])
def test_rows_name_tests_that_are_there(row):
    path, _, name = row["test"].partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_sentences_are_those_of_the_code():
    known = said()
    shares = {sentence: share_said(sentence, known) for row in rows() for sentence in QUOTED.findall(row["seen"])}
    assert {sentence: share for sentence, share in shares.items() if share < MOST} == {}
    assert share_said("reports/demo/card.json: the dog has eaten it, expected another dog", known) < MOST


def told(act) -> str:
    with pytest.raises(InputError) as error:
        act()
    return str(error.value)


@pytest.fixture
def stored() -> Path:
    return load().folder


def load():
    return load_dataset("synthetic", images=40, subjects=5)


def test_weights_with_code():
    Path("evil.pt").write_bytes(EVIL["torch.save"])
    assert told(lambda: read_weights("evil.pt")) == sentence("test_weights_with_code")


def test_an_array_with_code(stored):
    (stored / "images.npy").write_bytes(EVIL["array of objects"])
    assert told(load) == sentence("test_an_array_with_code")


def test_a_table_with_code(stored):
    (stored / "samples.parquet").write_bytes(pickle.dumps(EVIL))
    assert told(load) == sentence("test_a_table_with_code")


def test_an_array_cut_off(stored):
    path = stored / "images.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert told(load) == sentence("test_an_array_cut_off")


def test_a_vanished_table(stored):
    (stored / "samples.parquet").unlink()
    assert told(load) == sentence("test_a_vanished_table")


def test_an_edited_card(stored):
    path = stored / "card.json"
    card = json.loads(path.read_text())
    del card["parameters"]
    path.write_text(json.dumps(card))
    assert told(load) == sentence("test_an_edited_card")


def test_no_card_at_all(stored):
    (stored / "card.json").write_text("[]")
    assert told(load) == sentence("test_no_card_at_all")


def test_a_card_that_is_gone(stored):
    before = (stored / "images.npy").read_bytes()
    beside = stored.parent / "other.npy"
    beside.write_bytes(b"kept")
    (stored / "card.json").unlink()
    (stored / "images.npy").write_bytes(b"half of it")
    assert load().folder == stored and (stored / "images.npy").read_bytes() == before
    assert beside.read_bytes() == b"kept"


def test_weights_that_are_not_there(monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(Path("nothing").resolve()))
    said = told(lambda: create_model("resnet34", num_classes=3, weights="imagenet"))
    start, end = sentence("test_weights_that_are_not_there").split("…")
    assert said.startswith(start) and said.endswith(end)
