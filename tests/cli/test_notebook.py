"""The notebook runner: strict, atomic, and brief when something fails."""

import socket
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager

from fer_lib.cli.__main__ import main
from fer_lib.cli.notebook import STARTS, run_notebook
from fer_lib.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def write_notebook(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    return path


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


def test_failing_cell_is_named_and_kept(tmp_path):
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "print('so far')", "[][0]", "print('never')")
    with pytest.raises(InputError, match=r"a\.ipynb, cell \[\d\]: IndexError: list index out of range"):
        run_notebook(source, tmp_path / "out.ipynb", {})
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    kinds = [output.output_type for cell in executed.cells for output in cell.get("outputs", [])]
    assert "error" in kinds
    assert not any("never" in o.get("text", "") for cell in executed.cells for o in cell.get("outputs", []))


def test_a_kernel_keeps_quiet_about_its_own_sockets_and_leaves_no_name_behind(tmp_path):
    """Stopped in the middle of an answer it would log a traceback, now and then, under the sentence that counts."""
    before, asked = "known = 'logging' in dir()", "getLogger('tornado.general').isEnabledFor(40)"
    source = write_notebook(
        tmp_path / "a.ipynb", "epochs = 1", before, f"import logging; print(known, logging.{asked})"
    )
    run_notebook(source, tmp_path / "out.ipynb", {})
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "False False\n"


@pytest.fixture
def taken(monkeypatch):
    """``taken(n)``: something else takes a port of the first n kernels before they do; gives what holds them."""
    own, held = KernelManager._async_pre_start_kernel, []

    def take(first):
        async def pre_start(self, **options):
            answer = await own(self, **options)
            if len(held) < first:
                held.append(socket.create_server(("127.0.0.1", self.shell_port)))
            return answer

        monkeypatch.setattr(KernelManager, "_async_pre_start_kernel", pre_start)
        return held

    yield take
    for one in held:
        one.close()


def test_a_kernel_whose_port_is_taken_is_followed_by_another(tmp_path, taken):
    source, held = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "print(epochs)"), taken(1)
    run_notebook(source, tmp_path / "out.ipynb", {})
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].text == "1\n" and len(held) == 1


def test_no_kernel_comes_up(tmp_path, taken):
    source, held = write_notebook(tmp_path / "a.ipynb", "epochs = 1"), taken(99)
    with pytest.raises(InputError, match=r"a\.ipynb: its Python process ended 3 times before the first cell"):
        run_notebook(source, tmp_path / "out.ipynb", {})
    assert len(held) == STARTS


def test_killed_kernel_is_one_sentence(tmp_path):
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(InputError, match="its Python process was killed"):
        run_notebook(source, tmp_path / "out.ipynb", {})


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
