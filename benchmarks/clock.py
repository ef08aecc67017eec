"""Time on a device that works behind the program's back."""

import time

import torch


def now(device: torch.device) -> float:
    """Seconds on a monotonic clock, read when everything asked of `device` is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    return time.perf_counter()
