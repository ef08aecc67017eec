"""Where an unfinished training stands, in one file, so that weights and counters are always of the same epoch."""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from ...errors import InputError
from ..state_files import write_tensors

NAME = "checkpoint.safetensors"


def save_checkpoint(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, history: list[dict]) -> None:
    """Weights, batch-norm statistics and momenta as tensors; the history rows, one for each epoch that is over, as
    JSON in the file's header."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        if (momentum := optimizer.state[parameter].get("momentum_buffer")) is not None:
            tensors[f"momentum.{name}"] = momentum
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_tensors(path, plain, {"history": json.dumps(history)})


def load_checkpoint(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> list[dict]:
    """Put `model` and `optimizer` where they were; the history rows so far, none where there is no file.

    Raises:
        InputError: the file is damaged.
    """
    if not path.is_file():
        return []
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
            history = json.loads(file.metadata()["history"])
        model.load_state_dict(
            {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
        )
    except (SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: not a readable checkpoint ({type(error).__name__}); delete it to start anew"
        ) from error
    for name, parameter in model.named_parameters():
        if (momentum := tensors.get(f"momentum.{name}")) is not None:
            optimizer.state[parameter]["momentum_buffer"] = torch.empty_like(parameter).copy_(momentum).detach()
    return history
