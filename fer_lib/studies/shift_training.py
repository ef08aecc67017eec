"""Training the networks of the shift test: plainly, and with shifts that grow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from ..artifacts import save_table
from ..models import create_model
from ..training import TrainConfig, fit
from ..training.batches import Batches
from ..training.checkpoints import load_weights, save_weights
from ..training.device import choose_device
from ..training.jobs import run_jobs

CENTRED = 1  # largest shift in pixels of the faces that the classifier learns first
CENTRED_EPOCHS = 8
#: (largest shift in pixels, epochs), one after another
GROWTH = ((3, 4), (6, 2), (10, 2))
PLAIN_EPOCHS = 16


@dataclass(frozen=True)
class ShiftedFaces:
    """What the networks learn from; row *i* of every array belongs to face *i*.

    Attributes:
        images: by largest shift in pixels, uint8 (N, 48, 48).
        guidance: by largest shift and variant, uint8 (N, 48, 48); variants without one see the image.
        labels: int (N,) in 0 … K−1; classes: K names.
        parts: per fold (train, select, test), positions.
    """

    images: dict[int, np.ndarray]
    guidance: dict[tuple[int, str], np.ndarray]
    labels: np.ndarray
    classes: tuple[str, ...]
    parts: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]

    def batches(self, pixels: int, variant: str, device: torch.device) -> Batches:
        return Batches(
            self.images[pixels], self.guidance.get((pixels, variant)), self.labels, len(self.classes), device
        )


@dataclass(frozen=True)
class Network:
    """One network of the test. `training` is "plain" or "growing shifts"."""

    training: str
    variant: str
    fold: int

    @property
    def file(self) -> str:
        return f"{self.training.replace(' ', '_')}-{self.variant}-{self.fold}.parquet"


def train_all(faces: ShiftedFaces, networks: list[Network], config: TrainConfig, folder: Path) -> pd.DataFrame:
    """Train every network whose transforms are not in `folder` yet.

    Returns:
        θ of all faces at their largest shifts by every network: ``training, variant, fold, row, theta_0 … theta_5``.
    """
    device = choose_device(config.device)
    todo = [network for network in networks if not (folder / network.file).is_file()]
    grown = [network for network in todo if network.training != "plain"]
    folds = sorted({network.fold for network in grown if not _classifier(folder, network.fold).is_file()})
    jobs = [partial(_centred, faces, fold, config, folder) for fold in folds]
    jobs += [partial(_network, _plain, faces, network, config, folder) for network in todo if network not in grown]
    run_jobs(jobs, epochs=CENTRED_EPOCHS * len(folds) + PLAIN_EPOCHS * (len(todo) - len(grown)), device=device)
    jobs = [partial(_network, _growing, faces, network, config, folder) for network in grown]
    run_jobs(jobs, epochs=sum(epochs for _, epochs in GROWTH) * len(jobs), device=device)
    return pd.concat([pd.read_parquet(folder / network.file) for network in networks], ignore_index=True)


def _classifier(folder: Path, fold: int) -> Path:
    return folder / f"classifier-{fold}.safetensors"


def _centred(faces: ShiftedFaces, fold: int, config: TrainConfig, folder: Path, tell) -> None:
    """The classifier alone, on faces that stand in the middle."""
    torch.manual_seed(config.seed + fold)
    model = create_model("simple_cnn", num_classes=len(faces.classes))
    _fit(model, faces, CENTRED, "none", fold, replace(config, epochs=CENTRED_EPOCHS), tell)
    save_weights(_classifier(folder, fold), model)


def _plain(faces: ShiftedFaces, network: Network, config: TrainConfig, folder: Path, tell) -> nn.Module:
    """The published recipe on faces at the largest shifts."""
    torch.manual_seed(config.seed + network.fold)
    model = create_model("guided_stn", num_classes=len(faces.classes))
    _fit(model, faces, max(faces.images), network.variant, network.fold, replace(config, epochs=PLAIN_EPOCHS), tell)
    return model


def _growing(faces: ShiftedFaces, network: Network, config: TrainConfig, folder: Path, tell) -> nn.Module:
    """Before a classifier that knows centred faces and learns no more, on shifts that grow."""
    torch.manual_seed(config.seed + network.fold)
    model = create_model("guided_stn", num_classes=len(faces.classes))
    load_weights(model.classifier, _classifier(folder, network.fold))
    model.classifier.requires_grad_(False)
    for pixels, epochs in GROWTH:
        _fit(model, faces, pixels, network.variant, network.fold, replace(config, epochs=epochs), tell)
    return model


def _fit(model, faces: ShiftedFaces, pixels: int, variant: str, fold: int, config: TrainConfig, tell) -> None:
    train, select, _ = faces.parts[fold]
    data = faces.batches(pixels, variant, choose_device(config.device))
    seed = config.seed + fold + 1000 * pixels  # another order of the images at every shift
    fit(model, data, train, select, config, seed=seed, keep_last=True, on_epoch=lambda row: tell(1))


def _network(
    train: Callable[..., nn.Module], faces: ShiftedFaces, network: Network, config: TrainConfig, folder: Path, tell
) -> None:
    model = train(faces, network, config, folder, tell)
    device = choose_device(config.device)
    theta = transforms(model, faces.batches(max(faces.images), network.variant, device))
    table = pd.DataFrame(theta.reshape(-1, 6), columns=[f"theta_{i}" for i in range(6)])
    labelled = table.assign(
        training=network.training, variant=network.variant, fold=network.fold, row=np.arange(len(theta))
    )
    save_table(folder / network.file, labelled)


@torch.inference_mode()
def transforms(model: nn.Module, data: Batches) -> np.ndarray:
    """θ of every image, float32 (N, 2, 3)."""
    model.eval()
    everything = torch.arange(len(data), device=data.device)
    # the localization network looks at the guidance, or at the image where there is none
    return torch.cat([model.theta(data[part][0][-1]).float() for part in everything.split(512)]).cpu().numpy()
