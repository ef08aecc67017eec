"""Execute one notebook with papermill, atomically, and say in one line what went wrong."""

import importlib
import os
import pkgutil
import re
import sys
import tempfile
import time
from pathlib import Path

import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from ..artifacts import alone, save_text
from ..errors import InputError, require
from ..parameters import Parameters
from ..progress import PLAIN
from ..registry import nearest

#: A kernel that is told to stop while it still answers logs a traceback of its own sockets, which is not the study's.
QUIET_SHUTDOWN = '__import__("logging").getLogger("tornado.general").setLevel("CRITICAL")'
STARTS = 3
NOT_UP = "Kernel died before replying"  # jupyter_client's words, as it has no class for this
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def run_notebook(source: Path, executed: Path, parameters: dict) -> None:
    """Run `source` with `parameters` and store the executed copy at `executed`.

    The copy is stored whether the notebook succeeds or not (papermill writes in place, so it
    works on a temporary file); a failed one keeps its outputs up to the failing cell.

    Raises:
        InputError: no such notebook, a parameter it does not declare, or a cell that failed; the
            sentence names the cell and the error.
    """
    beside = [path.name for path in source.parent.glob("*.ipynb")]
    require(source.is_file(), f"{source}: no such notebook{nearest(source.name, beside)}")
    declared = papermill.inspect_notebook(source)
    if not parameters.keys() <= declared.keys():
        declared = {**declared, **_accepted(source.stem)}
    for name in parameters:
        require(name in declared, f"{source.name}: unknown parameter {name!r}{nearest(name, declared)}")
    os.environ[PLAIN] = "1"
    started = time.perf_counter()
    with alone(executed, f"another run of {source.name}"), tempfile.TemporaryDirectory(prefix="fer-") as scratch:
        print(f"{source.stem}: started", file=sys.stderr, flush=True)
        working = Path(scratch) / source.name
        try:
            _execute(source, working, parameters)
        except PapermillExecutionError as error:
            message = f"cell [{error.exec_count}]: {_one_line(error.ename, error.evalue)}"
            raise InputError(f"{source.name}, {message} (executed copy: {executed})") from error
        except DeadKernelError as error:
            raise InputError(
                f"{source.name}: its Python process was killed, most often because memory ran out "
                f"(executed copy: {executed})"
            ) from error
        finally:
            if working.is_file():
                save_text(executed, working.read_text(encoding="utf-8"))
    print(f"{source.stem}: done in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def _execute(source: Path, working: Path, parameters: dict) -> None:
    """Run `source` into `working`; where its kernel ends before the first cell, with another kernel.

    Kernels are given free ports, which something else may take before they do.

    Raises:
        InputError: no kernel of :data:`STARTS` came up.
    """
    for _ in range(STARTS):
        try:
            papermill.execute_notebook(
                source,
                working,
                parameters,
                progress_bar=False,  # the notebooks' own bars say more than a count of cells
                stderr_file=sys.stderr,
                # the kernel's own log: warnings of its loopback sockets, a traceback when it is stopped in mid-cell
                extra_arguments=["--log-level=CRITICAL", f"--IPKernelApp.exec_lines={QUIET_SHUTDOWN}"],
            )
            return
        except RuntimeError as error:
            if NOT_UP not in str(error):
                raise
            last = error
    raise InputError(
        f"{source.name}: its Python process ended {STARTS} times before the first cell; what it said stands above"
    ) from last


def _one_line(name: str, value: str) -> str:
    """``InputError`` speaks for itself; other exceptions keep their class name."""
    text = ANSI.sub("", value).strip().splitlines()[0] if value.strip() else ""
    return text if name == "InputError" else f"{name}: {text}"


def _accepted(notebook: str) -> dict:
    """What a notebook of the study takes, also where its parameters cell leaves it at its default; else nothing."""
    from .. import studies

    for module in pkgutil.iter_modules(studies.__path__, f"{studies.__name__}."):
        importlib.import_module(module.name)
    classes = [Parameters]
    for one in classes:
        classes += one.__subclasses__()
    return {
        name: field for c in classes if getattr(c, "notebook", "") == notebook for name, field in c.model_fields.items()
    }
