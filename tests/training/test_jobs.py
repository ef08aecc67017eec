import os
from functools import partial

import pytest
import torch

from fer_lib.training import jobs as jobs_module
from fer_lib.training.jobs import run_jobs

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
