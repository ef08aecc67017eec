"""What a process may use of the machine, and how it holds on to memory."""

import platform
import subprocess
import sys

import pytest

from fer_lib.resources import keep_freed_memory

FAULTS = """
import resource, torch
from fer_lib.resources import keep_freed_memory
if {keep}:
    keep_freed_memory()

def step():
    layers = [torch.zeros(size << 20, dtype=torch.uint8) for size in (11, 40, 5, 11)]

for _ in range(5):  # until the heap has found its size
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallopt")
def test_repeated_steps_take_no_new_pages():
    """In processes of their own: the setting cannot be taken back."""

    def faults(keep):
        code = FAULTS.format(keep=keep)
        return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    assert 10 * faults(True) < faults(False)


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("ctypes.CDLL", None)
    keep_freed_memory()
