"""MSI-Net with the weights of a file: ``fer guidance saliency`` makes it of what the authors publish."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from ..errors import InputError, require
from .msinet import MSINet
from .weight_files import read_weights

#: In the project's folder. Nothing is downloaded, and the package ships no weights.
DEFAULT = Path("data/models/msinet.safetensors")
SUFFIX = ".safetensors"
COMMAND = "fer guidance saliency --weights FILE"


def load_msinet(path: str | Path = DEFAULT) -> MSINet:
    """The network with weights of `path`, on the CPU and in evaluation.

    Raises:
        InputError: what :func:`require_weights_file` says; a damaged file; tensors that are missing, left over, of
            another shape or not finite, by name.
    """
    path = require_weights_file(path)
    state = read_weights(path)
    with torch.device("meta"):
        model = MSINet()
    wanted = model.state_dict()
    problems = [
        *_named("missing", wanted.keys() - state.keys()),
        *_named("left over", state.keys() - wanted.keys()),
        *(
            f"{key} is {tuple(state[key].shape)}, expected {tuple(value.shape)}"
            for key, value in wanted.items()
            if key in state and state[key].shape != value.shape
        ),
    ]
    require(not problems, f"{path} does not hold the weights of MSI-Net: {'; '.join(problems)}")
    state = {key: state[key].float() for key in wanted}
    broken = sorted(key for key, value in state.items() if not torch.isfinite(value).all())
    require(not broken, f"{path}: {', '.join(broken[:3])} holds values that are not finite; make the file anew")
    model.load_state_dict(state, assign=True)
    return model.eval()


def weights_record(path: str | Path) -> dict[str, str]:
    """What the file says of itself: ``source_sha256`` and ``licence`` among others; empty where it says nothing.

    Raises:
        InputError: what :func:`require_weights_file` says; a damaged file.
    """
    path = require_weights_file(path)
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except SafetensorError as error:
        raise InputError(f"{path}: not a readable {SUFFIX} file ({error}); make the file anew") from error


def require_weights_file(path: str | Path) -> Path:
    """`path`, if it is a file of tensors.

    Raises:
        InputError: no such file, or the published graph itself; the sentence names the command that makes the file.
    """
    path = Path(path)
    require(
        path.is_file(),
        f"{path}: no weights of MSI-Net there; make the file of the published model with `{COMMAND}`, or use "
        "saliency_spectral, which needs none",
    )
    require(
        path.suffix == SUFFIX,
        f"{path}: expected weights of MSI-Net as {SUFFIX}; make such a file of the published model with `{COMMAND}`",
    )
    return path


def _named(what: str, keys: set[str]) -> list[str]:
    return [f"{what} {', '.join(sorted(keys)[:3])}{' …' if len(keys) > 3 else ''}"] if keys else []
