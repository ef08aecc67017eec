"""Dropout whose masks come from outside, so that every model of a stack draws its own."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from ...errors import require


class GivenDropout(nn.Module):
    """Multiplies by the buffer ``mask`` in training, or always with `active`."""

    def __init__(self, active: bool):
        super().__init__()
        self.active = active
        self.register_buffer("mask", torch.ones(()), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask.to(x.dtype) if self.training or self.active else x


def with_given_masks(model: nn.Module, active: bool = False) -> nn.Module:
    """A copy of `model` without data, its dropout layers replaced."""
    replaced = copy.deepcopy(model)
    for name, module in list(replaced.named_modules()):
        if isinstance(module, _DropoutNd):
            kind = type(module).__name__
            require("Alpha" not in kind, f"{name}: {kind} shifts what it keeps and cannot be stacked")
            replaced.set_submodule(name, GivenDropout(active))
    return replaced.to("meta")  # a mask that nobody gives is an error, not a layer that keeps everything


@dataclass(frozen=True)
class Masks:
    """Where a model drops, and what of: recorded from one forward pass.

    On a CPU a member's draws are those that its dropout layers would make in
    :func:`fer_lib.training.loop.fit`: same generator, same order, same shapes.
    """

    names: tuple[str, ...]  # of the mask buffers, in the order of the forward pass
    shapes: tuple[tuple[int, ...], ...]  # without the batch
    formats: tuple[torch.memory_format, ...]
    kept: tuple[float, ...]  # probability of not being dropped

    @classmethod
    def of(cls, model: nn.Module, inputs: tuple[Tensor, ...]) -> "Masks":
        """Run a copy of `model` on `inputs`, two normalised images."""
        seen = []

        def record(name, module):
            def hook(_, arguments, __):
                x = arguments[0]
                last = x.ndim == 4 and x.is_contiguous(memory_format=torch.channels_last)
                layout = torch.channels_last if last and not x.is_contiguous() else torch.contiguous_format
                shape = tuple(x.shape[1:])
                if not isinstance(module, nn.Dropout):  # Dropout1d … 3d drop whole channels
                    shape, layout = (shape[0], *(1 for _ in shape[1:])), torch.contiguous_format
                seen.append((f"{name}.mask", shape, layout, 1 - module.p))

            return hook

        probe = copy.deepcopy(model).to(inputs[0].device, inputs[0].dtype, memory_format=torch.channels_last).eval()
        layers = {name: module for name, module in probe.named_modules() if isinstance(module, _DropoutNd)}
        for name, module in layers.items():
            module.register_forward_hook(record(name, module))
        with torch.no_grad():
            probe(*inputs)
        names = [name for name, *_ in seen]
        require(len(set(names)) == len(names), f"{names}: a dropout layer that is used twice cannot be stacked")
        return cls(*(tuple(row) for row in zip(*seen, strict=True))) if seen else cls((), (), (), ())

    def draw(self, generators: Sequence[torch.Generator], rows: Sequence[int], dtype: torch.dtype) -> dict[str, Tensor]:
        """Masks (M, max(rows), …) by name, the first ``rows[i]`` rows of model i drawn from its generator."""
        most, device = max(rows, default=0), generators[0].device if generators else None
        masks = {}
        for name, shape, layout in zip(self.names, self.shapes, self.formats, strict=True):
            lying = (*shape[1:], shape[0]) if layout == torch.channels_last else shape
            noise = torch.zeros((len(rows), most, *lying), dtype=dtype, device=device)
            masks[name] = noise.movedim(-1, 2) if layout == torch.channels_last else noise
        # a layer draws over its memory, so the masks have to lie as the layer's input would
        for model, (generator, count) in enumerate(zip(generators, rows, strict=True)):
            for name, kept in zip(self.names, self.kept, strict=True):
                own = masks[name][model, :count]
                if 0 < kept < 1:
                    own.bernoulli_(kept, generator=generator).div_(kept)
                else:  # the layers draw nothing where nothing is left to chance
                    own.fill_(kept)
        return masks
