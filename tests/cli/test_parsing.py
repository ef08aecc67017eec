"""The command line as words: help on every level, values that are JSON or text, the nearest word named."""

import argparse
import json
import resource
import shlex
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.cli.__main__ import main, parser
from fer_lib.cli.parsing import json_object, key_value, options, table
from fer_lib.cli.sizes import bytes_in, size
from fer_lib.errors import InputError


def levels(top, words=()):
    """Every parser below `top` with the words that lead to it."""
    yield words, top
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from levels(inner, (*words, name))


LEVELS = dict(levels(parser()))


def test_the_commands_are_these():
    assert {" ".join(words) for words in LEVELS if words} == {
        *("data", "data list", "data prepare", "data describe", "data folds"),
        *("guidance", "guidance list", "guidance make", "guidance landmarks", "guidance saliency"),
        *("study", "study run", "study status", "study clean"),
        *("notebook", "book", "compare", "publish"),
        *("train", "train runs", "train imagenet"),
        *("verify", "predict", "export"),
    }


@pytest.mark.parametrize("words", LEVELS, ids=" ".join)
def test_every_level_says_what_it_does_and_shows_examples(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*words, "--help"])
    said = capsys.readouterr().out
    assert stopped.value.code == 0
    assert LEVELS[words].description.endswith((".", "book")) and f"fer {' '.join(words)}".strip() in said
    assert "examples:\n  fer " in said


@pytest.mark.parametrize("words", LEVELS, ids=" ".join)
def test_examples_are_understood(words):
    lines = [line.strip() for line in LEVELS[words].epilog.splitlines()[1:]]
    assert lines
    for line in lines:
        given, left_over = parser().parse_known_args(shlex.split(line)[1:])
        assert not left_over and given.run


def test_help_needs_nothing_heavy():
    code = "import sys, fer_lib.cli.__main__ as cli; cli.parser().format_help(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "torch", "pandas", "pydantic", "papermill", "snakemake", "yaml"} & set(done.stdout.split())


def test_help_answers_at_once():
    def seconds():
        """Processor time: wall time would fail on a busy machine."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "fer_lib.cli", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.5


@given(st.text("abcdefgh_", min_size=1), st.recursive(st.none() | st.booleans() | st.integers(), st.lists))
def test_values_are_json(key, value):
    assert key_value(f"{key}={json.dumps(value)}") == (key, value)


@pytest.mark.parametrize(
    ("word", "value"), [("a=wild", "wild"), ("a=", ""), ("a=1.5", 1.5), ("a=b=c", "b=c"), ("a=[1,", "[1,")]
)
def test_what_is_no_json_is_text(word, value):
    assert key_value(word) == ("a", value)


@pytest.mark.parametrize("word", ["images", "=3", ""])
def test_a_value_needs_its_key(word):
    with pytest.raises(argparse.ArgumentTypeError, match="key=value"):
        key_value(word)


def test_a_key_counts_once():
    assert options([("a", 1), ("b", [2])]) == {"a": 1, "b": [2]}
    with pytest.raises(InputError, match="'a' is given twice, as 1 and as 2"):
        options([("a", 1), ("a", 2)])


def test_parameters_are_an_object():
    assert json_object('{"epochs": 2}') == {"epochs": 2}
    for text in ("[1]", "{", "2"):
        with pytest.raises(argparse.ArgumentTypeError, match="is not"):
            json_object(text)


@pytest.mark.parametrize(
    "words", [["study", "rnu"], ["stduy"], ["study", "run", "--profil", "demo"], ["data"], ["book"]]
)
def test_what_is_not_understood_ends_with_two(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    said = capsys.readouterr().err.strip().splitlines()
    assert stopped.value.code == 2 and said[0].startswith("usage: fer") and "--help" in said[-1]


def test_tables_have_dashes_where_there_is_nothing():
    text = table([{"a_b": 1, "c": None}, {"a_b": 22, "c": "1.50"}])
    assert [line.split() for line in text.splitlines()] == [
        ["a", "b", "c"],
        ["-----", "----"],
        ["1", "–"],
        ["22", "1.50"],
    ]


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_140_000, "3.1 MB"), (5e12, "5000.0 GB")]
)
def test_sizes_are_short(count, text):
    assert size(count) == text


def test_bytes_are_counted_once_and_links_not_followed(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(bytes(1000))
    (tmp_path / "outside").write_bytes(bytes(10**6))
    (tmp_path / "a" / "link").symlink_to(tmp_path / "outside")
    assert 1000 < bytes_in(tmp_path / "a") < 2000
