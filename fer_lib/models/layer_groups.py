"""A network's layers in the order in which fine-tuning sets them free: from the logits down to the image."""

from torch import nn

from ..errors import require


def layer_groups(model: nn.Module) -> tuple[tuple[str, ...], ...]:
    """Names of modules in groups, which together hold every tensor; the first group is the head.

    The head is the one linear layer that gives the logits: with everything below it fixed, training it is logistic
    regression on the features of the source network (a "linear probe").

    Raises:
        InputError: the architecture names no groups.
    """
    groups = getattr(model, "layer_groups", None)
    require(
        groups is not None,
        f"{type(model).__name__} names no layer groups, which tell its head from the rest; transfer needs fine_tune "
        "'full' and its head",
    )
    return groups


def tensors_in(modules: tuple[str, ...]) -> tuple[str, ...]:
    """Prefixes of the tensor names of these modules, for ``str.startswith``."""
    return tuple(f"{name}." for name in modules)
