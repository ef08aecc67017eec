"""Weights that torchvision's networks got on ImageNet, from files that the user has put there, never downloaded here.

Used by the backbones and by residual masking alike.
"""

import re
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import InputError, require
from .layer_groups import tensors_in
from .weight_files import read_weights

WEIGHTS = (None, "imagenet")
#: Where files may lie beside torch's own folder of downloads; seen from the folder that the study runs in.
FOLDER = Path("data/weights")
#: Classifiers that stand beside the network while it is trained on ImageNet, and are not built here.
AUXILIARY = {"googlenet": ("aux1", "aux2"), "inception_v3": ("AuxLogits",)}
#: DenseNet's file has kept names that modules may no longer have: ``denselayer1.norm.1.weight``, now ``norm1``.
DOTTED = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


def require_weights(weights: str | None) -> None:
    """Raise InputError unless `weights` is one of :data:`WEIGHTS`."""
    require(weights in WEIGHTS, f"weights {weights!r}, expected None or imagenet")


def load_imagenet(network: nn.Module, architecture: str, fresh: tuple[str, ...]) -> None:
    """Fill `network` with torchvision's ``IMAGENET1K_V1`` of `architecture`, all but `fresh`.

    Nothing is read where `network` lies on the meta device, which holds no values.

    Args:
        architecture: torchvision's name, "resnet34".
        fresh: modules of `network` that keep what they have, whatever the file holds for them: the head, and what
            torchvision's network has not.

    Raises:
        InputError: what :func:`imagenet_file` says, the file cannot be read, or its tensors are not those of
            `network`.
    """
    kept = tensors_in(fresh)
    wanted = {key: value for key, value in network.state_dict().items() if not key.startswith(kept)}
    if any(value.is_meta for value in wanted.values()):
        return
    path = imagenet_file(architecture)
    state = {key: value for key, value in renamed(architecture, read_weights(path)).items() if not key.startswith(kept)}
    counters = {key for key in wanted if key.endswith(".num_batches_tracked")}  # younger than some of these files
    problems = [
        f"{what} {', '.join(sorted(keys)[:3])}{' …' if len(keys) > 3 else ''}"
        for what, keys in (
            ("missing", wanted.keys() - state.keys() - counters),
            ("left over", state.keys() - wanted.keys()),
            ("of another shape", {k for k in wanted.keys() & state.keys() if wanted[k].shape != state[k].shape}),
        )
        if keys
    ]
    require(not problems, f"{path} does not hold the weights of {architecture}: {'; '.join(problems)}")
    network.load_state_dict(state, strict=False)


def imagenet_url(architecture: str) -> str:
    """Where pytorch.org publishes the weights of `architecture`; a file name ends with 8 digits of its SHA-256.

    Always the first edition, the one that published results on FER-2013 started from.
    """
    from torchvision.models import get_model_weights  # slow to import

    return get_model_weights(architecture)["IMAGENET1K_V1"].url


def imagenet_file(architecture: str) -> Path:
    """The file of `architecture` in ``checkpoints`` of ``torch.hub.get_dir()``, which is ``~/.cache/torch/hub`` or
    ``$TORCH_HOME/hub``, or else in ``data/weights``.

    Raises:
        InputError: it is in neither, or its SHA-256 is not the one in its name.
    """
    from ..artifacts import file_sha256

    url = imagenet_url(architecture)
    name = url.rpartition("/")[2]
    folders = (Path(torch.hub.get_dir(), "checkpoints"), FOLDER)
    path = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if path is None:
        raise InputError(
            f"weights 'imagenet': {name} is neither in {folders[0]} nor in {folders[1]}; download it from {url} and "
            "put it into one of them"
        )
    expected = path.stem.rpartition("-")[2]
    found = file_sha256(path)[: len(expected)]
    require(
        found == expected,
        f"{path}: its SHA-256 begins with {found}, expected {expected} as its name says; download it again from {url}",
    )
    return path


def renamed(architecture: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """`state`, read from a file of `architecture`, under today's names and without auxiliary classifiers."""
    auxiliary = tensors_in(AUXILIARY.get(architecture, ()))
    return {DOTTED.sub(r"\1\2", key): value for key, value in state.items() if not key.startswith(auxiliary)}
