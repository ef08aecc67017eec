"""All parameters of a model as one row of a matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Layout:
    """Names and shapes of a model's parameters, in order."""

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, model: nn.Module) -> "Layout":
        named = dict(model.named_parameters())
        return cls(tuple(named), tuple(tuple(value.shape) for value in named.values()))

    @property
    def sizes(self) -> list[int]:
        return [prod(shape) for shape in self.shapes]

    def pack(self, models: Sequence[nn.Module], device: torch.device, dtype: torch.dtype) -> Tensor:
        """Parameters of M models, (M, P)."""
        rows = [torch.cat([value.detach().reshape(-1) for value in model.parameters()]) for model in models]
        return torch.stack(rows).to(device, dtype)

    def unpack(self, row: Tensor) -> dict[str, Tensor]:
        """(P,) → parameters by name, views of `row`."""
        parts = row.split(self.sizes)
        return {name: part.view(shape) for name, shape, part in zip(self.names, self.shapes, parts, strict=True)}
