"""Torch's generators: kept, set again, and shielded from draws that must not show."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def generator_state(device: torch.device) -> dict[str, Tensor]:
    """States of the generators that a training on `device` draws from: uint8 vectors by device type."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_generator_state(state: dict[str, Tensor], device: torch.device) -> None:
    """Go on drawing where :func:`generator_state` on the same type of device left off."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
    elif device.type == "mps":
        torch.mps.set_rng_state(state["mps"])


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Draws inside depend on `seed` alone, and draws afterwards do not notice them."""
    before = generator_state(device)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        set_generator_state(before, device)
