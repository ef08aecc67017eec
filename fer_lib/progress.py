"""Progress bars: tqdm, as a moving bar where somebody watches and as plain lines in logs."""

import os
import sys
from collections.abc import Iterable

from tqdm import tqdm

PLAIN = "FER_PLAIN_PROGRESS"  # set by the notebook runner: its kernels' output ends in a terminal or log


class _Lines(tqdm):
    """Each report is a line of its own; no carriage returns."""

    def display(self, msg=None, pos=None):
        if msg == "":  # what tqdm writes to wipe a bar
            return False
        self.fp.write(f"{self if msg is None else msg}\n")
        self.fp.flush()
        return True


def progress(
    items: Iterable | None = None, *, total: int | None = None, initial: int = 0, label: str = "", unit: str = "it"
):
    """A tqdm bar over `items`, or a manual one with `total`, of which `initial` were done in an earlier run.

    A moving bar on a terminal and in JupyterLab; in logs and executed notebooks a line at most
    every fifteen seconds.
    """
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    if watched and PLAIN not in os.environ:
        return tqdm(items, total=total, initial=initial, desc=label, unit=unit, dynamic_ncols=True, leave=False)
    often = {"mininterval": 15, "maxinterval": 60, "delay": 15}
    return _Lines(items, total=total, initial=initial, desc=label, unit=unit, leave=False, **often)
