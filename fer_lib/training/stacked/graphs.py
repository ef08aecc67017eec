"""Training steps as CUDA graphs: hundreds of kernel launches replayed as one."""

from collections.abc import Callable

import torch
from torch import Tensor

from .state import State

WARM_UP = 3  # cuDNN and cuBLAS choose and allocate in the first calls, which must not be recorded


class Graphs:
    """One recorded step per group of models; a plain call where the device is no CUDA GPU.

    Args:
        step: ``step(state, *inputs)`` changes `state` in place and nothing else.
    """

    def __init__(self, step: Callable[..., None], device: torch.device):
        self._step = step
        self._cuda = device.type == "cuda"
        self._recorded: dict[tuple[int, int], _Recorded] = {}

    def forget(self) -> None:
        """The state that was recorded is no longer the one that trains."""
        self._recorded.clear()

    def __call__(self, models: slice, state: State, *inputs: Tensor | None | dict[str, Tensor]) -> None:
        """One step of the neighbouring `models`, whose rows `state` holds as views of the stack's."""
        if not self._cuda:
            self._step(state, *inputs)
            return
        key = (models.start, models.stop)
        if key not in self._recorded:
            pool = next(iter(self._recorded.values())).graph.pool() if self._recorded else None
            self._recorded[key] = _Recorded(self._step, state, inputs, pool)
        self._recorded[key].replay(inputs)


class _Recorded:
    def __init__(self, step, state: State, inputs: tuple, pool):
        self.inputs = tuple(map(_copied, inputs))
        self.graph = torch.cuda.CUDAGraph()
        before = state.map(torch.clone)
        try:
            # as prescribed in torch's notes on CUDA graphs: warm up on a side stream
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(WARM_UP):
                    step(state, *self.inputs)
            torch.cuda.current_stream().wait_stream(side)
            with torch.cuda.graph(self.graph, pool=pool):
                step(state, *self.inputs)
        finally:
            state.copy_(before)

    def replay(self, inputs: tuple) -> None:
        for mine, given in zip(self.inputs, inputs, strict=True):
            _overwrite(mine, given)
        self.graph.replay()


def _copied(value):
    if isinstance(value, dict):
        return {name: tensor.clone() for name, tensor in value.items()}
    return None if value is None else value.clone()


def _overwrite(mine, given) -> None:
    if isinstance(given, dict):
        for name, tensor in given.items():
            mine[name].copy_(tensor)
    elif given is not None:
        mine.copy_(given)
