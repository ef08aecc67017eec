"""Which epoch is kept, and when to stop."""

from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import balanced_accuracy_score, f1_score

MONITORS = ("accuracy", "macro_f1", "balanced_accuracy")


def monitored(monitor: str, labels: np.ndarray, predicted: np.ndarray) -> float:
    """The score in [0, 1] that may choose the epoch in place of accuracy.

    Args:
        monitor: ``"macro_f1"`` or ``"balanced_accuracy"``, defined as in the reported tables.
        labels, predicted: int (n,).
    """
    if monitor == "macro_f1":
        return float(f1_score(labels, predicted, average="macro", zero_division=0))
    return float(balanced_accuracy_score(labels, predicted))


class _Counters:
    """A dataclass that goes on counting where another one stood."""

    def state_dict(self) -> dict:
        return asdict(self)

    def load_state_dict(self, state: dict) -> None:
        vars(self).update(state)


@dataclass
class EarlyStopping(_Counters):
    """Keeps the first epoch with the highest score; stops `patience` epochs after it."""

    patience: int
    best_epoch: int = 0
    best_score: float = float("-inf")

    def improved(self, epoch: int, score: float) -> bool:
        """Whether `score` is strictly above every earlier one; epochs count from 1."""
        if score > self.best_score:
            self.best_epoch, self.best_score = epoch, score
            return True
        return False

    def should_stop(self, epoch: int) -> bool:
        return epoch - self.best_epoch >= self.patience


@dataclass
class LastEpoch(_Counters):
    """Keeps the last epoch whatever it scores, and never stops before it."""

    best_epoch: int = 0

    def improved(self, epoch: int, score: float) -> bool:
        self.best_epoch = epoch
        return True

    def should_stop(self, epoch: int) -> bool:
        return False


def stopping_rule(keep: str, patience: int) -> EarlyStopping | LastEpoch:
    """Which of the two keeps what :class:`~fer_lib.training.config.TrainConfig` calls `keep`."""
    return LastEpoch() if keep == "last" else EarlyStopping(patience)
