"""The average of a network's weights over its steps."""

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .config import TrainConfig


class Average:
    """Exponential moving average of weights and batch-norm statistics; the network itself where none is asked for."""

    def __init__(self, model: nn.Module, config: TrainConfig):
        self._model = model
        self._average = None
        if config.average_decay:
            update = get_ema_multi_avg_fn(config.average_decay)
            self._average = AveragedModel(model, multi_avg_fn=update, use_buffers=True)

    def update(self) -> None:
        """After a step; the first one's weights are where the average starts."""
        if self._average is not None:
            self._average.update_parameters(self._model)

    @property
    def scored(self) -> nn.Module:
        """What selects and is kept."""
        return self._model if self._average is None else self._average.module

    def state_dict(self) -> dict:
        """Empty where nothing is averaged."""
        return {} if self._average is None else self._average.state_dict()

    def load_state_dict(self, state: dict) -> None:
        if self._average is not None:
            self._average.load_state_dict(state)
