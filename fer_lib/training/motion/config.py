"""What training with motion priors has beside a :class:`~fer_lib.training.config.TrainConfig`."""

from dataclasses import asdict, dataclass, fields

from ...errors import require
from ..config import TrainConfig
from .losses import PRESETS
from .rates import POLICIES

AUGMENTATIONS = ("crops", "none")
#: Fields of TrainConfig that the joint stage heeds; the others must stay at their defaults.
HEEDED = (
    *("epochs", "patience", "batch_size", "learning_rate", "class_weighted", "protocol", "validation_share", "seed"),
    *("precision", "device", "monitor", "keep", "engine", "checkpoint_seconds"),
)


@dataclass(frozen=True)
class MotionConfig:
    """The recipe of the public code for CK+ by default (specification, §6 and 7).

    Attributes:
        mask_epochs: of stage 1, in which the mask generator learns alone; those of stage 2 are ``TrainConfig.epochs``.
        mask_decay: the last epochs of stage 1, in which its learning rate falls linearly.
        mask_batch_size: of stage 1.
        mask_learning_rate: of stage 1.
        decay: the last epochs of stage 2, in which its learning rates fall linearly.
        generator_learning_rate: of the mask generator in stage 2, a tenth of that of fusion and classifier
            (``TrainConfig.learning_rate``) as published.
        loss_preset: weight of the mask's error beside the cross-entropy in stage 2
            (:data:`~fer_lib.training.motion.losses.PRESETS`).
        policy: of the learning rates in both stages (:mod:`fer_lib.training.motion.rates`).
        legacy_lr_lambda: ``"linear"`` falls one epoch early, and to zero in the last epoch, as in the public code.
        augmentation: ``"crops"``: one of five crops and mirroring at random; ``"none"``: the centre.
    """

    mask_epochs: int = 100
    mask_decay: int = 50
    mask_batch_size: int = 16
    mask_learning_rate: float = 1e-4
    decay: int = 50
    generator_learning_rate: float = 1e-5
    loss_preset: str = "code"
    policy: str = "linear"
    legacy_lr_lambda: bool = False
    augmentation: str = "crops"

    def __post_init__(self):
        require(self.mask_epochs >= 1, f"mask_epochs = {self.mask_epochs}, expected at least 1")
        require(
            0 <= self.mask_decay <= self.mask_epochs,
            f"mask_decay = {self.mask_decay}, expected 0 … mask_epochs = {self.mask_epochs}",
        )
        require(self.decay >= 0, f"decay = {self.decay}, expected a number of epochs from 0")
        require(
            self.mask_batch_size >= 2,
            f"mask_batch_size = {self.mask_batch_size}, expected at least 2 (batch norm needs two)",
        )
        for name in ("mask_learning_rate", "generator_learning_rate"):
            require(getattr(self, name) > 0, f"{name} = {getattr(self, name)}, expected a positive number")
        for name, known in (("loss_preset", PRESETS), ("policy", POLICIES), ("augmentation", AUGMENTATIONS)):
            value = getattr(self, name)
            require(value in known, f"{name} {value!r}, expected one of {', '.join(known)}")
        require(
            not self.legacy_lr_lambda or self.policy == "linear",
            f"legacy_lr_lambda with policy {self.policy!r}, expected 'linear'",
        )

    def require_possible(self, config: TrainConfig) -> None:
        """Raise InputError for a `config` of the joint stage that cannot be, or that asks for what is not heeded."""
        for own in fields(TrainConfig):
            value = getattr(config, own.name)
            require(
                own.name in HEEDED or value == own.default,
                f"{own.name} = {value!r} has no effect with motion priors, expected {own.default!r}",
            )
        require(
            config.engine != "stacked",
            "engine 'stacked' has no effect with motion priors, expected 'auto' or 'sequential'",
        )
        require(
            self.policy != "linear" or self.decay <= config.epochs,
            f"decay = {self.decay}, expected 0 … epochs = {config.epochs}",
        )

    def identity(self) -> dict:
        """What decides the result, for the run's card: all of it."""
        return asdict(self)
