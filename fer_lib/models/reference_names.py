"""Tensor names of public checkpoints, and their names here.

The guided STN's reference and the Deep-Emotion port that it was built on keep the classifier's tensors at top
level (``conv1.weight`` …, ``norm.weight`` …, ``fc2.bias``) beside ``localization.*`` and ``fc_loc.*``; here they
sit under ``classifier.``.
"""

from torch import Tensor

LOCALIZATION = ("localization.", "fc_loc.")


def is_reference_state(state: dict[str, Tensor]) -> bool:
    """Whether `state` is a checkpoint with the reference's names.

    Batch norm tells it from :class:`~fer_lib.models.deep_emotion.DeepEmotion`, whose names are those of its figure.
    """
    return {"conv1.weight", "norm.weight"} <= state.keys() and any(key.startswith(LOCALIZATION) for key in state)


def from_reference(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename to this package's names; a ``module.`` prefix left by DataParallel is dropped."""
    state = {key.removeprefix("module."): value for key, value in state.items()}
    if not is_reference_state(state):
        return state  # the plain classifier has the same names on both sides
    return {key if key.startswith(LOCALIZATION) else f"classifier.{key}": value for key, value in state.items()}
