"""Which epoch is kept, and when to stop."""

from dataclasses import dataclass


@dataclass
class EarlyStopping:
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
