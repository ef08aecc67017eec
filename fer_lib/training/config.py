"""How a network is trained: one frozen record, stored in every run's card."""

from dataclasses import asdict, dataclass, replace
from math import inf

from ..errors import require
from .device import NAMES, choose_device, choose_precision
from .selection import MONITORS

PROTOCOLS = ("honest", "reference")
PRECISIONS = ("auto", "fp32", "bf16", "fp64")
ENGINES = ("auto", "stacked", "sequential")
SEED_MODES = ("per_fold", "once")
FINE_TUNES = ("full", "head", "gradual")
KEEPS = ("best", "last")
AUGMENTATIONS = ("none", "flip", "affine", "rotate")
OPTIMIZERS = ("adam", "adamw", "radam", "sgd")
SCHEDULES = ("constant", "one_cycle")
#: Switches that only the sequential engine knows.
SEQUENTIAL_ONLY = (
    *("optimizer", "schedule", "accumulate", "compile"),
    *("label_smoothing", "cutout", "mixup", "average_decay", "image_sizes"),
)
#: Named in a run's record only where they are set: a switch that is added later leaves older runs valid.
SWITCHES: tuple[str, ...] = (
    *("dropout_eval", "monitor", "seed_mode", "localization_lr_factor"),
    *("fine_tune", "unfreeze_every"),
    *("penalty", "penalty_bias", "weight_decay", "keep"),
    *("plateau_factor", "plateau_patience", "augmentation"),
    *SEQUENTIAL_ONLY,
)


@dataclass(frozen=True)
class TrainConfig:
    """The published recipe (specification of Luna-Jiménez et al. 2021, training section) by default.

    Attributes:
        epochs: upper limit.
        patience: stop after this many epochs without a strict increase of the selecting score.
        batch_size: images per step; the last, smaller batch of an epoch is used too.
        learning_rate: Adam, β (0.9, 0.999); by default no weight decay, no schedule.
        class_weighted: weight the loss by w_c = min_k n_k / n_c of the training part.
        protocol: ``"honest"``: a tenth of the training folds selects the epoch and the fold is
            scored once. ``"reference"``: the reported fold itself selects, as published.
        validation_share: share of the training folds that selects under ``"honest"``.
        seed: fold k is trained with seed + k, unless `seed_mode` says otherwise.
        precision: ``"auto"`` takes bfloat16 where the hardware multiplies it natively; ``"fp64"`` is
            for comparing engines to the last digits.
        device: ``"auto"`` takes CUDA, then MPS, then CPU.
        engine: ``"stacked"`` trains many models of one shape in one program, ``"sequential"`` one
            after another (on a CPU one per core), ``"auto"`` what is faster here
            (:mod:`fer_lib.training.engine`).
        dropout_eval: True leaves dropout active wherever a network is scored, also where it
            selects (quirk Q2a); the masks are fixed by seed and epoch.
        monitor: the score that selects the epoch, ``"accuracy"``, ``"macro_f1"`` or
            ``"balanced_accuracy"`` (Q7).
        seed_mode: ``"per_fold"``, or ``"once"``: seeded before the first fold alone, every fold draws
            on where the one before it ended (Q5).
        localization_lr_factor: learning rate of the localization network over that of the rest;
            0.1 calms the jumps of a transform that goes astray.
        fine_tune: which layers of a network that starts from a trained one learn
            (:mod:`fer_lib.training.fine_tuning`): ``"full"``, all, as published; ``"head"``, the layer
            that gives the logits; ``"gradual"``, that first and deeper ones in turn.
        unfreeze_every: epochs after which ``"gradual"`` lets the next group of layers learn.
        penalty: λ of the term λ·Σw² that the loss gains over the weights of the layers that the network names
            as `penalised` (Deep-Emotion, Minaee et al. 2021: its last two). There is no ½ in it, as in Keras.
            Reported losses stay the cross-entropy, so that they compare with and without a penalty.
        penalty_bias: the penalty includes the biases of these layers (Deep-Emotion's quirk D9).
        weight_decay: on all parameters, as torch's optimizers take it: coupled L2 with ``"adam"`` and ``"sgd"`` (the
            gradient gains this much of the parameter), decoupled with ``"adamw"`` and ``"radam"``.
        keep: the epoch whose weights are kept, ``"best"`` by the selecting score, or ``"last"``: all epochs
            are trained, and scores are a record only (D5).
        plateau_factor: the learning rate is multiplied by this whenever the selecting score (where nothing
            selects, the training accuracy) has not risen for `plateau_patience` epochs; 1 keeps it constant.
        plateau_patience: these epochs, counted as those of `patience`.
        augmentation: how training images are changed at random in every epoch, their guidance with them
            (:mod:`fer_lib.training.augmentation`): ``"none"``; ``"flip"``, mirrored with probability ½;
            ``"affine"``, that and rotated by up to 10°, shifted and zoomed by up to 10 %; ``"rotate"``, mirrored and
            rotated by up to 30° with black around, as the residual masking network is trained (Pham et al. 2020).
        optimizer: ``"adam"``; ``"adamw"``; ``"radam"`` with decoupled decay (Liu et al. 2020; residual masking);
            ``"sgd"`` with Nesterov momentum 0.9.
        schedule: ``"constant"`` (which a plateau may lower), or ``"one_cycle"``: from a 25th of the learning rate up
            to it during a fifth of all steps, then down to almost nothing by a cosine (Smith and Topin 2018).
        accumulate: batches whose mean gradient makes one step.
        compile: train through ``torch.compile``.
        label_smoothing: share of the target that goes to all classes alike.
        cutout: side of a square in the middle grey that hides a part of every training image at a random place, as a
            share of the image's side (DeVries and Taylor 2017).
        mixup: α of the Beta distribution from which each batch's share of another image, and of its label, is drawn
            (Zhang et al. 2018).
        average_decay: above 0, an exponential moving average of the weights with this decay per step is what selects,
            is kept and is reported (Polyak averaging).
        image_sizes: sides in pixels at which training images are shown, for equally many epochs each; empty, their
            own. Scoring is at their own. For networks that say ``any_size``.
        checkpoint_seconds: time after which a training in progress is kept, so that it goes on from there after being
            killed (:mod:`fer_lib.training.resuming`); 0: after every step.
    """

    epochs: int = 500
    patience: int = 30
    batch_size: int = 128
    learning_rate: float = 1e-3
    class_weighted: bool = True
    protocol: str = "honest"
    validation_share: float = 0.1
    seed: int = 2020
    precision: str = "auto"
    device: str = "auto"
    engine: str = "auto"
    dropout_eval: bool = False
    monitor: str = "accuracy"
    seed_mode: str = "per_fold"
    localization_lr_factor: float = 1.0
    fine_tune: str = "full"
    unfreeze_every: int = 1
    penalty: float = 0.0
    penalty_bias: bool = False
    weight_decay: float = 0.0
    keep: str = "best"
    plateau_factor: float = 1.0
    plateau_patience: int = 5
    augmentation: str = "none"
    optimizer: str = "adam"
    schedule: str = "constant"
    accumulate: int = 1
    compile: bool = False
    label_smoothing: float = 0.0
    cutout: float = 0.0
    mixup: float = 0.0
    average_decay: float = 0.0
    image_sizes: tuple[int, ...] = ()
    checkpoint_seconds: float = 60.0

    def __post_init__(self):
        require(self.epochs >= 1, f"epochs = {self.epochs}, expected at least 1")
        require(self.patience >= 1, f"patience = {self.patience}, expected at least 1")
        require(self.batch_size >= 2, f"batch_size = {self.batch_size}, expected at least 2 (batch norm needs two)")
        require(self.learning_rate > 0, f"learning_rate = {self.learning_rate}, expected a positive number")
        require(self.protocol in PROTOCOLS, f"protocol {self.protocol!r}, expected one of {', '.join(PROTOCOLS)}")
        require(self.precision in PRECISIONS, f"precision {self.precision!r}, expected one of {', '.join(PRECISIONS)}")
        require(self.engine in ENGINES, f"engine {self.engine!r}, expected one of {', '.join(ENGINES)}")
        require(0 < self.validation_share < 0.5, f"validation_share = {self.validation_share}, expected 0 … 0.5")
        require(self.monitor in MONITORS, f"monitor {self.monitor!r}, expected one of {', '.join(MONITORS)}")
        require(self.seed_mode in SEED_MODES, f"seed_mode {self.seed_mode!r}, expected one of {', '.join(SEED_MODES)}")
        require(
            self.localization_lr_factor > 0,
            f"localization_lr_factor = {self.localization_lr_factor}, expected a positive number",
        )
        require(self.fine_tune in FINE_TUNES, f"fine_tune {self.fine_tune!r}, expected one of {', '.join(FINE_TUNES)}")
        require(self.unfreeze_every >= 1, f"unfreeze_every = {self.unfreeze_every}, expected at least 1")
        for name in ("penalty", "weight_decay", "checkpoint_seconds"):
            value = getattr(self, name)
            require(0 <= value < inf, f"{name} = {value}, expected a number from 0")
        require(self.keep in KEEPS, f"keep {self.keep!r}, expected one of {', '.join(KEEPS)}")
        require(0 < self.plateau_factor <= 1, f"plateau_factor = {self.plateau_factor}, expected above 0 and up to 1")
        require(self.plateau_patience >= 1, f"plateau_patience = {self.plateau_patience}, expected at least 1")
        require(
            self.augmentation in AUGMENTATIONS,
            f"augmentation {self.augmentation!r}, expected one of {', '.join(AUGMENTATIONS)}",
        )
        require(self.optimizer in OPTIMIZERS, f"optimizer {self.optimizer!r}, expected one of {', '.join(OPTIMIZERS)}")
        require(self.schedule in SCHEDULES, f"schedule {self.schedule!r}, expected one of {', '.join(SCHEDULES)}")
        require(
            self.schedule == "constant" or self.plateau_factor == 1,
            f"schedule {self.schedule!r} with plateau_factor = {self.plateau_factor}, expected one of the two",
        )
        require(self.accumulate >= 1, f"accumulate = {self.accumulate}, expected at least 1")
        for name in ("label_smoothing", "cutout", "average_decay"):
            value = getattr(self, name)
            require(0 <= value < 1, f"{name} = {value}, expected 0 or above and less than 1")
        require(0 <= self.mixup < inf, f"mixup = {self.mixup}, expected a number from 0")
        require(
            self.seed_mode == "per_fold" or not (self.cutout or self.mixup),
            f"seed_mode {self.seed_mode!r} with cutout or mixup, which have random numbers of their own; expected "
            "seed_mode 'per_fold'",
        )
        object.__setattr__(self, "image_sizes", tuple(self.image_sizes))  # a list where it comes from a notebook
        require(
            all(isinstance(side, int) and side >= 8 for side in self.image_sizes),
            f"image_sizes = {self.image_sizes}, expected whole numbers of pixels from 8",
        )

    @property
    def sequential_only(self) -> tuple[str, ...]:
        """The switches in use that only the sequential engine knows."""
        return tuple(name for name in SEQUENTIAL_ONLY if getattr(self, name) != getattr(TrainConfig, name))

    def resolved(self) -> "TrainConfig":
        """The same with ``auto`` replaced by what it means on this machine, so that the record tells
        the precision that was used and no run mixes two."""
        device = choose_device(self.device)
        return replace(self, device=str(device), precision=NAMES[choose_precision(self.precision, device)])

    def identity(self) -> dict:
        """What decides the result; device and engine do not (their names go into the card), nor do checkpoints, nor the
        patience of a plateau at which nothing falls."""
        defaults = asdict(TrainConfig())
        idle = ("device", "engine", "checkpoint_seconds", *(["plateau_patience"] if self.plateau_factor == 1 else []))
        return {
            key: value
            for key, value in asdict(self).items()
            if key not in idle and not (key in SWITCHES and value == defaults[key])
        }
