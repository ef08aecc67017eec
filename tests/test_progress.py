"""Progress in logs: plain lines, and never fewer items than went in."""

import io

import pytest
from tqdm import tqdm

from fer_lib import progress as progress_module
from fer_lib.progress import PLAIN, _Lines, progress


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setenv(PLAIN, "1")


def test_nothing_is_lost(plain):
    assert list(progress(range(1000))) == list(range(1000))
    assert list(progress(iter("abc"), total=3)) == ["a", "b", "c"]
    assert list(progress([])) == []


def test_a_manual_bar_counts(plain):
    with progress(total=10, label="training", unit="epoch") as bar:
        bar.update()
        bar.update(4)
        assert bar.n == 5


def test_work_of_an_earlier_run_counts_but_not_for_the_rate(plain):
    with progress(total=10, initial=6) as bar:
        bar.update(2)
        assert bar.n == 8 and bar.format_dict["initial"] == 6


def test_short_work_writes_nothing_into_a_log(plain, capfd):
    list(progress(range(1000), label="faces"))
    assert capfd.readouterr() == ("", "")


def lines_of(items, **options):
    file = io.StringIO()
    for _ in _Lines(items, file=file, mininterval=0, miniters=1, delay=0, desc="faces", leave=False, **options):
        pass
    return file.getvalue()


def test_each_report_is_a_line_of_its_own():
    lines = [line for line in lines_of(range(3)).split("\n") if line.strip()]
    assert [line.split("|")[-1].split()[0] for line in lines] == ["0/3", "1/3", "2/3", "3/3"]
    assert all(line.startswith("faces:") for line in lines)


def test_logs_have_no_carriage_returns():
    text = lines_of(range(3))
    assert "3/3" in text and "\r" not in text


def test_who_watches_gets_a_moving_bar(monkeypatch):
    monkeypatch.delenv(PLAIN, raising=False)
    monkeypatch.setattr(progress_module.sys.stderr, "isatty", lambda: True, raising=False)
    with progress(total=1) as watched:
        assert type(watched) is tqdm
    monkeypatch.setenv(PLAIN, "1")
    with progress(total=1) as log:
        assert type(log) is _Lines
