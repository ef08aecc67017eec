"""What training changes, one row per model."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from .layout import Layout


@dataclass
class State:
    """Tensors whose first dimension counts the models.

    Attributes:
        parameters, average, square: (M, P): weights and Adam's moments.
        steps: (M,) optimizer steps taken, in the parameters' dtype.
        buffers: by name, (M, …): batch-norm statistics.
        loss_sum, correct: (M,) of the epoch so far, per image.
        factor: (M,) of the learning rate; steps do not change it.
    """

    parameters: Tensor
    average: Tensor
    square: Tensor
    steps: Tensor
    buffers: dict[str, Tensor]
    loss_sum: Tensor
    correct: Tensor
    factor: Tensor

    @classmethod
    def of(cls, models: Sequence[nn.Module], layout: Layout, device: torch.device, dtype: torch.dtype) -> "State":
        parameters = layout.pack(models, device, dtype)
        buffers = {
            name: torch.stack([dict(model.named_buffers())[name] for model in models]).to(device)
            for name, _ in models[0].named_buffers()
        }
        buffers = {name: value.to(dtype) if value.is_floating_point() else value for name, value in buffers.items()}
        zeros = torch.zeros(len(models), device=device, dtype=dtype)
        return cls(
            parameters,
            torch.zeros_like(parameters),
            torch.zeros_like(parameters),
            zeros.clone(),
            buffers,
            zeros.clone(),
            torch.zeros(len(models), device=device, dtype=torch.int64),
            torch.ones_like(zeros),
        )

    def __len__(self) -> int:
        return len(self.parameters)

    def map(self, change) -> "State":
        """The same with every tensor replaced by ``change(tensor)``."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return State(
            **{
                name: {key: change(each) for key, each in value.items()} if name == "buffers" else change(value)
                for name, value in values.items()
            }
        )

    def rows(self, models: slice) -> "State":
        """Views of neighbouring models: writing to them writes here."""
        return self.map(lambda tensor: tensor[models])

    def keep(self, positions: Sequence[int]) -> "State":
        """A smaller state of the models at `positions`."""
        index = torch.as_tensor(list(positions), dtype=torch.int64, device=self.parameters.device)
        return self.map(lambda tensor: tensor.index_select(0, index))

    def copy_(self, other: "State") -> None:
        """Overwrite every tensor in place."""
        for mine, theirs in zip(self._tensors(), other._tensors(), strict=True):
            mine.copy_(theirs)

    def _tensors(self) -> list[Tensor]:
        return [
            *(self.parameters, self.average, self.square, self.steps, self.loss_sum, self.correct, self.factor),
            *self.buffers.values(),
        ]

    @torch.no_grad()
    def give(self, position: int, layout: Layout, model: nn.Module) -> None:
        """Write the parameters and buffers of one row into `model`."""
        values = layout.unpack(self.parameters[position]) | {k: v[position] for k, v in self.buffers.items()}
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
            tensor.copy_(values[name])
