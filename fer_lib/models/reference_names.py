"""Tensor names of public checkpoints, and their names here.

The guided STN's reference and the Deep-Emotion port that it was built on keep the classifier's tensors at top
level (``conv1.weight`` …, ``norm.weight`` …, ``fc2.bias``) beside ``localization.*`` and ``fc_loc.*``; here they
sit under ``classifier.``.

Residual masking has the same names on both sides, but its reference stores the projections of the masking blocks
twice: ``mask1.downsample3.0.weight`` is ``mask1.conv3.downsample.0.weight`` once more.
"""

import re

import torch
from torch import Tensor

from ..errors import require

LOCALIZATION = ("localization.", "fc_loc.")
#: Masking block and number of a projection under its second name.
COPY = re.compile(r"(mask[1-4]\.)downsample(\d)\.")


def is_reference_state(state: dict[str, Tensor]) -> bool:
    """Whether `state` is a checkpoint with the reference's names.

    Batch norm tells it from :class:`~fer_lib.models.deep_emotion.DeepEmotion`, whose names are those of its figure.
    """
    return {"conv1.weight", "norm.weight"} <= state.keys() and any(key.startswith(LOCALIZATION) for key in state)


def from_reference(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename to this package's names; a ``module.`` prefix left by DataParallel and second copies are dropped.

    Raises:
        InputError: a second copy differs from the first.
    """
    state = without_copies({key.removeprefix("module."): value for key, value in state.items()})
    if not is_reference_state(state):
        return state  # the plain classifier has the same names on both sides
    return {key if key.startswith(LOCALIZATION) else f"classifier.{key}": value for key, value in state.items()}


def without_copies(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """`state` without the tensors that residual masking's reference stores under a second name.

    Raises:
        InputError: a second copy differs from the first.
    """
    copies = {key: COPY.sub(r"\1conv\2.downsample.", key) for key in state if COPY.match(key)}
    copies = {key: first for key, first in copies.items() if first in state}
    for key, first in copies.items():
        require(torch.equal(state[key], state[first]), f"{key} differs from {first}, which it should be a copy of")
    return {key: value for key, value in state.items() if key not in copies}
