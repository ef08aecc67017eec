"""What notebook 12 asks for its embeddings."""

from typing import Literal

from pydantic import Field, field_validator

from ..datasets.folds import SCHEMES
from ..datasets.labels import label_space
from ..parameters import Parameters
from ..training import TrainConfig
from ..training.center_loss import CenterConfig

#: The two trainings by name.
WITHOUT, WITH = "cross entropy", "centre loss"


class CenterLossParameters(Parameters):
    """Two networks, with and without centre loss, on one fold of a data set; `center_dataset` "none" trains none.

    `center_model` has `center_features` features (2 can be plotted) with `center_activation` behind them
    (:class:`~fer_lib.models.feature_layer.FeatureLayer`). Both train for `center_epochs`; centre loss of
    `center_weight` sets in after `center_start_epoch`. `center_rate`, `center_step` and `center_network_step` are
    ``center_rate``, ``center_step`` and ``step`` of :class:`~fer_lib.training.center_loss.CenterConfig`. Every
    `center_snapshots` epochs all features are kept (0: at the end alone). `center_keep` "best" keeps the epoch that the
    selecting part prefers. Other parameters are those of a data set, of its folds and of
    :class:`~fer_lib.training.TrainConfig`.
    """

    center_dataset: str = "synthetic"
    center_options: dict = {}
    center_label_space: str = "native"
    center_fold_scheme: Literal[SCHEMES] = "subject"
    center_folds: int = Field(3, ge=2)
    center_model: Literal["center_slim", "center_resnet18"] = "center_slim"
    center_features: int = Field(2, ge=1)
    center_activation: Literal["relu", "none"] = "relu"
    center_epochs: int = Field(50, ge=1)
    center_start_epoch: int = Field(20, ge=0)
    center_weight: float = Field(0.01, gt=0)
    center_rate: float = Field(0.5, gt=0)
    center_step: int = Field(0, ge=0)
    center_network_step: int = Field(0, ge=0)
    center_snapshots: int = Field(2, ge=0)
    center_batch_size: int = Field(32, ge=2)
    center_learning_rate: float = Field(1e-3, gt=0)
    center_augmentation: Literal["none", "flip", "affine", "rotate"] = "none"
    center_keep: Literal["best", "last"] = "last"
    seed: int = Field(2020, ge=0)
    device: str = "auto"

    @field_validator("center_label_space")
    @classmethod
    def _registered_space(cls, name: str) -> str:
        label_space(name)  # raises InputError naming the nearest
        return name

    def center_training(self) -> TrainConfig:
        """Of both networks."""
        return TrainConfig(
            epochs=self.center_epochs,
            patience=self.center_epochs,
            batch_size=self.center_batch_size,
            learning_rate=self.center_learning_rate,
            class_weighted=False,
            keep=self.center_keep,
            augmentation=self.center_augmentation,
            seed=self.seed,
            device=self.device,
        ).resolved()

    def center_variants(self) -> dict[str, CenterConfig]:
        """What is added to the training of each network."""
        shared = {"start_epoch": self.center_start_epoch, "snapshot_every": self.center_snapshots}
        pulled = CenterConfig(
            weight=self.center_weight,
            center_rate=self.center_rate,
            center_step=self.center_step,
            step=self.center_network_step,
            **shared,
        )
        return {WITHOUT: CenterConfig(weight=0.0, step=self.center_network_step, **shared), WITH: pulled}
