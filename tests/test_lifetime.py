"""Processes end with the one that started them; what is said of one that ended."""

import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from fer_lib import lifetime
from fer_lib.lifetime import end_with_parent, following, how_it_ended, memory_kills

from .faults import living

PARENT = """
import subprocess, sys
from fer_lib.lifetime import following
child = subprocess.Popen(following("http.server", "--bind", "127.0.0.1", "0"), stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
child.wait()
"""


def test_ends_with_a_killed_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    assert living([child])
    parent.kill()
    parent.wait()
    assert living([child], patience=20) == []


def test_a_parent_that_is_gone_already_is_noticed():
    words = following("http.server", "--bind", "127.0.0.1", "0")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    words[3] = str(gone.pid)
    assert subprocess.run(words, capture_output=True, timeout=60).returncode == -signal.SIGKILL


def test_runs_the_module_as_python_does_with_its_words(tmp_path):
    (tmp_path / "told.py").write_text("import sys\nif __name__ == '__main__': print(sys.argv[1:])")
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run(following("told", "--cores", "2"), capture_output=True, text=True, env=env)
    assert done.stdout == "['--cores', '2']\n", done.stderr


def test_asking_twice_starts_one_thread(monkeypatch):
    monkeypatch.setattr(lifetime, "_following", set())
    started = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread))
    end_with_parent()
    end_with_parent()
    assert len(started) == 1 and started[0].daemon


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "ended"),
        (3, "ended with exit status 3"),
        (-signal.SIGKILL, "was killed, most often because memory ran out"),
        (-signal.SIGBUS, f"was killed by signal {int(signal.SIGBUS)} (Bus error), most often because the disk is full"),
        (-signal.SIGSEGV, "was killed by signal 11 (Segmentation fault)"),
    ],
)
def test_how_a_process_ended(status, said):
    assert how_it_ended(status, memory_kills()) == said


def test_memory_that_ran_out_is_told_from_the_system_s_count(monkeypatch):
    before = memory_kills()
    monkeypatch.setattr(lifetime, "memory_kills", lambda: before + 1)
    assert how_it_ended(-signal.SIGKILL, before) == "was killed, because memory ran out"
    assert how_it_ended(-signal.SIGTERM, before) == "was killed by signal 15 (Terminated)"


GREEDY = """
import pathlib, sys
pathlib.Path(sys.argv[1], "cgroup.procs").write_text("0")
memory = bytearray(200 << 20)
for page in range(0, len(memory), 4096):
    memory[page] = 1
"""


@pytest.fixture
def limited(tmp_path):
    """A control group of 100 MB; skips the test where this user may not make one."""
    for root, limit in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = f"{root}/fer-test-{os.getpid()}"
        try:
            os.mkdir(group)
        except OSError:
            continue
        try:
            with open(f"{group}/{limit}", "w") as file:
                file.write(str(100 << 20))
            yield group
            return
        except OSError:
            continue
        finally:
            os.rmdir(group)
    pytest.skip("no control group with a limit of memory can be made here")


def test_the_system_counts_whom_it_kills_for_memory(limited):
    before = memory_kills()
    done = subprocess.run([sys.executable, "-c", GREEDY, limited], capture_output=True, text=True)
    assert how_it_ended(done.returncode, before) == "was killed, because memory ran out", done.stderr
