"""Processes that end with the one that started them, also where that one is killed and tells nobody; how one ended.

``python -m fer_lib.lifetime PID MODULE …`` is ``python -m MODULE …`` that ends with the process PID which started it.
Nothing else of fer_lib is imported here: an environment without it may run this file.
"""

import os
import re
import runpy
import signal
import sys
import threading
import time
from pathlib import Path

PAUSE = 0.5  # seconds
_following: set[int] = set()  # of processes, as a forked child has none of its parent's threads


def end_with_parent(parent: int | None = None) -> None:
    """Kill this process when `parent` no longer stands above it. Calling it again changes nothing.

    Every Unix tells who the parent is. Linux would also send a signal (``PR_SET_PDEATHSIG``), but already when the
    *thread* ends that started the process, which pools of workers outlive.

    Args:
        parent: the process that started this one; whoever stands above it by default. Given, a parent that was
            killed before this call is noticed too.
    """
    if os.getpid() in _following:
        return
    _following.add(os.getpid())
    threading.Thread(target=_follow, args=(parent or os.getppid(),), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PAUSE)
    os.kill(os.getpid(), signal.SIGKILL)  # nothing is left to tidy up for; files are atomic


def following(module: str, *words: str) -> list[str]:
    """The command ``python -m MODULE …`` for a process that ends with this one."""
    return [sys.executable, "-m", "fer_lib.lifetime", str(os.getpid()), module, *words]


def memory_kills() -> int:
    """How many processes the system has killed so far because memory ran out, of a container's limit too.

    Linux counts them, for the whole machine; elsewhere 0.
    """
    try:
        counts = Path("/proc/vmstat").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^oom_kill (\d+)$", counts, re.MULTILINE)
    return int(found[1]) if found else 0


def how_it_ended(status: int | None, kills: int) -> str:
    """What happened to a process: "was killed, because memory ran out".

    Args:
        status: as :mod:`subprocess` gives it, below 0 for a signal; None where it is not known.
        kills: :func:`memory_kills` of the time when the process started.
    """
    if status is None or status >= 0:
        return "ended" if status is None else f"ended with exit status {status}"
    if status == -signal.SIGKILL:
        ran_out = memory_kills() > kills
        return "was killed, because memory ran out" if ran_out else "was killed, most often because memory ran out"
    # a file that is mapped into memory has no other way to say that a page of it found no place
    why = ", most often because the disk is full" if status == -signal.SIGBUS else ""
    return f"was killed by signal {-status} ({signal.strsignal(-status)}){why}"


if __name__ == "__main__":
    parent, module = int(sys.argv[1]), sys.argv[2]
    end_with_parent(parent)
    del sys.argv[1:3]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
