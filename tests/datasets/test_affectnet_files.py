"""Lists and arrays of AffectNet, field by field."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_lib.datasets.affectnet_arrays import read_arrays
from fer_lib.datasets.affectnet_lists import COLUMNS, read_list
from fer_lib.errors import InputError

from .affectnet_tree import POINTS, Row, write_arrays, write_list


@pytest.fixture
def path(tmp_path):
    return tmp_path / "training.csv"


def test_a_list_with_and_without_its_header(path):
    rows = [Row("1/a.jpg", 3, 0.25, -0.5), Row("1/b.jpg", 10, -2, -2, landmarks="")]
    for header in (True, False):
        write_list(path, rows, header)
        read = read_list(path)
        assert read.files == ["1/a.jpg", "1/b.jpg"] and read.expression.tolist() == [3, 10]
        assert read.valence.tolist() == [0.25, -2] and read.arousal.tolist() == [-0.5, -2]
        assert np.array_equal(read.landmarks[0], POINTS.astype(np.float32)) and np.isnan(read.landmarks[1]).all()
        assert read.landmarks.dtype == np.float32 and read.landmarks.shape == (2, 68, 2)


def test_columns_in_another_order_and_blank_lines(path):
    path.write_text(
        "\ufeffvalence,arousal, expression ,note,subDirectory_filePath\n0.5,0,1,x,1/a.jpg\n\n-1,0,2,,2/b.jpg\n"
    )
    read = read_list(path)
    assert read.files == ["1/a.jpg", "2/b.jpg"] and read.valence.tolist() == [0.5, -1]
    assert np.isnan(read.landmarks).all()


def test_landmarks_of_many_rows_stay_in_their_rows(path, monkeypatch):
    monkeypatch.setattr("fer_lib.datasets.affectnet_lists.BLOCK", 4)
    rows = [Row(f"1/{k}.jpg", landmarks=";".join([str(k)] * 136) if k % 3 else "") for k in range(10)]
    write_list(path, rows)
    first = read_list(path).landmarks[:, 0, 0]
    assert np.array_equal(first, [np.nan, 1, 2, np.nan, 4, 5, np.nan, 7, 8, np.nan], equal_nan=True)
    rows[9].landmarks = "1;2;3"
    write_list(path, rows)
    with pytest.raises(InputError, match=r"training.csv, row 9: facial_landmarks '1;2;3' with 3 values, expected 136"):
        read_list(path)


@given(st.floats(-1, 1))
def test_valence_is_read_to_the_last_bit(tmp_path_factory, valence):
    path = tmp_path_factory.mktemp("list") / "training.csv"
    write_list(path, [Row("1/a.jpg", 0, repr(valence))])
    assert read_list(path).valence[0] == valence


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row("1/b.jpg", "happy"), "row 1: expression 'happy', expected a whole number 0…10"),
        (Row("1/b.jpg", 11), "row 1: expression '11', expected a whole number 0…10"),
        (Row("1/b.jpg", 1.5), "row 1: expression '1.5', expected"),
        (Row("1/b.jpg", 1, "high"), "row 1: valence 'high', expected a number in -1…1, or -2 for none"),
        (Row("1/b.jpg", 1, "nan"), "row 1: valence 'nan', expected a number"),
        (Row("1/b.jpg", 1, 0, ""), "row 1: arousal '', expected a number"),
        (Row(" ", 1), "row 1: no path"),
        (Row("1/b.jpg", landmarks="a;b"), "row 1: facial_landmarks 'a;b' with 2 values"),
        (Row("1/b.jpg", landmarks="5"), "row 1: facial_landmarks '5' with 1 values, expected 136 numbers"),
        (Row("1/b.jpg", landmarks="x;" * 135 + "1"), "row 1: facial_landmarks 'x;x;x;x;x;x;x;x;x;x;' with 136 values"),
    ],
)
def test_a_wrong_value_is_named_with_its_row(path, row, said):
    write_list(path, [Row("1/a.jpg"), row])
    with pytest.raises(InputError) as error:
        read_list(path)
    assert said in str(error.value) and str(path) in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column subDirectory_filePath, expression, valence, arousal, expected the header"),
        (",".join(COLUMNS[:-1]) + "\n", "no column arousal"),
        (",".join(COLUMNS) + "\n", "no rows below the header"),
        (",".join(COLUMNS) + "\na.jpg,1,2\n", "row 0: 3 columns, expected 9"),
        (b"\xff\xfe\x00", "not a text file"),
    ],
)
def test_a_file_that_is_no_list(path, text, said):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as error:
        read_list(path)
    assert said in str(error.value)


def broken(path, content):
    def write(folder):
        target = folder / "annotations" / path
        target.unlink(missing_ok=True)
        if content is not None:
            target.write_bytes(content) if isinstance(content, bytes) else np.save(target, content)

    return write


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (broken("2_val.npy", None), "2_val.npy: no such file, expected one for each image"),
        (broken("2_val.npy", b""), "2_val.npy: not a readable array"),
        (broken("2_val.npy", b"\x93NUMPY\x01\x00 and no more\n"), "2_val.npy: not a readable array"),
        (broken("2_val.npy", np.array([None])), "2_val.npy: not a readable array"),
        (broken("2_val.npy", np.zeros(2)), "2_val.npy: 2 values, expected one number"),
        (broken("2_aro.npy", "low"), "2_aro.npy: arousal 'low', expected a number"),
        (broken("2_exp.npy", 8), "2_exp.npy: expression '8', expected a whole number 0…7"),
        (broken("2_lnd.npy", np.zeros(4)), "2_lnd.npy: 4 values, expected 136 numbers"),
        (broken("2_lnd.npy", np.array(["x"] * 136)), "2_lnd.npy: 136 values, expected 136 numbers"),
    ],
)
def test_an_array_that_is_wrong(tmp_path, break_it, said):
    write_arrays(tmp_path, "train_set", [Row("1", 0, 0.5), Row("2", 1, 0.5)])
    break_it(tmp_path / "train_set")
    with pytest.raises(InputError) as error:
        read_arrays(tmp_path / "train_set")
    assert said in str(error.value)


def test_no_annotations(tmp_path):
    with pytest.raises(InputError, match="annotations: no such folder"):
        read_arrays(tmp_path / "train_set")
    (tmp_path / "train_set" / "annotations").mkdir(parents=True)
    with pytest.raises(InputError, match="annotations: no <id>_exp.npy"):
        read_arrays(tmp_path / "train_set")


def test_every_array_is_read_with_its_own_header(tmp_path):
    """Headers are parsed once each; files of one length can still differ in type."""
    values = [0.5, "0.25", np.float32(0.125), -1, np.array([0.75]), np.array("-0.5")]
    write_arrays(tmp_path, "train_set", [Row(str(k), 0, value) for k, value in enumerate(values)])
    assert read_arrays(tmp_path / "train_set").valence.tolist() == [0.5, 0.25, 0.125, -1, 0.75, -0.5]
