"""A learning rate that falls where the score no longer rises."""

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from .config import TrainConfig


class Plateau:
    """Factor of the learning rates of a training, from one epoch to the next.

    It is multiplied by ``config.plateau_factor`` whenever the score has not risen for ``config.plateau_patience``
    epochs, by torch's ``ReduceLROnPlateau`` (mode "max", threshold 0; that counts the epochs that it *allows*
    without improvement, one less). Without the switch it stays 1.
    """

    def __init__(self, config: TrainConfig):
        self._config = config
        self._rate = torch.optim.SGD([torch.zeros(())], lr=1.0)  # the rule needs one whose rate it may change
        self._rule = None
        if config.plateau_factor != 1:
            patience = config.plateau_patience - 1
            self._rule = ReduceLROnPlateau(
                self._rate, mode="max", factor=config.plateau_factor, patience=patience, threshold=0.0, eps=0.0
            )

    @property
    def factor(self) -> float:
        return self._rate.param_groups[0]["lr"]

    def row(self) -> dict[str, float]:
        """``{"learning_rate": …}`` of the coming epoch for its history row; empty without the switch."""
        return {} if self._rule is None else {"learning_rate": self._config.learning_rate * self.factor}

    def apply(self, optimizer: torch.optim.Optimizer) -> None:
        """Set the rates of all groups for the coming epoch."""
        for group in optimizer.param_groups:
            group["lr"] = group.setdefault("initial_lr", group["lr"]) * self.factor

    def step(self, score: float) -> None:
        """An epoch is over."""
        if self._rule is not None:
            self._rule.step(score)

    def state_dict(self) -> dict:
        return {"factor": self.factor, "rule": None if self._rule is None else self._rule.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        self._rate.param_groups[0]["lr"] = state["factor"]
        if self._rule is not None:
            self._rule.load_state_dict(state["rule"])
