"""How fast this device copies memory and how fast it is given work, measured."""

import torch
from clock import now

SIZE = {"cuda": 1 << 30, "mps": 1 << 28, "cpu": 1 << 28}  # bytes, far beyond any cache
LAUNCHES = 1000


def copy_bandwidth(device: torch.device, rounds: int = 5) -> float:
    """Bytes per second, read and written, of the fastest of `rounds` copies."""
    source = torch.ones(SIZE[device.type], dtype=torch.uint8, device=device)
    target = torch.zeros_like(source)
    return 2 * len(source) / _fastest(lambda: target.copy_(source), device, rounds)


def launch_seconds(device: torch.device, rounds: int = 5) -> float:
    """Seconds to have one operator on one number done from Python, of the fastest of `rounds` series."""
    number = torch.zeros((), device=device)

    def series():
        for _ in range(LAUNCHES):
            number.add_(1)

    return _fastest(series, device, rounds) / LAUNCHES


def _fastest(work, device: torch.device, rounds: int) -> float:
    work()  # warm-up
    seconds = []
    for _ in range(rounds):
        started = now(device)
        work()
        seconds.append(now(device) - started)
    return min(seconds)
