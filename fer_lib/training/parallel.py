"""Several processes that train one network, as torchrun starts them: who is who, and what they have in common.

Outside of :func:`process_group`, and with a single process, every function here answers for one process that is alone.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch import distributed as dist

from ..errors import InputError, require
from .device import choose_device

#: What torchrun sets beside WORLD_SIZE.
NEEDED = ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
Result = TypeVar("Result")


@contextmanager
def process_group(device: str = "auto") -> Iterator[torch.device]:
    """Join the processes that were started together (environment variable ``WORLD_SIZE``), and yield this one's device.

    NCCL connects CUDA devices, of which each process of a machine takes one; Gloo connects CPUs. Without
    ``WORLD_SIZE``, or where it is 1, there is nobody to join.

    Args:
        device: of :func:`~fer_lib.training.device.choose_device`.

    Raises:
        InputError: ``WORLD_SIZE`` without what tells processes where to meet, or that is no number; a process of this
            machine that finds no GPU left; a device that several processes cannot be connected on.
    """
    chosen, size = choose_device(device), _number("WORLD_SIZE", 1)
    if size == 1 or dist.is_initialized():
        yield chosen
        return
    missing = [name for name in NEEDED if name not in os.environ]
    require(not missing, f"WORLD_SIZE = {size} without {', '.join(missing)}, expected processes started by torchrun")
    require(chosen.type in ("cuda", "cpu"), f"device {str(chosen)!r} with {size} processes, expected cuda or cpu")
    if chosen.type == "cuda":
        local, found = _number("LOCAL_RANK"), torch.cuda.device_count()
        require(local < found, f"LOCAL_RANK = {local} on a machine of {found} GPUs, expected one process for each GPU")
        chosen = torch.device("cuda", local)
        torch.cuda.set_device(chosen)  # "cuda" without a number is this one from here on
        dist.init_process_group("nccl", device_id=chosen)
    else:
        dist.init_process_group("gloo")
    try:
        yield chosen
    finally:
        dist.destroy_process_group()


def world_size() -> int:
    """Processes that train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """This process among them, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def is_first() -> bool:
    """Whether this is the process that writes files and shows progress."""
    return rank() == 0


def wait_for_all() -> None:
    """Go on when every process has come here."""
    if world_size() > 1:
        dist.barrier()


def add_up(values: Tensor) -> Tensor:
    """`values` summed over the processes, in place; every process gets the same bits."""
    if world_size() > 1:
        dist.all_reduce(values)
    return values


def checked(check: Callable[[], Result]) -> Result:
    """What `check` returns. Where it raises InputError in some process, all of them end: the first of these raises it,
    so that its sentence is told once, and the others exit with status 1."""
    result, error = None, None
    try:
        result = check()
    except InputError as raised:
        error = raised
    if world_size() == 1:
        failed = [error is not None]
    else:
        failed = [False] * world_size()
        dist.all_gather_object(failed, error is not None)
    if not any(failed):
        return result
    if failed.index(True) == rank():
        raise error
    sys.exit(1)


def own_seed(seed: int) -> int:
    """For what each process draws for its own share of a batch, such as dropout; the first one's is `seed` itself."""
    return seed if is_first() else int(np.random.SeedSequence((seed, rank())).generate_state(1)[0])


def _number(name: str, default: int | None = None) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise InputError(f"{name} = {text!r}, expected a whole number, as torchrun sets it")
    return int(text)
