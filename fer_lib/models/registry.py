"""Architectures by name."""

from torch import nn

from ..errors import require
from ..registry import Registry

MODELS = Registry("model")
register_model = MODELS.register


def create_model(name: str, *, num_classes: int, **options) -> nn.Module:
    """Build a registered model, freshly initialised from torch's global generator.

    Raises:
        InputError: unknown name (the message gives the closest one), or fewer than two classes.
    """
    build = MODELS[name]
    require(num_classes >= 2, f"num_classes = {num_classes}, expected at least 2")
    return build(num_classes=num_classes, **options)


def list_models() -> list[str]:
    return MODELS.names()
