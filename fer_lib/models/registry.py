"""Architectures by name."""

from inspect import signature

from torch import nn

from ..errors import InputError, require
from ..registry import Registry

MODELS = Registry("model")
register_model = MODELS.register
#: Networks that give a map of each image and no classes. They are no classifiers, so :func:`list_models` leaves them
#: out and nothing that goes over all classifiers meets them; :func:`create_model` builds them without `num_classes`.
MAP_MODELS = Registry("model")
register_map_model = MAP_MODELS.register


def create_model(name: str, *, num_classes: int | None = None, **options) -> nn.Module:
    """Build a registered model, freshly initialised from torch's global generator.

    Args:
        num_classes: of a classifier; models that give maps ("msinet") take none.

    Raises:
        InputError: unknown name (the message gives the closest one), fewer than two classes, classes for a model
            that gives maps, or an option that the model does not have.
    """
    if name in MAP_MODELS:
        require(
            num_classes is None,
            f"model {name!r} gives a map of each image and no classes, expected no num_classes (classifiers: "
            f"{', '.join(list_models())})",
        )
        build = MAP_MODELS[name]
    else:
        build = MODELS[name]
        require(num_classes is not None and num_classes >= 2, f"num_classes = {num_classes}, expected at least 2")
        options = {"num_classes": num_classes, **options}
    try:
        signature(build).bind(**options)
    except TypeError as error:
        known = ", ".join(option for option in signature(build).parameters if option != "num_classes")
        raise InputError(f"model {name!r} {error}, expected options among: {known or 'none'}") from None
    return build(**options)


def list_models() -> list[str]:
    """Names of the classifiers."""
    return MODELS.names()
