"""Training with centre loss, and where features and centres lie on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import require
from .augmentation import augmentation_generator
from .averaging import Average
from .batches import Batches
from .center_loss import CenterConfig, Pull, PullingSteps, step_factor
from .config import TrainConfig
from .course import Course
from .device import choose_precision, half_precision
from .epoch import UnderWay, begin_epoch, train_epoch
from .loop import EVALUATION_BATCH, Fit, loss_weight, part_scores, predict_logits
from .one_cycle import one_cycle
from .optimizer import make_optimizer
from .parallel import world_size
from .plateau import Plateau
from .resuming import NOWHERE, Checkpoint
from .selection import stopping_rule

#: Fields of TrainConfig that this training does not heed, so that they must stay at their defaults.
UNHEEDED = (
    *("dropout_eval", "seed_mode", "localization_lr_factor", "fine_tune", "unfreeze_every", "penalty", "penalty_bias"),
    *("compile", "image_sizes"),
)


@dataclass(frozen=True)
class Embedding:
    """Where all samples and centres lie.

    Attributes:
        features: float32 (N, d), of every sample of the batches, in evaluation mode.
        centers: float32 (K, d), or None where nothing has moved them from where they were drawn.
    """

    features: np.ndarray
    centers: np.ndarray | None


class Snapshots(dict[int, Embedding]):
    """By epoch."""

    def state_dict(self) -> dict:
        as_tensors = {}
        for epoch, found in self.items():
            arrays = (found.features, found.centers)
            as_tensors[epoch] = tuple(None if array is None else torch.from_numpy(array) for array in arrays)
        return as_tensors

    def load_state_dict(self, state: dict) -> None:
        for epoch, tensors in state.items():
            self[epoch] = Embedding(*(None if tensor is None else tensor.numpy() for tensor in tensors))


@dataclass
class CenterFit(Fit):
    """A :class:`~fer_lib.training.loop.Fit`, the embedding of the kept epoch, and those of the snapshots by epoch."""

    kept: Embedding | None = None
    snapshots: dict[int, Embedding] = field(default_factory=dict)


def fit_center_loss(
    model: nn.Module,
    batches: Batches,
    train: np.ndarray,
    select: np.ndarray | None,
    config: TrainConfig,
    center: CenterConfig,
    *,
    seed: int,
    watch: np.ndarray | None = None,
    on_epoch: Callable[[dict], None] | None = None,
    checkpoint: Checkpoint = NOWHERE,
) -> CenterFit:
    """:func:`~fer_lib.training.loop.fit` with centre loss: order of the data, changes and history rows are the same.

    Args:
        model: with a feature layer (:class:`~fer_lib.models.feature_layer.FeatureLayer`); left with the weights of
            the kept epoch, which is one after ``center.start_epoch``.
        center: what is added to the training; other arguments are those of ``fit``.

    Returns:
        CenterFit; where centre loss is part of the loss, history rows have ``center_loss`` too, its mean over the
        epoch. ``train_loss`` stays the cross entropy.

    Raises:
        InputError: no epoch is left for centre loss, two rules for the learning rate, a network without a feature
            layer, a field of `config` that is not heeded here (:data:`UNHEEDED`), several processes, or too few
            samples.
    """
    require_possible(model, config, center)
    require(len(train) >= 2, f"{len(train)} training samples, expected at least 2 (batch norm needs two)")
    require(select is None or len(select) >= 1, "no sample selects the epoch, expected at least 1")
    device = batches.device
    dtype = choose_precision(config.precision, device)
    model.to(device, batches.dtype, memory_format=torch.channels_last)
    weight = loss_weight(batches, train) if config.class_weighted else None
    optimizer = make_optimizer(model, config, device)
    cycle, average = one_cycle(optimizer, len(train), config), Average(model, config)
    pull = Pull(config, center, model, batches.num_classes, seed)
    steps = PullingSteps(optimizer, cycle, average, pull, config, side=None)
    order, changes = torch.Generator().manual_seed(seed), augmentation_generator(seed)
    torch.manual_seed(seed)  # dropout
    stopping, plateau = stopping_rule(config.keep, config.patience), Plateau(config)
    snapshots, train_index = Snapshots(), _index(train, device)
    parts = {"model": model, "optimizer": optimizer, "cycle": cycle, "average": average, "pull": pull}
    parts |= {"stopping": stopping, "plateau": plateau, "snapshots": snapshots}
    generators = {"order": order, "changes": changes, "disturbance": pull.random}
    course = Course(checkpoint, device, parts, generators)
    for row in course.history if on_epoch else ():
        on_epoch(row)

    for epoch in range(course.epochs + 1, config.epochs + 1):
        model.train()
        pull.begin(epoch)
        if cycle is None:
            plateau.apply(optimizer)
            for group in optimizer.param_groups:
                group["lr"] *= step_factor(epoch, center.step)
        if course.under_way is None:
            row = {"epoch": epoch, "learning_rate": optimizer.param_groups[0]["lr"]}
            under_way = begin_epoch(row, train_index, batches, config, order, changes)
        else:
            under_way, course.under_way = UnderWay.of(course.under_way, device), None
        row = under_way.row
        row |= pull.apart(train_epoch(model, batches, under_way, steps, weight, dtype, course.keep))
        for name, part in (("select", select), ("watch", watch)):
            if part is not None:
                logits = predict_logits(average.scored, batches, part, dtype)
                row |= part_scores(name, logits, batches.labels[_index(part, device)], weight, config.monitor)
        row["seconds"] = under_way.seconds
        course.history.append(row)
        score = row["train_accuracy"] if select is None else row[f"select_{config.monitor}"]
        plateau.step(score)
        if center.snapshot_every and epoch % center.snapshot_every == 0:
            snapshots[epoch] = _embedding(average.scored, batches, dtype, pull.centers)
        if on_epoch:
            on_epoch(row)
        if epoch > center.start_epoch:
            if stopping.improved(epoch, score):
                best = {key: value.detach().clone() for key, value in average.scored.state_dict().items()}
                course.best = {"weights": best, "centers": pull.centers}
            if stopping.should_stop(epoch):
                break
        course.keep()
    pull.release()
    model.load_state_dict(course.best["weights"])
    kept = _embedding(model, batches, dtype, course.best["centers"])
    stopped = course.epochs < config.epochs
    return CenterFit(course.history, stopping.best_epoch, stopped, kept=kept, snapshots=snapshots)


def require_possible(model: nn.Module, config: TrainConfig, center: CenterConfig) -> None:
    """Raise InputError for what :func:`fit_center_loss` cannot do, whatever the samples; `model` may be on torch's meta
    device."""
    require(
        hasattr(model, "feature") and hasattr(model, "head"),
        f"{type(model).__name__} has no feature layer, expected a network made for centre loss",
    )
    for name in (own.name for own in fields(TrainConfig) if own.name in UNHEEDED):
        value, default = getattr(config, name), getattr(TrainConfig, name)
        require(value == default, f"{name} = {value!r} has no effect with centre loss, expected {default!r}")
    require(
        config.epochs > center.start_epoch,
        f"epochs = {config.epochs}, expected more than start_epoch = {center.start_epoch}: none of those is kept",
    )
    require(
        center.step == 0 or (config.schedule == "constant" and config.plateau_factor == 1),
        f"step = {center.step} beside another schedule of the learning rate, expected one of the two",
    )
    require(world_size() == 1, f"centre loss in {world_size()} processes, expected one")


@torch.inference_mode()
def _embedding(model: nn.Module, batches: Batches, dtype: torch.dtype, centers: Tensor | None) -> Embedding:
    model.eval()
    parts = []
    for chosen in torch.arange(len(batches), device=batches.device).split(EVALUATION_BATCH):
        with half_precision(batches.device, dtype):
            parts.append(model.features(*batches[chosen][0]).float().cpu())
    return Embedding(torch.cat(parts).numpy(), None if centers is None else centers.float().cpu().numpy())


def _index(positions: np.ndarray, device: torch.device) -> Tensor:
    return torch.as_tensor(np.asarray(positions, dtype=np.int64), device=device)
