"""The notebook runner: strict, atomic, and brief when something fails."""

import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from fer_lib.cli.__main__ import main
from fer_lib.cli.notebook import run_notebook
from fer_lib.errors import InputError

from ..faults import family, heed_interrupts, living, wait_for
from .notebooks import write_notebook

WAIT = """
import time
from pathlib import Path
for n in range(600):
    Path("begun").touch()
    time.sleep(0.1)
"""
ROOT = Path(__file__).resolve().parents[2]


def test_parameters_reach_the_executed_copy(tmp_path):
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "print('epochs:', epochs)")
    run_notebook(source, tmp_path / "out" / "a.ipynb", {"epochs": 7})
    executed = nbformat.read(tmp_path / "out" / "a.ipynb", as_version=4)
    assert "epochs: 7" in executed.cells[-1].outputs[0].text
    assert not nbformat.read(source, as_version=4).cells[-1].outputs


def test_unknown_parameter_stops_before_any_work(tmp_path):
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "1 / 0")
    with pytest.raises(InputError, match="unknown parameter 'epoch'; did you mean 'epochs'"):
        run_notebook(source, tmp_path / "out.ipynb", {"epoch": 7})
    assert not (tmp_path / "out.ipynb").exists()


def test_failing_cell_is_named_and_kept(tmp_path, capfd):
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "print('so far')", "[][0]", "print('never')")
    with pytest.raises(
        InputError, match=r"a\.ipynb, cell \[3\], line 1 \(\[\]\[0\]\): IndexError: list index out of range"
    ):
        run_notebook(source, tmp_path / "out.ipynb", {})
    said = capfd.readouterr().err
    assert "IndexError                                Traceback" in said and "\x1b" not in said
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    kinds = [output.output_type for cell in executed.cells for output in cell.get("outputs", [])]
    assert "error" in kinds
    assert not any("never" in o.get("text", "") for cell in executed.cells for o in cell.get("outputs", []))


def test_a_full_disk_is_one_sentence(tmp_path, small_disk, capfd):
    cell = "import numpy as np; from fer_lib.artifacts import save_array; save_array(where + '/a.npy', np.eye(1000))"
    source = write_notebook(tmp_path / "a.ipynb", "where = '.'", cell)
    with pytest.raises(
        InputError, match=r"cell \[3\]: /.*/disk/a\.npy: no space left on device, expected more free space"
    ):
        run_notebook(source, tmp_path / "out.ipynb", {"where": str(small_disk.folder)})
    assert "Traceback" not in capfd.readouterr().err
    assert small_disk.names() == set()


def test_a_disk_without_room_for_the_executed_copy_keeps_the_last_one(tmp_path, small_disk, capsys):
    executed = small_disk.folder / "out.ipynb"
    executed.write_text("the last one")
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "print('x' * 5_000_000)")
    assert main(["notebook", str(source), str(executed)]) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last == f"fer notebook: {executed}: no space left on device, expected more free space"
    assert executed.read_text() == "the last one" and small_disk.names() == {"out.ipynb"}


@pytest.fixture
def begun(tmp_path):
    """A notebook that is at work in its second cell: its processes, the runner first."""
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "print('so far')", WAIT)
    words = [sys.executable, "-m", "fer_lib.cli", "notebook", source, tmp_path / "out" / "a.ipynb"]
    with open(tmp_path / "said.txt", "w") as said:
        runner = subprocess.Popen(words, cwd=tmp_path, stderr=said, start_new_session=True, preexec_fn=heed_interrupts)
    wait_for(tmp_path / "begun", runner)
    processes = family(runner.pid)
    assert len(processes) >= 2
    yield runner, processes
    for one in living(processes):
        one.kill()
    runner.wait()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_notebook_takes_its_kernel_along_and_keeps_what_was_done(begun, tmp_path, stop):
    runner, processes = begun
    runner.send_signal(stop)
    assert runner.wait(timeout=60) == 130
    assert living(processes, patience=20) == []
    assert (tmp_path / "said.txt").read_text() == "a: started\nfer notebook: stopped\n"
    executed = nbformat.read(tmp_path / "out" / "a.ipynb", as_version=4)
    assert "so far" in executed.cells[1].outputs[0].text


def test_a_killed_notebook_takes_its_kernel_along_and_leaves_nothing_for_long(begun, tmp_path):
    runner, processes = begun
    runner.kill()
    runner.wait()
    assert living(processes, patience=20) == []
    assert not (tmp_path / "out" / "a.ipynb").exists()
    run_notebook(write_notebook(tmp_path / "a.ipynb", "epochs = 1"), tmp_path / "out" / "a.ipynb", {})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".a.ipynb.lock", "a.ipynb"]


def test_missing_raw_data_is_one_sentence_on_the_terminal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    source = ROOT / "notebooks" / "01_data_preparation.ipynb"
    status = main(["notebook", str(source), "out.ipynb", "--parameters", '{"dataset": "fer2013"}'])
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert status == 1 and "fer2013.csv" in last and "data/README.md" in last
    assert not list((tmp_path / "data").rglob("*.npy"))


def test_missing_notebook_is_one_sentence(tmp_path, capsys):
    assert main(["notebook", str(tmp_path / "no.ipynb"), str(tmp_path / "out.ipynb")]) == 1
    assert "no such notebook" in capsys.readouterr().err


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0 and "examples:" in capsys.readouterr().out


def test_a_study_notebook_takes_what_its_cell_leaves_at_the_default():
    from fer_lib.cli.notebook import _accepted

    assert {"padding_mode", "monitor"} <= set(_accepted("03_guided_spatial_transformers"))
    assert {"theta_init", "class_weighted"} <= set(_accepted("04_deep_emotion"))
    assert _accepted("somebody's own") == {}
