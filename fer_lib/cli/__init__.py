"""Floor 6: the command line, ``fer`` or ``python -m fer_lib.cli``."""
