"""Learning rates from epoch to epoch (specification, §7)."""

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

POLICIES = ("linear", "step", "plateau", "constant")
STEP, STEP_FACTOR = 50, 0.1  # "step": a tenth every 50 epochs
PLATEAU = {"factor": 0.2, "patience": 5, "threshold": 0.01}  # "plateau": torch's rule on the training loss


def linear(epoch: int, epochs: int, decay: int, *, legacy: bool = False) -> float:
    """Factor of the learning rate in `epoch` (from 1) of `epochs`, of which the last `decay` have a falling one.

    It is 1 for N = epochs − decay epochs, and falls by 1/(decay + 1) with each epoch after them, to 1/(decay + 1) in
    the last. The public code (`legacy`) starts to fall one epoch earlier, and its last epoch has exactly 0.
    """
    late = epoch - (epochs - decay) + legacy
    return 1 - max(0, late) / (decay + 1)


class Rates:
    """Sets the learning rates of all groups of an optimizer, each relative to the one it was made with.

    Args:
        policy: ``"linear"`` (:func:`linear`), ``"step"``, ``"plateau"``, ``"constant"``.
        epochs, decay, legacy: of :func:`linear`.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, policy: str, epochs: int, decay: int, legacy: bool = False):
        self._optimizer, self._policy = optimizer, policy
        self._epochs, self._decay, self._legacy = epochs, decay, legacy
        self._initial = [group["lr"] for group in optimizer.param_groups]
        self._rate = torch.optim.SGD([torch.zeros(())], lr=1.0)  # the rule needs one whose rate it may change
        self._rule = ReduceLROnPlateau(self._rate, mode="min", **PLATEAU, eps=0.0)

    def begin(self, epoch: int) -> float:
        """Set the rates for `epoch` (from 1); returns that of the first group."""
        if self._policy == "linear":
            factor = linear(epoch, self._epochs, self._decay, legacy=self._legacy)
        elif self._policy == "step":
            factor = STEP_FACTOR ** ((epoch - 1) // STEP)
        else:
            factor = self._rate.param_groups[0]["lr"]
        for group, initial in zip(self._optimizer.param_groups, self._initial, strict=True):
            group["lr"] = initial * factor
        return self._initial[0] * factor

    def end(self, loss: float) -> None:
        """The epoch is over; `loss` is its mean in training."""
        if self._policy == "plateau":
            self._rule.step(loss)

    def state_dict(self) -> dict:
        return {"factor": self._rate.param_groups[0]["lr"], "rule": self._rule.state_dict()}

    def load_state_dict(self, state: dict) -> None:
        self._rate.param_groups[0]["lr"] = state["factor"]
        self._rule.load_state_dict(state["rule"])
