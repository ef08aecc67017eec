"""The Python process below a notebook: another one where it does not come up, and how it died."""

import socket

import nbformat
import pytest
from jupyter_client.manager import KernelManager

from fer_lib.cli.kernels import STARTS
from fer_lib.cli.notebook import run_notebook
from fer_lib.errors import InputError

from .notebooks import write_notebook


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


@pytest.mark.parametrize(
    ("cell", "ended"),
    [
        ("import os; os.kill(os.getpid(), 9)", "its Python process was killed, most often because memory ran out"),
        ("import os; os._exit(3)", "its Python process ended with exit status 3"),
        ("import sys; sys.exit()", r"left by sys\.exit\(\), expected to run to the last cell"),
    ],
)
def test_a_kernel_that_ends_early_is_one_sentence(tmp_path, cell, ended):
    source = write_notebook(tmp_path / "a.ipynb", "epochs = 1", cell, "print('never')")
    with pytest.raises(InputError, match=rf"^a\.ipynb, cell \[2\]: {ended} \(executed copy: .*out\.ipynb\)$"):
        run_notebook(source, tmp_path / "out.ipynb", {})
    assert len(nbformat.read(tmp_path / "out.ipynb", as_version=4).cells) == 3
