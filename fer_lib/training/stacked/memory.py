"""How many models fit on the device at once: planned before, halved when the plan was wrong."""

import copy
import os
import warnings
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import nn

from ..device import half_precision
from ..loop import EVALUATION_BATCH

T = TypeVar("T")

#: Share of the free memory that is planned with; the allocator's rounding needs the rest.
USABLE = {"cuda": 0.8, "mps": 0.5, "cpu": 0.5}
#: Gradients of activations, and copies made by layers, beside what the backward pass keeps.
TEMPORARY = 2.0
#: Weights, two moments, gradient, and the new values of all four before they replace the old.
STATES = 8


def bytes_per_model(model: nn.Module, inputs: tuple[torch.Tensor, ...], batch: int, precision: torch.dtype) -> int:
    """Memory that one model needs to train on `batch` images, or to score :data:`EVALUATION_BATCH`.

    Counted in a forward pass over `inputs` (two normalised images): what autograd keeps, times the
    batch, times :data:`TEMPORARY`; an estimate that errs on the safe side.
    """
    kept: dict[int, int] = {}

    def count(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    probe = copy.deepcopy(model).to(inputs[0].device, inputs[0].dtype).train()
    state = sum(p.numel() * p.element_size() for p in probe.parameters())
    with (
        torch.random.fork_rng(devices=_generators(inputs[0].device)),
        torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor),
        half_precision(inputs[0].device, precision),
    ):
        loss = F.cross_entropy(probe(*inputs), torch.zeros(len(inputs[0]), dtype=torch.int64, device=inputs[0].device))
    del loss
    activations = max(0, sum(kept.values()) - state) / len(inputs[0])
    # scoring keeps nothing for a backward pass, but takes larger batches
    images = max(batch * TEMPORARY, EVALUATION_BATCH / 2)
    return int(images * activations + STATES * state)


def _generators(device: torch.device) -> list:
    return [device] if device.type == "cuda" else []


def free_bytes(device: torch.device) -> int:
    """Memory that can still be had on `device`."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def models_that_fit(each: int, device: torch.device, wanted: int) -> int:
    """At least 1, at most `wanted`."""
    return max(1, min(wanted, int(free_bytes(device) * USABLE[device.type]) // each))


def ran_out_of_memory(error: RuntimeError) -> bool:
    """Accelerators have an exception of their own; the CPU's allocator only says so."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator: can't allocate" in str(error)


class Groups:
    """Works on neighbouring models, at most `size` at a time.

    Attributes:
        size: halved whenever memory runs out.
    """

    def __init__(self, size: int, on_smaller: Callable[[], None] = lambda: None):
        self.size = size
        self._on_smaller = on_smaller

    def each(self, models: slice, work: Callable[[slice], T]) -> list[T]:
        """``work(part)`` for the parts of `models`, in order; a part that runs out of memory is done
        again in halves, so `work` must leave nothing half-done behind."""
        results, start = [], models.start
        while start < models.stop:
            part = slice(start, min(start + self.size, models.stop))
            try:
                results.append(work(part))
            except RuntimeError as error:
                count = part.stop - part.start
                if count == 1 or not ran_out_of_memory(error):
                    raise
                self._halve(count)
                continue
            start = part.stop
        return results

    def _halve(self, count: int) -> None:
        self.size = count // 2
        warnings.warn(f"memory ran out with {count} models at once; going on with {self.size} at a time", stacklevel=3)
        self._on_smaller()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
