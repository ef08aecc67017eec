"""The Python process that executes a notebook: started, followed to its end, and named where it dies."""

import logging
import sys
from pathlib import Path

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError

from ..errors import InputError
from ..lifetime import how_it_ended, memory_kills
from .failures import Plain

#: A kernel that is told to stop while it still answers logs a traceback of its own sockets, which is not the study's.
QUIET_SHUTDOWN = '__import__("logging").getLogger("tornado.general").setLevel("CRITICAL")'
STARTS = 3
NOT_UP = "Kernel died before replying"  # jupyter_client's words, as it has no class for this


class _Kernel(AsyncKernelManager):
    """Remembers how its process ended, which nbclient does not ask before it forgets the process."""

    status: int | None = None  # of the latest kernel; None while it lives

    async def _async_is_alive(self) -> bool:
        if self.has_kernel and _Kernel.status is None:
            _Kernel.status = await self.provisioner.poll()
        return await super()._async_is_alive()

    is_alive = _async_is_alive


def execute(source: Path, working: Path, parameters: dict) -> None:
    """Run `source` into `working`; where its kernel ends before the first cell, with another kernel.

    Kernels are given free ports, which something else may take before they do. A kernel ends with this process.

    Raises:
        InputError: the kernel died, no kernel of :data:`STARTS` came up, or a cell left before the last one.
        PapermillExecutionError: a cell failed.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it warns of is an error here, told in a sentence
    kills = memory_kills()
    for _ in range(STARTS):
        _Kernel.status = None
        try:
            papermill.execute_notebook(
                source,
                working,
                parameters,
                progress_bar=False,  # the notebooks' own bars say more than a count of cells
                stderr_file=Plain(sys.stderr),
                kernel_manager_class=_Kernel,
                # the kernel's own log: warnings of its loopback sockets, a traceback when it is stopped in mid-cell
                extra_arguments=["--log-level=CRITICAL", f"--IPKernelApp.exec_lines={QUIET_SHUTDOWN}"],
            )
        except DeadKernelError as error:
            ended = how_it_ended(_Kernel.status, kills)
            raise InputError(f"{source.name}{_where(working)}: its Python process {ended}") from error
        except RuntimeError as error:
            if NOT_UP not in str(error):
                raise
            last = error
        else:
            _require_the_last_cell(source, working)
            return
    raise InputError(
        f"{source.name}: its Python process ended {STARTS} times before the first cell; what it said stands above"
    ) from last


def _code_cells(working: Path) -> list:
    cells = nbformat.read(working, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def _where(working: Path) -> str:
    """``", cell [3]"``: the last one that began."""
    begun = sum(bool(cell.metadata.papermill.get("start_time")) for cell in _code_cells(working))
    return f", cell [{begun}]" if begun else ""


def _require_the_last_cell(source: Path, working: Path) -> None:
    """``sys.exit()`` in a cell is a success to papermill, and the cells below it never ran."""
    if any(cell.execution_count is None for cell in _code_cells(working)):
        raise InputError(f"{source.name}{_where(working)}: left by sys.exit(), expected to run to the last cell")
