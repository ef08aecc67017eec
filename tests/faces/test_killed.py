"""SIGKILL in the middle of a run on several processes: nothing half-done, nobody left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from fer_lib.faces import find_landmarks

SLOW_RUN = """
import os, sys, time
from pathlib import Path
import numpy as np
from fer_lib.datasets.registry import read_prepared
from fer_lib.faces import detector, find_landmarks
from fer_lib.faces.rows import WIDTH

home = Path(sys.argv[1])

def slowly(images, options):
    (home / f"worker-{os.getpid()}").touch()
    time.sleep(0.5)
    return np.zeros((len(images), WIDTH), np.float32)

detector.describe_faces, detector.load_models = slowly, lambda: None
find_landmarks(read_prepared(home / "prepared" / "tiny"), home, workers=2, chunk=2, detectors=("hog",))
"""


def alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_run_continues(store, fake, numbered, tmp_path):
    faces = store(numbered(40))
    run = subprocess.Popen([sys.executable, "-c", SLOW_RUN, str(tmp_path)], stderr=subprocess.DEVNULL)
    folder = tmp_path / "guidance" / "tiny"
    deadline = time.monotonic() + 60
    # on a busy machine one worker may have stored parts before the other has started
    while (
        len(list(folder.glob(".landmarks-parts/*/[0-9]*.npy"))) < 3 or len(list(tmp_path.glob("worker-*"))) < 2
    ) and time.monotonic() < deadline:
        assert run.poll() is None
        time.sleep(0.05)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    workers = [int(path.name.split("-")[1]) for path in tmp_path.glob("worker-*")]
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(workers) == 2 and not any(map(alive, workers)), "workers end with their parent"
    assert not list(folder.glob("*.card.json"))
    done = len(list(folder.glob(".landmarks-parts/*/[0-9]*.npy")))
    find_landmarks(faces, tmp_path, workers=1, chunk=2, detectors=("hog",))
    assert 3 <= done < 20 and len(fake.seen) == 20 - done, "only the missing chunks are computed"
