"""Networks as a training left them on disk."""

from pathlib import Path

from torch import nn

from ..artifacts import require_card
from ..errors import require
from ..models import create_model
from .checkpoints import load_weights
from .fold_files import weights_path


def untrained_network(parameters: dict) -> nn.Module:
    """The network that the `parameters` of a run's card describe, freshly initialised.

    ``weights="imagenet"`` is left out of its options: whoever asks is about to load what came of those weights, and
    the file they were in need not be on this machine.
    """
    options = {key: value for key, value in parameters.get("model_options", {}).items() if key != "weights"}
    return create_model(parameters["model"], num_classes=len(parameters["classes"]), **options)


def trained_network(folder: str | Path, fold: int | None = None) -> nn.Module:
    """The network of a finished run, on the CPU, in evaluation mode.

    Args:
        folder: a run of folds, or a network trained on every sample (:func:`~fer_lib.training.fit_complete`).
        fold: whose network; None takes the only one there is.

    Raises:
        InputError: nothing finished is there, no or no single such fold, or weights that are missing or do not fit.
    """
    folder = Path(folder)
    card = require_card(folder, "train it first")
    names = sorted(card.get("weights", {}))
    require(bool(names), f"{folder}: its card names no weights, expected a trained run")
    known = f"(has {', '.join(names)})"
    if fold is None:
        require(len(names) == 1, f"{folder}: weights of {len(names)} folds {known}, expected the number of one of them")
        (name,) = names
    else:
        name = weights_path(folder, fold).name
        require(name in names, f"{folder}: no weights of fold {fold} {known}")
    model = untrained_network(card["parameters"])
    load_weights(model, folder / "weights" / name)
    return model.eval()
