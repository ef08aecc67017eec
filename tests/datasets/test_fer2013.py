"""The Kaggle csv: fast reading, its slow twin, and one sentence for every kind of wrong file."""

import subprocess
import sys
import time
import warnings

import numpy as np
import pyarrow as pa
import pytest

from fer_lib.datasets import list_datasets, load_dataset
from fer_lib.datasets.fer2013 import CLASSES, PUBLIC_CONTENT, PUBLIC_SHA256, TRAINING_CONTENT, _content, build
from fer_lib.datasets.fer2013_csv import PIXELS, _read_carefully, _read_fast, parse_pixels, read_fer2013_csv
from fer_lib.errors import InputError

HEADER = "emotion,pixels,Usage\n"
USAGES = ("Training", "Training", "PublicTest", "PrivateTest")


def some_images(n, seed=0):
    """uint8 (n, 48, 48) with numbers of one, two and three digits, and both ends of the range."""
    images = np.random.default_rng(seed).integers(0, 256, (n, 48, 48), dtype=np.uint8)
    images[:, 0] %= 10
    images[:, 1] %= 100
    images[:, 2, :2] = (0, 255)
    return images


def some_rows(images):
    """One csv line per image, labels 0, 1, … 6, 0, …"""
    texts = (" ".join(map(str, image.ravel())) for image in images)
    return [f"{i % 7},{pixels},{USAGES[i % 4]}\n" for i, pixels in enumerate(texts)]


def read_slowly(text):
    """What the layout says, line by line."""
    images, labels, usages = [], [], []
    for line in text.splitlines()[1:]:
        label, pixels, usage = line.split(",")
        images.append([int(value) for value in pixels.split(" ")])
        labels.append(int(label))
        usages.append(usage)
    return np.array(images).reshape(-1, 48, 48), labels, usages


@pytest.fixture
def write(tmp_path):
    """``write(content)`` puts fer2013.csv under raw/ and returns its path."""

    def put(content):
        path = tmp_path / "raw" / "fer2013" / "fer2013.csv"
        path.parent.mkdir(parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


def test_both_readers_equal_the_slow_twin(write):
    text = HEADER + "".join(some_rows(some_images(9)))
    path = write(text)
    images, labels, usages = read_slowly(text)
    for read in (_read_fast, _read_carefully, read_fer2013_csv):
        found = read(path)
        assert found[0].dtype == np.uint8 and found[1].dtype == np.int64
        assert np.array_equal(found[0], images)
        assert found[1].tolist() == labels and found[2].tolist() == usages


def test_blocks_are_put_together_in_order(write, monkeypatch):
    monkeypatch.setattr("fer_lib.datasets.fer2013_csv.BLOCK_BYTES", 20_000)  # about two rows
    images = some_images(40)
    path = write(HEADER + "".join(some_rows(images)))
    assert np.array_equal(_read_fast(path)[0], images)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: "\ufeff" + text,
        lambda text: text.replace(" ", "  ", 5000),
        lambda text: "".join('"' + line.replace(",", '","') + '"\n' for line in text.splitlines()),
    ],
    ids=["CRLF", "no last newline", "blank lines", "byte order mark", "two spaces", "quotes"],
)
def test_other_ways_to_write_the_same(write, change):
    images = some_images(4)
    path = write(change(HEADER + "".join(some_rows(images))))
    found = read_fer2013_csv(path)
    assert np.array_equal(found[0], images) and found[1].tolist() == [0, 1, 2, 3] and found[2].tolist() == list(USAGES)


@pytest.mark.parametrize("word", ["256", "999", "0012", "-1", "x", "", "1.5", "+7", "1_0", "٣"])
def test_fast_reader_leaves_unusual_numbers_to_the_careful_one(word):
    row = " ".join(["7"] * 2000 + [word] + ["7"] * 303)
    assert parse_pixels(pa.array([row.encode()], pa.binary())) is None


def test_values_missing_here_and_extra_there_do_not_cancel():
    rows = [b" ".join([b"7"] * n) for n in (PIXELS - 1, PIXELS + 1)]
    assert parse_pixels(pa.array(rows, pa.binary())) is None


def row_with(**cells):
    """The wrong row 2 of an otherwise right file."""
    cells = {"emotion": "3", "pixels": " ".join(["7"] * PIXELS), "usage": "Training", **cells}
    return ",".join(cells.values()) + "\n"


def sevens(n, *more):
    return " ".join([*more, *["7"] * (n - len(more))])


BAD_ROWS = {
    "one pixel too few": (row_with(pixels=sevens(2303)), "row 2: 2303 pixel values, expected 2304 (48 × 48)"),
    "one pixel too many": (row_with(pixels=sevens(2305)), "row 2: 2305 pixel values, expected 2304 (48 × 48)"),
    "no pixels": (row_with(pixels=""), "row 2: 0 pixel values, expected 2304 (48 × 48)"),
    "256": (row_with(pixels=sevens(2304, "1", "256")), "row 2: pixel 1 is '256', expected a whole number 0…255"),
    "-1": (row_with(pixels=sevens(2304, "-1")), "row 2: pixel 0 is '-1', expected a whole number 0…255"),
    "x": (row_with(pixels=sevens(2304, "x")), "row 2: pixel 0 is 'x', expected a whole number 0…255"),
    "1.5": (row_with(pixels=sevens(2304, "1.5")), "row 2: pixel 0 is '1.5', expected a whole number 0…255"),
    "label 7": (row_with(emotion="7"), "row 2: emotion '7', expected 0…6"),
    "label -1": (row_with(emotion="-1"), "row 2: emotion '-1', expected 0…6"),
    "label word": (row_with(emotion="happy"), "row 2: emotion 'happy', expected 0…6"),
    "label missing": (row_with(emotion=""), "row 2: emotion '', expected 0…6"),
    "Usage": (
        row_with(usage="PublcTest"),
        "row 2: Usage 'PublcTest', expected one of Training, PublicTest, PrivateTest; did you mean 'PublicTest'?",
    ),
    "cut off": (row_with()[:500], "row 2: 2 columns, expected 3 (emotion,pixels,Usage)"),
    "fourth column": (row_with(usage="Training,x"), "row 2: 4 columns, expected 3 (emotion,pixels,Usage)"),
    "binary row": (b"\xff\xfe\x00\x9f" * 50_000, "row 2: not text, expected emotion,pixels,Usage"),
    "binary cell": (row_with(usage="Train\0ing"), "row 2: not text, expected emotion,pixels,Usage"),
}
GOOD = (HEADER + "".join(some_rows(some_images(2)))).encode()
NO_HEADER = "expected the header emotion,pixels,Usage"
BAD_FILES = {
    "empty": (b"", f": the file is empty, {NO_HEADER}"),
    "header only": (HEADER.encode(), ": no rows below the header"),
    "other header": (GOOD.replace(b"Usage", b"usage", 1), f": the first line is 'emotion,pixels,usage', {NO_HEADER}"),
    "no header": (GOOD[len(HEADER) :], ": the first line is '0,"),
    "binary": (bytes(range(256)) * 100, f": not a text file, {NO_HEADER}"),
    "zeros": (bytes(10_000), f": not a text file, {NO_HEADER}"),
    "archive": (b"PK\x03\x04\x14\x00", f": not a text file, {NO_HEADER}"),
    **{
        name: (GOOD + (row if isinstance(row, bytes) else row.encode()), f", {sentence}")
        for name, (row, sentence) in BAD_ROWS.items()
    },
    "in the middle": (
        GOOD + row_with(pixels=sevens(2303)).encode() + GOOD[len(HEADER) :],
        ", row 2: 2303 pixel values, expected 2304 (48 × 48)",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_file_gives_one_sentence_and_writes_nothing(write, tmp_path, content, sentence):
    path = write(content)
    with pytest.raises(InputError) as caught:
        load_dataset("fer2013", tmp_path)
    assert str(caught.value).startswith(f"{path}{sentence}")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < len(str(path)) + 200
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]
    assert not (tmp_path / "prepared").exists()


def test_missing_file_says_where_to_get_it(tmp_path):
    with pytest.raises(InputError, match=r"raw/fer2013/fer2013\.csv: no such file, nor .*see data/README\.md$"):
        load_dataset("fer2013", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_valid_file_is_prepared_with_a_warning(write, tmp_path):
    images = some_images(8)
    images[5] = images[2]
    write(HEADER + "".join(some_rows(images)))
    with pytest.warns(
        UserWarning, match="not the public FER-2013 file: rows 8 instead of 35887, Training 4 instead of"
    ):
        faces = load_dataset("fer2013", tmp_path)
    assert "fer2013" in list_datasets()
    assert np.array_equal(faces.images, images) and faces.classes == CLASSES
    assert faces.samples["sample_id"].tolist()[:2] == ["fer2013-00000", "fer2013-00001"]
    assert faces.samples["split"].tolist() == list(USAGES) * 2
    assert faces.samples["duplicate_group"].tolist() == [0, 1, 2, 3, 4, 2, 5, 6]
    assert faces.samples["near_duplicate_group"].tolist() == [0, 1, 2, 3, 4, 2, 5, 6]
    assert set(faces.samples["subject"]) == {""} and set(faces.samples["source"]) == {"fer2013"}
    assert faces.card["public_file"] is False and set(faces.card["raw_files"]) == {"fer2013.csv"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the second call reads what is prepared
        assert len(load_dataset("fer2013", tmp_path)) == 8


def test_bytes_may_differ_where_content_does_not(fer2013):
    """A csv with other line ends or columns in another order still is the public file."""
    usage = fer2013.samples["split"].to_numpy()
    assert _content(fer2013.images, fer2013.labels, usage) == PUBLIC_CONTENT
    assert _content(fer2013.images[:28709], fer2013.labels[:28709], None) == TRAINING_CONTENT
    swapped = np.r_[1, 0, 2 : len(usage)]
    assert _content(fer2013.images[swapped], fer2013.labels[swapped], usage) != PUBLIC_CONTENT


def test_public_file(fer2013):
    assert fer2013.images.shape == (35887, 48, 48) and fer2013.images.dtype == np.uint8
    assert fer2013.card["public_file"] is True
    assert fer2013.card["raw_files"] == {"fer2013.csv": PUBLIC_SHA256}
    assert fer2013.card["class_counts"] == dict(zip(CLASSES, (4953, 547, 5121, 8989, 6077, 4002, 6198), strict=True))
    assert fer2013.samples["split"].value_counts().to_dict() == {
        "Training": 28709, "PublicTest": 3589, "PrivateTest": 3589,
    }  # fmt: skip


def test_public_file_gives_no_warning_and_the_original_pixels(fer2013_csv, fer2013):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faces = build(fer2013_csv.parent)
    with open(fer2013_csv) as file:
        for row, line in zip(range(-1, 300), file, strict=False):
            if row >= 0:
                assert faces.images[row].ravel().tolist() == [int(v) for v in line.split(",")[1].split()]
    assert np.array_equal(faces.images, fer2013.images)


def test_reading_takes_under_5_seconds(fer2013_csv):
    wall, processor = time.perf_counter(), time.process_time()
    read_fer2013_csv(fer2013_csv)
    # Processor time bounds what an idle machine needs; wall time alone would fail on a busy one.
    assert min(time.perf_counter() - wall, time.process_time() - processor) < 5


def test_preparing_takes_under_one_and_a_half_gigabytes(fer2013_csv):
    # the peak of this process alone: ru_maxrss would start at the size of the test process that forked
    script = (
        "import re, sys; from pathlib import Path; from fer_lib.datasets.fer2013 import build; "
        "build(Path(sys.argv[1])); print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, fer2013_csv.parent], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) * 1024 < 1.5e9
