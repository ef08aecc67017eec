"""Architectures by name."""

from inspect import signature

from torch import nn

from ..errors import InputError, require
from ..registry import Registry

MODELS = Registry("model")
register_model = MODELS.register


def create_model(name: str, *, num_classes: int, **options) -> nn.Module:
    """Build a registered model, freshly initialised from torch's global generator.

    Raises:
        InputError: unknown name (the message gives the closest one), fewer than two classes, or
            an option that the model does not have.
    """
    build = MODELS[name]
    require(num_classes >= 2, f"num_classes = {num_classes}, expected at least 2")
    try:
        signature(build).bind(num_classes=num_classes, **options)
    except TypeError as error:
        known = ", ".join(option for option in signature(build).parameters if option != "num_classes")
        raise InputError(f"model {name!r} {error}, expected options among: {known or 'none'}") from None
    return build(num_classes=num_classes, **options)


def list_models() -> list[str]:
    return MODELS.names()
