"""Execute one notebook with papermill, atomically, and say in one line what went wrong."""

import importlib
import os
import pkgutil
import sys
import time
from pathlib import Path

import papermill
from papermill.exceptions import PapermillExecutionError

from ..artifacts import alone, atomic_path
from ..artifacts.leftovers import remove_abandoned
from ..errors import InputError, require
from ..parameters import Parameters
from ..progress import PLAIN
from ..registry import nearest
from .failures import sentence, traceback
from .kernels import execute


def run_notebook(source: Path, executed: Path, parameters: dict) -> None:
    """Run `source` with `parameters` and store the executed copy at `executed`.

    The copy is stored whether the notebook succeeds or not (papermill writes in place, so it
    works on a temporary file); a failed or interrupted one keeps its outputs up to that cell.

    Raises:
        InputError: no such notebook, a parameter it does not declare, a cell that failed, or a kernel that died; the
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
    with alone(executed, f"another run of {source.name}"):
        remove_abandoned(executed.parent)
        print(f"{source.stem}: started", file=sys.stderr, flush=True)
        failure = _run(source, executed, parameters)
    if failure:
        raise failure
    print(f"{source.stem}: done in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def _run(source: Path, executed: Path, parameters: dict) -> BaseException | None:
    """Store the executed copy, and give what stopped it before its end."""
    with atomic_path(executed) as working:
        try:
            execute(source, working, parameters)
        except PapermillExecutionError as error:
            if trace := traceback(error):
                print(trace, file=sys.stderr)
            failure = InputError(f"{source.name}, {sentence(error)}")
        except (InputError, KeyboardInterrupt) as error:
            failure = error
        else:
            return None
        if not working.stat().st_size:  # it never came to its first cell
            raise failure
    if isinstance(failure, InputError):
        return InputError(f"{failure} (executed copy: {executed})")
    return failure


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
