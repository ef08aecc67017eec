import os
import subprocess
import sys
from functools import partial

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.training import jobs as jobs_module
from fer_lib.training.jobs import run_jobs

from ..faults import family, living, wait_for

CPU = torch.device("cpu")


def note(folder, name, tell):
    (folder / name).write_text(f"{os.getpid()} {torch.get_num_threads()}")
    tell(1)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_runs_once_with_one_thread(tmp_path, workers):
    torch.set_num_threads(2)
    try:
        run_jobs([partial(note, tmp_path, name) for name in "abc"], epochs=3, device=CPU, workers=workers)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    found = {path.name: path.read_text().split() for path in tmp_path.iterdir()}
    assert sorted(found) == ["a", "b", "c"]
    assert {threads for _, threads in found.values()} == {"1"}
    assert ({process for process, _ in found.values()} == {str(os.getpid())}) is (workers == 1)


def test_an_accelerator_takes_one_at_a_time(tmp_path):
    jobs = [partial(note, tmp_path, name) for name in "ab"]
    run_jobs(jobs, epochs=2, device=torch.device("cuda"), workers=4)
    assert {path.read_text().split()[0] for path in tmp_path.iterdir()} == {str(os.getpid())}


def test_nothing_to_do_starts_nothing(monkeypatch):
    monkeypatch.setattr(jobs_module, "progress", None)
    run_jobs([], epochs=0, device=CPU)


def fall(tell):
    os.kill(os.getpid(), 9)


def test_a_killed_worker_is_one_sentence():
    said = r"^one of 2 training processes was killed, most often because memory ran out; what is finished is kept, and"
    with pytest.raises(InputError, match=said):
        run_jobs([fall, fall], epochs=2, device=CPU, workers=2)


TRAIN = """
import os, sys, time
from functools import partial
from pathlib import Path
import torch
from fer_lib.training.jobs import run_jobs

def job(name, tell):
    Path(sys.argv[1], name).touch()
    time.sleep(120)

if __name__ == "__main__":
    run_jobs([partial(job, name) for name in "ab"], epochs=2, device=torch.device("cpu"), workers=2)
"""


def test_workers_end_with_a_killed_training(tmp_path):
    """Two workers, the process that passes on their progress, and what loky starts beside them."""
    (tmp_path / "train.py").write_text(TRAIN.replace("sys.argv[1]", repr(str(tmp_path))))
    training = subprocess.Popen([sys.executable, tmp_path / "train.py"], cwd=tmp_path)
    try:
        for name in "ab":
            wait_for(tmp_path / name, training)
        processes = family(training.pid)
        assert len(processes) >= 4
    finally:
        training.kill()
        training.wait()
    assert living(processes, patience=30) == []
