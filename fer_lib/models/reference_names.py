"""Tensor names of the public guided-STN checkpoints, and their names here.

The reference network keeps the classifier's tensors at top level (``conv1.weight`` …,
``fc2.bias``) beside ``localization.*`` and ``fc_loc.*``; here they sit under ``classifier.``.
"""

from torch import Tensor

LOCALIZATION = ("localization.", "fc_loc.")


def is_reference_state(state: dict[str, Tensor]) -> bool:
    """Whether `state` is a guided-STN checkpoint with the reference's names."""
    return "conv1.weight" in state and any(key.startswith(LOCALIZATION) for key in state)


def from_reference(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename to this package's names; a ``module.`` prefix left by DataParallel is dropped."""
    state = {key.removeprefix("module."): value for key, value in state.items()}
    if not is_reference_state(state):
        return state  # the plain classifier has the same names on both sides
    return {key if key.startswith(LOCALIZATION) else f"classifier.{key}": value for key, value in state.items()}
