"""The fold file of the guided-STN study: written, read back, joined, refused."""

import subprocess
import sys

import numpy as np
import pytest

from fer_lib.datasets.folds import make_folds
from fer_lib.datasets.labels import polarity
from fer_lib.datasets.published_folds import align_published_folds, read_published_folds, write_published_folds
from fer_lib.errors import InputError

HEADER = "emotion;path;in_set;fold\n"


def test_layout(make_faces, tmp_path):
    faces = make_faces([0, 1, 2, 1]).subset([0, 2, 3])
    write_published_folds(tmp_path / "folds.csv", faces, np.array([1, 0, 1]))
    assert (tmp_path / "folds.csv").read_text() == HEADER + "0;0.png;train;1\n2;2.png;train;0\n1;3.png;train;1\n"


def test_round_trip_joins_by_path(make_faces, tmp_path):
    faces = make_faces([0, 1, 2, 1, 0]).subset([4, 0, 3])
    folds = np.array([2, 0, 1])
    write_published_folds(tmp_path / "folds.csv", faces, folds)
    table = read_published_folds(tmp_path / "folds.csv")
    assert table.dtypes[["emotion", "fold"]].tolist() == [np.int64, np.int64]
    assert np.array_equal(align_published_folds(faces, table[::-1]), folds)  # the order of lines does not matter


BAD_FILES = {
    "empty": ("", "folds.csv: no column emotion, path, in_set, fold, expected the header emotion;path;in_set;fold"),
    "no fold column": ("emotion;path;in_set\n0;0.png;Training\n", "folds.csv: no column fold, expected the header"),
    "commas": (HEADER.replace(";", ","), "folds.csv: no column emotion, path, in_set, fold"),
    "fold word": (HEADER + "0;0.png;Training;one\n", "row 0: fold 'one', expected a whole number from 0"),
    "fold fraction": (HEADER + "0;0.png;Training;1.0\n", "row 0: fold '1.0', expected a whole number from 0"),
    "fold missing": (HEADER + "0;0.png;Training;\n", "row 0: fold '', expected a whole number from 0"),
    "fold negative": (HEADER + "0;0.png;Training;-1\n", "row 0: fold '-1', expected a whole number from 0"),
    "emotion word": (HEADER + "sad;0.png;Training;1\n", "row 0: emotion 'sad', expected a whole number from 0"),
    "path twice": (
        HEADER + "0;0.png;Training;1\n1;1.png;Training;0\n0;0.png;Training;2\n",
        "row 2: path '0.png' is already in row 0, expected once",
    ),
    "short row": (HEADER + "0;0.png;Training;1\n1;1.png\n", "row 1: 2 columns, expected 4"),
    "binary": (b"\xff\xfe\x00", "folds.csv: not a text file, expected columns emotion;path;in_set;fold"),
}


@pytest.mark.parametrize(("content", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_file_gives_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "folds.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_published_folds(path)
    assert str(caught.value).startswith(str(path)) and sentence in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="none.csv: no such file"):
        read_published_folds(tmp_path / "none.csv")


def test_folds_of_another_set_are_refused(make_faces, tmp_path):
    faces = make_faces([0, 1, 2])
    write_published_folds(tmp_path / "folds.csv", faces, np.array([0, 1, 0]))
    table = read_published_folds(tmp_path / "folds.csv")
    with pytest.raises(InputError, match="tiny: 2.png has no published fold, expected a line for each of 3 images"):
        align_published_folds(faces, table[:2])
    with pytest.raises(InputError, match="the published folds name 1.png, which is not among the 2 images"):
        align_published_folds(faces.subset([0, 2]), table)
    with pytest.raises(InputError, match="tiny: 0.png is published as emotion 0, here it is 1"):
        align_published_folds(make_faces([1, 1, 2]), table)
    with pytest.raises(InputError, match="2 folds for 3 images"):
        write_published_folds(tmp_path / "folds.csv", faces, np.array([0, 1]))


def test_fer2013_file_equals_the_rebuilt_published_one(fer2013, real_data, tmp_path):
    # Calls for the fold table only: the 35,887 image files beside it are not needed here.
    script = (
        f"import sys; sys.path.insert(0, {str(real_data)!r}); import expand; from pathlib import Path; "
        f"expand.save_png = lambda path, image: None; expand.guided_emo(Path({str(tmp_path)!r}))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    published = tmp_path / "labels_FER2013_31885KFOLDimgs.csv"
    valued = polarity(fer2013)
    folds = make_folds("published", valued)
    assert np.array_equal(align_published_folds(valued, read_published_folds(published)), folds)
    write_published_folds(tmp_path / "ours.csv", valued, folds)
    assert (tmp_path / "ours.csv").read_bytes() == published.read_bytes()
