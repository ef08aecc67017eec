"""Training the networks of the shift test: plainly, and with shifts that grow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ..artifacts import read_table, save_table
from ..models import create_model
from ..training import TrainConfig, fit
from ..training.batches import Batches
from ..training.checkpoints import load_weights, save_weights
from ..training.device import choose_device
from ..training.jobs import run_jobs

PLAIN, GROWING = "plain", "growing shifts"
CENTRED = 1  # largest shift in pixels of the faces that the classifier learns first
CENTRED_EPOCHS = 6
CENTRED_BATCH = 16  # in few epochs only small batches bring every fold's classifier far enough
TEMPERATURE = 2.0
#: (largest shift in pixels, epochs), one after another
GROWTH = ((4, 3), (8, 3))
#: Plain training gets as many epochs as classifier and transformer get together.
PLAIN_EPOCHS = CENTRED_EPOCHS + sum(epochs for _, epochs in GROWTH)


@dataclass(frozen=True)
class ShiftedFaces:
    """What the networks learn from; row *i* of every array belongs to face *i*.

    Attributes:
        images: by largest shift in pixels, uint8 (N, 48, 48).
        guidance: by largest shift and variant, uint8 (N, 48, 48); variants without one see the image.
        labels: int (N,) in 0 … K−1; classes: K names.
        folds: int (N,), the fold in which a face is held out.
    """

    images: dict[int, np.ndarray]
    guidance: dict[tuple[int, str], np.ndarray]
    labels: np.ndarray
    classes: tuple[str, ...]
    folds: np.ndarray

    def batches(self, pixels: int, variant: str, device: torch.device) -> Batches:
        guidance = self.guidance.get((pixels, variant))
        return Batches(self.images[pixels], guidance, self.labels, len(self.classes), device)


@dataclass(frozen=True)
class Network:
    """One network of the test; `training` is PLAIN or GROWING."""

    training: str
    variant: str
    fold: int

    def path(self, folder: Path) -> Path:
        return folder / f"{self.training.replace(' ', '_')}-{self.variant}-{self.fold}.parquet"


class Settled(nn.Module):
    """A trained network that learns no more: no gradients, no dropout, no new batch statistics.

    Its logits are divided by `temperature`. Of shifted faces it is often wrong and sure of it, which would
    teach a localization network that cannot know where the face is to look away from the picture.
    """

    def __init__(self, network: nn.Module, temperature: float):
        super().__init__()
        self.network = network.requires_grad_(False)
        self.temperature = temperature
        self.train()

    def train(self, mode: bool = True) -> "Settled":
        return super().train(False)

    def forward(self, image: Tensor) -> Tensor:
        return self.network(image) / self.temperature


def train_networks(faces: ShiftedFaces, networks: list[Network], config: TrainConfig, folder: Path) -> pd.DataFrame:
    """Train the networks whose transforms are not in `folder` yet.

    Returns:
        θ of all faces at their largest shifts by every network: ``training, variant, fold, row, theta_0 … theta_5``.
    """
    device = choose_device(config.device)
    todo = [network for network in networks if not network.path(folder).is_file()]
    plain = [network for network in todo if network.training == PLAIN]
    growing = [network for network in todo if network.training == GROWING]
    folds = sorted({network.fold for network in growing if not _classifier_path(folder, network.fold).is_file()})
    # the longer ones first, so that no core is left with one of them at the end
    jobs = [partial(_transforms_of, train_plainly, faces, network, config, folder) for network in plain]
    jobs += [partial(_train_classifier, faces, fold, config, folder) for fold in folds]
    run_jobs(jobs, epochs=PLAIN_EPOCHS * len(plain) + CENTRED_EPOCHS * len(folds), device=device)
    jobs = [partial(_transforms_of, train_growing, faces, network, config, folder) for network in growing]
    run_jobs(jobs, epochs=(PLAIN_EPOCHS - CENTRED_EPOCHS) * len(jobs), device=device)
    return pd.concat([read_table(network.path(folder)) for network in networks], ignore_index=True)


def train_plainly(faces: ShiftedFaces, network: Network, config: TrainConfig, folder: Path, tell) -> nn.Module:
    """The published recipe: localization network and classifier learn together, from the largest shifts."""
    torch.manual_seed(config.seed + network.fold)
    model = create_model("guided_stn", num_classes=len(faces.classes))
    _fit(model, faces, max(faces.images), network.variant, network.fold, replace(config, epochs=PLAIN_EPOCHS), tell)
    return model


def train_growing(faces: ShiftedFaces, network: Network, config: TrainConfig, folder: Path, tell) -> nn.Module:
    """The localization network alone, before the fold's settled classifier of centred faces.

    Learning together, the classifier gets used to shifted faces sooner than they are centred for it.
    The loss tells the way to the middle within a few pixels only, so shifts begin small.
    """
    torch.manual_seed(config.seed + network.fold)
    model = create_model("guided_stn", num_classes=len(faces.classes))
    load_weights(model.classifier, _classifier_path(folder, network.fold))
    model.classifier = Settled(model.classifier, TEMPERATURE)
    for pixels, epochs in GROWTH:
        _fit(model, faces, pixels, network.variant, network.fold, replace(config, epochs=epochs), tell)
    return model


def _classifier_path(folder: Path, fold: int) -> Path:
    return folder / f"classifier-{fold}.safetensors"


def _train_classifier(faces: ShiftedFaces, fold: int, config: TrainConfig, folder: Path, tell) -> None:
    torch.manual_seed(config.seed + fold)
    model = create_model("simple_cnn", num_classes=len(faces.classes))
    _fit(model, faces, CENTRED, "none", fold, replace(config, epochs=CENTRED_EPOCHS, batch_size=CENTRED_BATCH), tell)
    save_weights(_classifier_path(folder, fold), model)


def _fit(model, faces: ShiftedFaces, pixels: int, variant: str, fold: int, config: TrainConfig, tell) -> None:
    """All epochs are used, so that nothing selects and the held-out faces are seen by nobody."""
    data = faces.batches(pixels, variant, choose_device(config.device))
    train = np.flatnonzero(faces.folds != fold)
    config = replace(config, keep="last")
    fit(model, data, train, None, config, seed=config.seed + fold, on_epoch=lambda row: tell(1))


def _transforms_of(
    train: Callable[..., nn.Module], faces: ShiftedFaces, network: Network, config: TrainConfig, folder: Path, tell
) -> None:
    model = train(faces, network, config, folder, tell)
    theta = transforms(model, faces.batches(max(faces.images), network.variant, choose_device(config.device)))
    table = pd.DataFrame(theta.reshape(-1, 6), columns=[f"theta_{i}" for i in range(6)])
    named = {"training": network.training, "variant": network.variant, "fold": network.fold}
    save_table(network.path(folder), table.assign(**named, row=np.arange(len(theta))))


@torch.inference_mode()
def transforms(model: nn.Module, data: Batches) -> np.ndarray:
    """θ of every image, float32 (N, 2, 3)."""
    model.eval()
    everything = torch.arange(len(data), device=data.device)
    # the localization network looks at the guidance, or at the image where there is none
    return torch.cat([model.theta(data[part][0][-1]) for part in everything.split(512)]).cpu().numpy()
