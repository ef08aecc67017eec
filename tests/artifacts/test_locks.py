"""Locks between processes: one works, the other waits or is told."""

import subprocess
import sys
import time

import pytest

from fer_lib.artifacts import alone, in_turn, is_held
from fer_lib.errors import InputError

HOLD = """
import sys, time
from fer_lib.artifacts import in_turn
with in_turn(sys.argv[1]):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the folder's lock for `seconds`."""
    started = []

    def hold(seconds: float):
        process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "set", str(seconds)], stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.wait()


def test_waits_for_its_turn(holder, tmp_path):
    holder(1.0)
    began = time.perf_counter()
    with in_turn(tmp_path / "set"):
        assert time.perf_counter() - began > 0.5


def test_alone_is_told_at_once_who_is_there(holder, tmp_path):
    holder(30)
    with pytest.raises(InputError, match="a study is at work here already"), alone(tmp_path / "set", "a study"):
        pass


def test_killed_holder_lets_go(holder, tmp_path):
    holder(30).kill()
    with in_turn(tmp_path / "set"):
        pass


def test_folder_may_be_deleted_and_made_again_under_the_lock(tmp_path):
    with in_turn(tmp_path / "set"):
        (tmp_path / "set").mkdir()
        (tmp_path / "set").rmdir()
    assert not (tmp_path / "set").exists()


def test_whether_somebody_holds_it_is_seen_from_outside(holder, tmp_path):
    process = holder(60)
    assert is_held(tmp_path / "set")
    process.kill()
    process.wait()
    assert not is_held(tmp_path / "set")
    with in_turn(tmp_path / "set"):
        assert is_held(tmp_path / "set")


def test_asking_makes_no_file(tmp_path):
    assert not is_held(tmp_path / "nowhere" / "set")
    assert list(tmp_path.iterdir()) == []
