"""Cards that were edited: what is missing is told with the file's name, at any depth, wherever it is asked for."""

import copy
import json
import pickle

import pytest

from fer_lib.artifacts import read_card, write_card
from fer_lib.artifacts.facts import Facts
from fer_lib.errors import InputError


@pytest.fixture
def card(tmp_path):
    return write_card(tmp_path, "run", {"training": {"seed": 1}}, folds=[{"fold": 0}])


def test_a_card_is_a_dictionary_like_any_other(card, tmp_path):
    plain = json.loads((tmp_path / "card.json").read_text())
    assert isinstance(card, dict) and card == plain and {**card} == plain and json.loads(json.dumps(card)) == plain
    assert card.get("nothing") is None and "nothing" not in card and card["folds"][0]["fold"] == 0
    for other in (copy.deepcopy(card), pickle.loads(pickle.dumps(card))):  # workers get cards as pickles of ours
        assert other == plain and isinstance(other["parameters"], Facts) and other.path == card.path


@pytest.mark.parametrize(
    "ask",
    [
        lambda card: card["classes"],
        lambda card: card["parameters"]["classes"],
        lambda card: card["folds"][0]["classes"],
    ],
)
def test_what_is_missing_is_told_in_any_depth(card, ask):
    with pytest.raises(
        InputError, match=r"card\.json: no 'classes' in it, as where it was edited .*; delete the folder"
    ):
        ask(card)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "not a readable card (list, expected an object)"),
        ("[" * 100_000, "not a readable card (maximum recursion depth exceeded"),
        ("1" * 5000, "not a readable card (Exceeds the limit"),
        ('{"kind": "run"}', "no 'parameters' in it"),
        ('{"kind": "run", "parameters": 1}', "parameters 1 in it, as no card has"),
        ('{"kind": 3, "parameters": {}}', "kind 3 in it, as no card has"),
    ],
)
def test_what_is_no_card(tmp_path, content, told):
    (tmp_path / "card.json").write_text(content)
    with pytest.raises(InputError) as error:
        read_card(tmp_path)
    assert told in str(error.value) and str(error.value).endswith("; delete the folder to make it again")
