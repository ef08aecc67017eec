"""What this process may use of the machine."""

import ctypes
import os
import sys

from joblib import cpu_count

from .errors import require

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # malloc.h: never give memory back, never map a block of its own
CORES = "FER_CORES"  # set by the graph for each notebook


def cores() -> int:
    """Processes or threads to start: ``FER_CORES``, else every core this process may use.

    Raises:
        InputError: ``FER_CORES`` is no positive whole number.
    """
    named = os.environ.get(CORES, str(cpu_count()))
    require(named.isdecimal() and int(named) > 0, f"{CORES} = {named!r}, expected a positive whole number")
    return int(named)


def keep_freed_memory() -> None:
    """Let this process reuse the memory that its tensors leave instead of returning it to the system.

    A training step allocates the same megabytes again and again. By default glibc takes large blocks
    from the system and hands them back, and every new page costs a fault. The process keeps its
    largest footprint until it ends. Without glibc nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(M_TRIM_THRESHOLD, -1)
        mallopt(M_MMAP_MAX, 0)
