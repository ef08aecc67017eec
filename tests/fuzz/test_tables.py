"""Every reader of a table that people bring along."""

import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets import fer2013_csv, ferplus_votes
from fer_lib.datasets.affectnet_arrays import read_arrays
from fer_lib.datasets.affectnet_lists import COLUMNS, read_list
from fer_lib.datasets.ckplus_files import _emotion
from fer_lib.datasets.fer2013_csv import TRAIN_COLUMNS, _read_carefully, _read_fast, read_fer2013_csv
from fer_lib.datasets.ferplus_votes import HEADER, read_votes
from fer_lib.datasets.fmpn_folds import N_FOLDS, read_fmpn_folds
from fer_lib.datasets.folder import _subjects_from_csv
from fer_lib.datasets.jaffe_ratings import read_ratings
from fer_lib.datasets.mmi_labels import PICKLE, TABLE, read_emotions
from fer_lib.datasets.published_folds import read_published_folds
from fer_lib.datasets.rafdb import read_partition

from . import accepted, bounded, damaged, tables

FILES = ("happy/1.png", "sad/2.png")
FMPN = re.compile(r"((?:S\d{3})_\d{3})_(\d{8})")
POINTS = ";".join(map(str, range(136)))
ANNOTATED = (f"1/a.jpg,0,0,9,9,{POINTS},1,0.5,-0.5", "1/b.jpg,0,0,9,9,null,10,-2,-2")


def subjects(path):
    found = _subjects_from_csv(path, list(FILES))
    assert len(found) == len(FILES) and all(found)
    return found


def votes(path):
    found = read_votes(path)
    counts = found[list(ferplus_votes.VOTES)].to_numpy()
    assert len(found) == ferplus_votes.ROWS and set(counts.sum(axis=1)) <= {9, 10} and counts.min() >= 0
    assert found["usage"].map(type).eq(str).all()
    return found


def annotations(path):
    found = read_list(path)
    assert len(found) == len(found.files) == len(found.valence) == len(found.landmarks) > 0
    assert set(found.expression) <= set(range(11)) and np.isfinite([found.valence, found.arousal]).all()
    return found


def folds(path):
    found = read_published_folds(path)
    assert found["path"].is_unique and (found[["emotion", "fold"]] >= 0).all(axis=None)
    return found


def lists(path):
    for fold in range(1, N_FOLDS):
        (path.parent / f"test_ids_{fold}.csv").write_text(f"S{fold:03d}_001_00000001.png\n")
    found = read_fmpn_folds(path.parent, FMPN, "S010_004_00000017")
    assert set(found.values()) <= set(range(N_FOLDS))
    return found


def ratings(path):
    found = read_ratings(path)
    assert found.index.is_unique and found.to_numpy().min() >= 1 and found.to_numpy().max() <= 5
    return found


def partition(path):
    names, labels = read_partition(path)
    assert len(names) == len(set(names)) == len(labels) > 0 and set(labels) <= set(range(7))
    return names


def emotions(path):
    found = read_emotions(path.parent)
    assert set(found.values()) <= set(range(6))
    return found


def emotion(path):
    assert _emotion(path) in range(1, 8)
    return True


PIXELS = ("0,1 2 3 4 5 6 7 8 255,Training", "6,0 0 0 0 0 0 0 0 0,PublicTest")
READERS = {  # file, header, rows, what parts cells, reader
    "votes": (
        "f.csv",
        ",".join(HEADER),
        ("Training,a.png,4,0,0,1,3,2,0,0,0,0", "PublicTest,,10" + ",0" * 9),
        ",",
        votes,
    ),
    "affectnet": ("training.csv", ",".join(COLUMNS), ANNOTATED, ",", annotations),
    "affectnet, no header": ("validation.csv", None, ANNOTATED, ",", annotations),
    "folds": ("f.csv", "emotion;path;in_set;fold", ("0;0.png;Training;1", "2;1.png;PrivateTest;4"), ";", folds),
    "subjects": ("who.csv", "file,subject", tuple(f"{file},A" for file in FILES), ",", subjects),
    "jaffe": ("ratings.txt", "# HAP SAD SUR ANG DIS FEA PIC", ("1 2.87 2.5 2.1 1.9 1 5 KM-NE1",), " ", ratings),
    "fmpn": ("test_ids_0.csv", None, ("S010_004_00000017.png", "S011_004_00000017.png"), "_", lists),
    "mmi": (TABLE, "sequence,emotion", ("S001_001,0", "S002_001,5"), ",", emotions),
    "rafdb": ("list.txt", None, ("train_00001.jpg 5", "test_0001.jpg 1"), " ", partition),
    "ckplus": ("e.txt", None, ("   3.0000000e+00",), " ", emotion),
}


@pytest.mark.parametrize("name", READERS)
def test_tables_are_read_or_refused(name, tmp_path, monkeypatch):
    file, header, rows, parted, read = READERS[name]
    monkeypatch.setattr(ferplus_votes, "ROWS", 2)
    path = tmp_path / file

    @bounded(60)
    @given(tables(header, rows, parted))
    def every(content):
        path.write_bytes(content)
        accepted(lambda: read(path))

    path.write_text("\n".join([header, *rows] if header is not None else rows))
    assert accepted(lambda: read(path)) is not None
    every()


@pytest.mark.parametrize("columns", [fer2013_csv.COLUMNS, TRAIN_COLUMNS])
def test_both_readers_of_fer2013_agree(columns, tmp_path, monkeypatch):
    monkeypatch.setattr(fer2013_csv, "SIDE", 3)
    monkeypatch.setattr(fer2013_csv, "PIXELS", 9)
    path = tmp_path / "f.csv"
    rows = tuple(",".join(row.split(",")[: len(columns)]) for row in PIXELS)

    @bounded(120)
    @given(tables(",".join(columns), rows, ",") | tables(" ".join([",".join(columns)]), rows, " "))
    def every(content):
        path.write_bytes(content)
        found = accepted(lambda: read_fer2013_csv(path, columns))
        if found is None:
            return
        images, labels, usage = found
        assert images.shape == (len(labels), 3, 3) and set(labels) <= set(range(7))
        names = fer2013_csv._header(path, columns)
        fast, careful = _read_fast(path, names), _read_carefully(path, names)
        for one, other in zip(fast or careful, careful, strict=True):
            assert np.array_equal(one, other)

    every()


@bounded(150)
@given(st.data())
def test_a_pickle_of_names_and_numbers_is_read_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "fuzzed-pickles"
    folder.mkdir(exist_ok=True)
    valid = pickle.dumps({"S001_001": 0, "S002_001": 5}, data.draw(st.integers(0, 5)))
    (folder / PICKLE).write_bytes(data.draw(damaged(valid) | st.binary(max_size=40)))
    accepted(lambda: emotions(folder / PICKLE))


@pytest.mark.parametrize("part", ["exp", "val", "lnd"])
def test_arrays_of_affectnet_are_read_or_refused(part, tmp_path):
    inside = tmp_path / "train_set" / "annotations"
    inside.mkdir(parents=True)
    values = {"exp": np.array("3"), "val": np.array(0.25), "aro": np.array("-0.5"), "lnd": np.arange(136.0)}
    for name, value in values.items():
        np.save(inside / f"0_{name}.npy", value)
    path = inside / f"0_{part}.npy"
    valid = path.read_bytes()

    @bounded(150)
    @given(damaged(valid) | headers(valid))
    def every(content):
        path.write_bytes(content)
        found = accepted(lambda: read_arrays(tmp_path / "train_set"))
        if found is not None:
            assert found.expression[0] in range(8) and np.isfinite(found.valence[0])

    every()


def headers(valid: bytes) -> st.SearchStrategy[bytes]:
    """The same file with another type or shape in its header, or none of NumPy's."""
    types = st.sampled_from(
        [b"'<f8'", b"'|O'", b"'|V8'", b"'<c16'", b"'<M8[s]'", b"'|S0'", b"'<U9'", b"[('a', '<f4')]", b"3"]
    )
    shapes = st.sampled_from([b"()", b"(1,)", b"(-1,)", b"(99999999999999999999,)", b"(0,)", b"(136, 1)", b"7", b"'x'"])
    other = st.sampled_from([b"PK\x03\x04\n", b"\x80\x04N.\n", b"\n", b"\x93NUMPY\x09\x00\n", b""])

    def made(kind: bytes, shape: bytes) -> bytes:
        header = b"{'descr': " + kind + b", 'fortran_order': False, 'shape': " + shape + b", }"
        header += b" " * (-(11 + len(header)) % 64) + b"\n"
        return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(8)

    return st.builds(made, types, shapes) | other.map(lambda start: start + valid)
