"""Files of tensors, read without unpickling code: other people's, too."""

import warnings
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from ..errors import InputError

#: Where training scripts keep the state dict among other things; ``net``: residual masking.
WRAPPERS = ("state_dict", "model", "net")


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Tensors of a ``.safetensors`` file or of a ``torch.save`` file.

    A checkpoint that keeps them under ``state_dict``, ``model`` or ``net`` is opened. What lies beside may be numbers,
    texts, lists and dictionaries of such; anything else would need unpickling of code.

    Raises:
        InputError: no such file, damaged, or it would need unpickling of code.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such weights file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd protocols, in files that are then refused
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file raises UnpicklingError, RuntimeError, EOFError, IndexError, KeyError …
        raise InputError(
            f"{path}: not a readable file of tensors ({type(error).__name__}); expected .safetensors, "
            "or torch.save of a state_dict and nothing else"
        ) from error
    for wrapper in WRAPPERS:
        if isinstance(state, dict) and isinstance(state.get(wrapper), dict):
            state = state[wrapper]
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(f"{path}: holds {type(state).__name__}, expected a dictionary of tensors")
    return state
