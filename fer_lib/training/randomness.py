"""Generators of random numbers: kept, set again, and torch's shielded from draws that must not show."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
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


def all_generators(own: Mapping[str, torch.Generator | np.random.Generator | None], device: torch.device) -> dict:
    """States of Python's, NumPy's and torch's global generators and of those that a training has for itself, as
    :func:`~fer_lib.training.state_files.save_state` takes them."""
    numpy = np.random.get_state(legacy=False)
    version, words, gauss = random.getstate()
    return {
        "python": (version, torch.tensor(words), gauss),
        "numpy": {**numpy, "state": {**numpy["state"], "key": torch.tensor(numpy["state"]["key"].tolist())}},
        "torch": generator_state(device),
        "own": {name: _state(generator) for name, generator in own.items() if generator is not None},
    }


def set_all_generators(
    state: dict, own: Mapping[str, torch.Generator | np.random.Generator | None], device: torch.device
) -> None:
    """Go on drawing where :func:`all_generators` left off; `own` are generators by the same names."""
    (version, words, gauss), numpy = state["python"], state["numpy"]
    random.setstate((version, tuple(words.tolist()), gauss))
    key = numpy["state"]["key"].numpy().astype(np.uint32)
    np.random.set_state({**numpy, "state": {**numpy["state"], "key": key}})
    set_generator_state(state["torch"], device)
    for name, generator in own.items():
        if isinstance(generator, np.random.Generator):
            generator.bit_generator.state = state["own"][name]
        elif generator is not None:
            generator.set_state(state["own"][name])


def _state(generator: torch.Generator | np.random.Generator) -> dict | Tensor:
    return generator.bit_generator.state if isinstance(generator, np.random.Generator) else generator.get_state()
