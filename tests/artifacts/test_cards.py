"""No card, no result; equal parameters, equal fingerprint."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.artifacts import file_sha256, fingerprint, is_complete, provenance, read_card, require_card, write_card
from fer_lib.artifacts.cards import revision
from fer_lib.errors import InputError

PARAMETERS = {"dataset": "fer2013", "folds": 5}


def test_a_folder_is_complete_only_with_its_card(tmp_path):
    assert read_card(tmp_path) is None
    assert not is_complete(tmp_path, PARAMETERS)
    card = write_card(tmp_path, "prepared", PARAMETERS, images=3)
    assert card == read_card(tmp_path)
    assert card["kind"] == "prepared" and card["images"] == 3 and card["parameters"] == PARAMETERS
    assert is_complete(tmp_path, PARAMETERS)
    assert not is_complete(tmp_path, {**PARAMETERS, "folds": 10})


def test_several_cards_share_a_folder(tmp_path):
    write_card(tmp_path, "guidance", PARAMETERS, name="soft.card.json")
    assert is_complete(tmp_path, PARAMETERS, "soft.card.json")
    assert not is_complete(tmp_path, PARAMETERS)


def test_card_tells_where_it_comes_from():
    facts = provenance()
    assert {"revision", "dirty", "packages", "machine", "written"} <= set(facts)
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["written"].endswith("+00:00")


def test_revision_can_be_named_where_there_is_no_checkout(monkeypatch):
    monkeypatch.setenv("FER_REVISION", "v1.0")
    revision.cache_clear()
    try:
        assert revision() == {"revision": "v1.0", "dirty": None}
    finally:
        revision.cache_clear()


@pytest.mark.parametrize("content", [b'{"kind": ', b"\xff\xfe\x00"])
def test_damaged_card_is_told_in_a_sentence(tmp_path, content):
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(InputError, match=r"card\.json: not a readable card .*; delete the folder"):
        read_card(tmp_path)


def test_missing_card_tells_how_to_make_it(tmp_path):
    with pytest.raises(InputError, match="no card.json, so nothing complete is there; run notebook 01"):
        require_card(tmp_path, "run notebook 01")


json_values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=3)
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=6))
def test_fingerprint_ignores_the_order_of_keys(parameters):
    backwards = dict(reversed(parameters.items()))
    assert fingerprint(parameters) == fingerprint(backwards)
    assert len(fingerprint(parameters)) == 8


def test_fingerprint_sees_every_change():
    variants = [{}, {"a": 1}, {"a": 2}, {"a": "1"}, {"a": [1]}, {"b": 1}, {"a": 1, "b": None}]
    assert len({fingerprint(variant) for variant in variants}) == len(variants)
    assert fingerprint({"seed": np.int64(3)}) == fingerprint({"seed": 3})


def test_file_sha256(tmp_path):
    (tmp_path / "raw.bin").write_bytes(b"faces" * 100_000)
    assert file_sha256(tmp_path / "raw.bin") == hashlib.sha256(b"faces" * 100_000).hexdigest()
