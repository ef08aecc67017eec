"""Preparing once, and again exactly when something changed."""

import numpy as np
import pandas as pd
import pytest

from fer_lib.artifacts import file_sha256
from fer_lib.datasets import FaceSet, list_datasets, load_dataset
from fer_lib.datasets.registry import DATASETS, register_dataset
from fer_lib.errors import InputError


@pytest.fixture
def builds(monkeypatch):
    """A registered set that reads one raw file; the list holds the options of every build."""
    monkeypatch.setattr(DATASETS, "_builders", dict(DATASETS._builders))
    calls = []

    @register_dataset("grey")
    def build(raw, *, level: int = 7, count: int = 3, pair: tuple = (0, 1)) -> FaceSet:
        calls.append((level, count))
        level += len((raw / "words.txt").read_text())
        samples = {"sample_id": list("abcdefgh"[:count]), "label": 0, "subject": "", "split": "train", "source": "grey"}
        facts = {"raw_files": {"words.txt": file_sha256(raw / "words.txt"), "better.txt": None}}
        return FaceSet("grey", np.full((count, 4, 4), level, np.uint8), pd.DataFrame(samples), ("one",), facts)

    return calls


@pytest.fixture
def data(tmp_path):
    raw = tmp_path / "raw" / "grey"
    raw.mkdir(parents=True)
    (raw / "words.txt").write_text("abc")
    return tmp_path


def test_prepared_once_and_mapped_into_memory(builds, data):
    first, second = load_dataset("grey", data), load_dataset("grey", data)
    assert builds == [(7, 3)] and isinstance(second.images, np.memmap)
    assert first.images[0, 0, 0] == 10 and first.card["content"] == second.card["content"]


def test_options_stand_beside_each_other(builds, data):
    names = {load_dataset("grey", data, level=level).name for level in (1, 2, 1)}
    assert len(names) == 2 and builds == [(1, 3), (2, 3)]


def test_only_other_than_default_options_name_the_folder(builds, data):
    assert load_dataset("grey", data).name == load_dataset("grey", data, level=7, pair=[0, 1]).name == "grey"
    assert builds == [(7, 3)]
    other = load_dataset("grey", data, level=8, count=3)
    assert other.name == load_dataset("grey", data, level=8).name != "grey"
    assert other.card["parameters"] == {"dataset": "grey", "level": 8}
    assert other.card["options"] == {"level": 8, "count": 3, "pair": [0, 1]}


def test_a_default_that_changed_is_noticed_and_an_option_that_was_added_is_not(builds, data, monkeypatch):
    load_dataset("grey", data)
    build = DATASETS["grey"]

    def registered(new):
        monkeypatch.setitem(DATASETS._builders, "grey", new)

    registered(lambda raw, *, level=7, count=3, pair=(0, 1), added="no": build(raw, level=level, count=count))
    assert len(load_dataset("grey", data)) == 3 and builds == [(7, 3)]
    registered(lambda raw, *, level=7, count=2, pair=(0, 1): build(raw, level=level, count=count))
    assert len(load_dataset("grey", data)) == 2 and builds == [(7, 3), (7, 2)]


def test_a_raw_file_that_would_have_been_preferred_is_noticed(builds, data):
    load_dataset("grey", data)
    (data / "raw" / "grey" / "better.txt").write_text("better")
    load_dataset("grey", data)
    assert len(builds) == 2


def test_exchanged_raw_file_is_noticed(builds, data):
    before = load_dataset("grey", data).card["content"]
    (data / "raw" / "grey" / "words.txt").write_text("abcdef")
    after = load_dataset("grey", data)
    assert len(builds) == 2 and after.images[0, 0, 0] == 13 and after.card["content"] != before


def test_prepared_set_works_without_its_raw_files(builds, data):
    load_dataset("grey", data)
    (data / "raw" / "grey" / "words.txt").unlink()
    assert len(load_dataset("grey", data)) == 3 and len(builds) == 1


def test_same_files_give_the_same_content_hash(builds, data):
    load_dataset("grey", data)
    (data / "prepared" / load_dataset("grey", data).name / "card.json").unlink()
    again = load_dataset("grey", data)
    assert len(builds) == 2 and again.card["content"] == load_dataset("grey", data).card["content"]


def test_unknown_option_names_the_nearest(builds, data):
    with pytest.raises(InputError, match="data set 'grey' has no option 'levle'; did you mean 'level'"):
        load_dataset("grey", data, levle=3)


def test_unknown_set_names_the_nearest(data):
    with pytest.raises(InputError, match="unknown data set 'fer2031'; did you mean 'fer2013'"):
        load_dataset("fer2031", data)
    assert {"fer2013", "synthetic"} <= set(list_datasets())
