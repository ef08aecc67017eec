"""Parameters of every notebook, and what is typed after ``fer``: taken as they are, or refused."""

import argparse
import pkgutil
from importlib import import_module

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import fer_lib.studies
from fer_lib.cli.parsing import json_object, key_value, options
from fer_lib.datasets import list_datasets
from fer_lib.datasets.registry import resolve_options, stored_name
from fer_lib.parameters import Parameters
from fer_lib.studies.target_parameters import TargetParameters

from ..study_fixtures import ROOT
from . import JSON, accepted, bounded

for module in pkgutil.iter_modules(fer_lib.studies.__path__):
    import_module(f"fer_lib.studies.{module.name}")


def below(kind: type) -> list[type]:
    return [kind, *(inner for child in kind.__subclasses__() for inner in below(child))]


def profiles() -> list[dict]:
    """What the profiles set for their notebooks."""
    files = sorted((ROOT / "notebooks" / "profiles").glob("*.yaml"))
    entries = [entry for path in files for entry in yaml.safe_load(path.read_text())["notebooks"].values()]
    return [{}, *(entry["parameters"] for entry in entries if entry and "parameters" in entry)]


KINDS = {
    f"{kind.__module__}.{kind.__name__}": kind
    for kind in below(Parameters)
    if kind.__module__.startswith("fer_lib.studies") and kind is not TargetParameters  # no notebook's
}
#: Words and numbers that mean something somewhere.
KNOWN = st.sampled_from(
    [
        "demo",
        "synthetic",
        "fer2013",
        "jaffe",
        "soft",
        "none",
        "polarity",
        "seven",
        "honest",
        "duplicate_safe",
        "imagenet",
    ]
    + [
        "simple_cnn",
        "resnet18",
        "..",
        "/",
        "a b",
        "",
        0,
        1,
        2,
        -1,
        10**9,
        2**64,
        0.0,
        1.0,
        0.5,
        float("nan"),
        float("inf"),
    ]
)
ONE = KNOWN | JSON
WORDS = KNOWN.filter(lambda word: isinstance(word, str))
VALUES = ONE | st.lists(ONE, max_size=3) | st.dictionaries(WORDS, ONE, max_size=3)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_parameters_are_taken_or_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where neither data nor reports are
    kind = KINDS[name]
    starts = [entry for entry in profiles() if entry.keys() <= kind.model_fields.keys()]
    keys = st.sampled_from(sorted(kind.model_fields)) | st.text(max_size=5)

    @bounded(60)
    @given(st.sampled_from(starts), st.dictionaries(keys, VALUES, min_size=1, max_size=3), st.data())
    def every(start, changes, data):
        if start and data.draw(st.booleans()):  # one level further down
            key = data.draw(st.sampled_from(sorted(start)))
            if isinstance(start[key], dict):
                changes = {
                    key: {
                        **start[key],
                        **data.draw(
                            st.dictionaries(WORDS | st.sampled_from(sorted(start[key]) or [""]), VALUES, max_size=2)
                        ),
                    }
                }
            elif isinstance(start[key], list):
                changes = {key: [*start[key], data.draw(VALUES)]}
        study = accepted(lambda: kind.check({**start, **changes}))
        if study is not None:
            assert changes.keys() <= kind.model_fields.keys()
            assert study == kind.check(study.model_dump())  # what a card keeps means the same again
            study._repr_html_()

    assert any(accepted(lambda start=start: kind.check(start)) for start in starts)
    every()
    assert not list(tmp_path.iterdir())


@bounded(300)
@given(st.text(max_size=30) | st.sampled_from(["a=" + "[" * 100_000, "a=" + "1" * 5000, "[" * 100_000]))
def test_words_of_the_command_line_are_taken_or_refused(word):
    for read in (key_value, json_object):
        try:
            read(word)
        except argparse.ArgumentTypeError as error:  # argparse makes a sentence of it
            assert str(error).strip()


@bounded(200)
@given(
    st.sampled_from(list_datasets()), st.lists(st.tuples(st.sampled_from(["size", "seed", "images"]), ONE), max_size=3)
)
def test_options_of_data_sets_name_a_folder_or_are_refused(name, pairs):
    chosen = accepted(lambda: resolve_options(name, options(pairs)))
    if chosen is not None:
        assert stored_name(name, chosen).startswith(name)
