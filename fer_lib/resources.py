"""What this process may use of the machine."""

import os

from joblib import cpu_count

from .errors import require

CORES = "FER_CORES"  # set by the graph for each notebook


def cores() -> int:
    """Processes or threads to start: ``FER_CORES``, else every core this process may use.

    Raises:
        InputError: ``FER_CORES`` is no positive whole number.
    """
    named = os.environ.get(CORES, str(cpu_count()))
    require(named.isdecimal() and int(named) > 0, f"{CORES} = {named!r}, expected a positive whole number")
    return int(named)
