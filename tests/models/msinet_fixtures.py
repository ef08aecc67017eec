"""Weights of MSI-Net for tests: in the authors' names and layout, and stored in as few bytes as can be."""

import numpy as np

from fer_lib.models.msinet_weights import tensorflow_shapes

from .tensorflow_writer import constant, tensor


def means() -> dict[str, bytes]:
    """TensorProto of every kernel and bias: a layer is the mean of what it sees, so the map is a blurred image.

    Each constant is one float that stands for all, a hundred bytes for a megabyte.
    """
    return {
        name: tensor(1 / np.prod(shape[:-1]) if name.endswith("kernel") else 0.0, "packed", shape)
        for name, shape in tensorflow_shapes().items()
    }


def nodes(messages: dict[str, bytes], name="{}") -> list[bytes]:
    """A constant for each, under this pattern of a name."""
    return [constant(name.format(key), message) for key, message in messages.items()]
