"""Cards that were edited or damaged, and what reads them."""

import json
import shutil
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.artifacts import is_complete, read_card, require_card
from fer_lib.artifacts.runs import load_run
from fer_lib.datasets import load_dataset
from fer_lib.recognizer.model import load_member
from fer_lib.studies.profile_runs import entries_of

from ..recognizer.conftest import one_thread, run, train  # noqa: F401
from . import JSON, accepted, bounded, damaged


@st.composite
def edited(draw: st.DrawFn, valid: bytes) -> bytes:
    """The card with a key lost or renamed, in any depth, or not a card at all."""
    if draw(st.integers(0, 3)) == 0:
        return json.dumps(draw(JSON)).encode("utf-8", "surrogatepass")
    card = json.loads(valid)
    inside = [card, *(value for value in card.values() if isinstance(value, dict))]
    for _ in range(draw(st.integers(1, 3))):
        part = draw(st.sampled_from([part for part in inside if part]))
        key = draw(st.sampled_from(sorted(part)))
        value = part.pop(key)
        if draw(st.booleans()):
            part[key + "_"] = value
        inside = [part for part in inside if part]
    return json.dumps(card).encode()


NO_CARDS = (
    b"",
    b"[]",
    b"3",
    b"null",
    b'"card"',
    b"{}",
    b"[" * 100_000,
    b"1" * 5000,
    b'{"parameters": 1, "kind": "run"}',
)


@pytest.fixture(scope="module")
def reports(run, tmp_path_factory):  # noqa: F811
    """``reports/x`` with one stage of one run."""
    folder = tmp_path_factory.mktemp("reports") / "x"
    shutil.copytree(run, folder / "runs" / "one")
    stage = {"kind": "stage", "parameters": {}, "runs": {"soft": ["one"]}}
    (folder / "03_x").mkdir()
    (folder / "03_x" / "card.json").write_text(json.dumps(stage))
    return folder


def every_card(valid: bytes):
    return edited(valid) | damaged(valid) | st.sampled_from(NO_CARDS)


def test_cards_of_runs_are_read_or_refused(reports):
    folder = reports / "runs" / "one"
    path = folder / "card.json"
    valid = path.read_bytes()

    @bounded(120)
    @given(every_card(valid))
    def every(content):
        path.write_bytes(content)
        card = accepted(lambda: read_card(folder))
        assert card is None or isinstance(card, dict)
        assert accepted(lambda: is_complete(folder, {"never": "asked for"})) in (False, None)
        accepted(lambda: require_card(folder, "train it first"))
        accepted(lambda: load_run(folder))
        accepted(lambda: load_member(folder, None))
        accepted(lambda: load_member(folder, 1))
        accepted(lambda: entries_of(reports))

    assert accepted(lambda: load_member(folder, None)) and accepted(lambda: entries_of(reports))
    every()
    path.write_bytes(valid)


def test_cards_of_stages_are_read_or_refused(reports):
    path = reports / "03_x" / "card.json"
    valid = path.read_bytes()

    @bounded(60)
    @given(every_card(valid))
    def every(content):
        path.write_bytes(content)
        accepted(lambda: entries_of(reports))

    every()
    path.write_bytes(valid)


def test_a_prepared_set_is_read_refused_or_made_again(tmp_path):
    options = {"images": 40, "subjects": 5}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        faces = load_dataset("synthetic", tmp_path, **options)
        path = faces.folder / "card.json"
        valid = path.read_bytes()

        @bounded(8)  # making 40 faces anew takes a moment
        @given(every_card(valid))
        def every(content):
            path.write_bytes(content)
            found = accepted(lambda: load_dataset("synthetic", tmp_path, **options))
            assert found is None or np.array_equal(found.images, faces.images)

        every()
