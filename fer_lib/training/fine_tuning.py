"""Which layers learn in which epoch, when a network starts from a trained one."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..errors import require
from ..models.layer_groups import layer_groups, tensors_in
from .config import TrainConfig
from .experiment import Experiment


def set_learning(model: nn.Module, config: TrainConfig, epoch: int) -> None:
    """Put `model` into training mode with the layers fixed that do not learn in `epoch` (from 1).

    ``"full"``: all learn. ``"head"``: the layer that gives the logits alone. ``"gradual"``: the head first, then
    one group more of :func:`~fer_lib.models.layer_groups.layer_groups` every ``config.unfreeze_every`` epochs (Howard
    and Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018). Batch-norm layers that are
    fixed keep their statistics and normalise by them; dropout stays active everywhere.
    """
    model.train()
    if config.fine_tune == "full":
        return
    groups = layer_groups(model)
    count = 1 if config.fine_tune == "head" else 1 + (epoch - 1) // config.unfreeze_every
    learning = tensors_in(sum(groups[:count], ()))
    for name, parameter in model.named_parameters():
        # without a gradient Adam leaves a parameter alone
        parameter.requires_grad_(name.startswith(learning))
    for name, module in model.named_modules():
        if isinstance(module, _BatchNorm) and not f"{name}.".startswith(learning):
            module.eval()


def require_something_learned(experiment: Experiment, config: TrainConfig) -> None:
    """Raise InputError where layers would be fixed at random values."""
    require(
        config.fine_tune == "full" or experiment.initial is not None,
        f"{experiment.folder.name}: fine_tune {config.fine_tune!r} fixes layers, but no trained network is named that "
        "they come from; expected one, or fine_tune 'full'",
    )
