"""One network, one data order: the training loop."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from ..models.precision import at_least_float32
from .augmentation import augmentation_generator
from .averaging import Average
from .batches import Batches
from .config import TrainConfig
from .course import Course
from .device import choose_precision, half_precision
from .disturbance import Disturbance
from .dropout import active_dropout, scoring_seed
from .epoch import Steps, UnderWay, begin_epoch, first_entries, train_epoch
from .fine_tuning import set_learning
from .losses import class_weights, penalised_parameters, penalty
from .one_cycle import one_cycle
from .optimizer import make_optimizer
from .parallel import own_seed, world_size
from .plateau import Plateau
from .resuming import NOWHERE, Checkpoint
from .selection import monitored, stopping_rule
from .shares import in_shares, step_together

EVALUATION_BATCH = 512


@dataclass
class Fit:
    """What :func:`fit` returns; the network itself holds the weights of `best_epoch`, the one that is kept.

    `dropout_seed` repeats the masks that scored the best epoch, for :func:`predict_logits`; None
    where dropout is off when scoring.
    """

    history: list[dict]
    best_epoch: int
    stopped_early: bool
    dropout_seed: int | None = None


def fit(
    model: nn.Module,
    batches: Batches,
    train: np.ndarray,
    select: np.ndarray | None,
    config: TrainConfig,
    *,
    seed: int | None,
    watch: np.ndarray | None = None,
    on_epoch: Callable[[dict], None] | None = None,
    checkpoint: Checkpoint = NOWHERE,
) -> Fit:
    """Train `model` in place and leave it with the weights of the best epoch, or of the last (``config.keep``).

    Inside :func:`~fer_lib.training.parallel.process_group` all processes train this one network together
    (:mod:`fer_lib.training.shares`), and each returns the same.

    Args:
        train: positions in `batches` to learn from, int (n,).
        select: positions whose score (``config.monitor``) chooses the epoch and stops the training;
            None: the running training accuracy does.
        watch: positions scored every epoch for the record only; nothing depends on them.
        seed: fixes the data order, augmentation and dropout (initialisation belongs to the caller); None: all
            are drawn from torch's global generators as they stand.
        on_epoch: receives each history row as soon as it exists; those of an interrupted training first.
        checkpoint: where the training is kept, and goes on from.

    Returns:
        Fit. A history row has ``epoch`` (from 1), ``train_loss``, ``train_accuracy`` (running,
        dropout and augmentation on), ``select_loss``, ``select_accuracy``, ``watch_loss``, ``watch_accuracy``
        (where asked for) and ``seconds``; another monitor than accuracy adds its own, such as
        ``select_macro_f1``. Losses are class-weighted means (of batches for training, of the whole
        part for the others) of the cross-entropy alone, of smoothed and mixed labels in training where they are asked
        for; where there is a penalty, ``penalty`` is λ·Σw² after the epoch's last step. ``learning_rate`` is the
        epoch's first, where it changes; ``image_side`` that of the training images, where it does.

    Raises:
        InputError: too few samples; ``config.image_sizes`` for a network of one size; several processes without a
            seed.
    """
    require(len(train) >= 2, f"{len(train)} training samples, expected at least 2 (batch norm needs two)")
    require(select is None or len(select) >= 1, "no sample selects the epoch, expected at least 1")
    require(seed is not None or world_size() == 1, f"no seed for {world_size()} processes, expected one")
    device = batches.device
    dtype = choose_precision(config.precision, device)
    _require_any_size(model, config)
    model.to(device, batches.dtype, memory_format=torch.channels_last)
    weight = loss_weight(batches, train) if config.class_weighted else None
    optimizer = make_optimizer(model, config, device)
    step_together(model, optimizer)
    cycle, average = one_cycle(optimizer, len(train), config), Average(model, config)
    disturbance = Disturbance(config, seed)
    trained = in_shares(torch.compile(model) if config.compile else model)
    scored = in_shares(average.scored)
    order = None if seed is None else torch.Generator().manual_seed(seed)
    if seed is not None:
        torch.manual_seed(own_seed(seed))  # dropout
    changes = augmentation_generator(seed)
    stopping, plateau = stopping_rule(config.keep, config.patience), Plateau(config)
    penalised = penalised_parameters(model, config)

    def masks(epoch: int) -> int | None:
        return scoring_seed(config.seed if seed is None else seed, epoch) if config.dropout_eval else None

    train_index = _index(train, device)
    parts = {"model": model, "optimizer": optimizer, "cycle": cycle, "average": average}
    parts |= {"stopping": stopping, "plateau": plateau}
    generators = {"order": order, "changes": changes, "disturbance": disturbance.random}
    course = Course(checkpoint, device, parts, generators)
    for row in course.history if on_epoch else ():
        on_epoch(row)

    for epoch in range(course.epochs + 1, config.epochs + 1):
        set_learning(model, config, epoch)
        if cycle is None:
            plateau.apply(optimizer)
        if course.under_way is None:
            row = first_entries(epoch, cycle, config)
            under_way = begin_epoch(row, train_index, batches, config, order, changes)
        else:
            under_way, course.under_way = UnderWay.of(course.under_way, device), None
        row = under_way.row
        steps = Steps(optimizer, cycle, average, disturbance, config, row.get("image_side"))
        row |= train_epoch(trained, batches, under_way, steps, weight, dtype, course.keep)
        row |= plateau.row() | penalty(dict(model.named_parameters()), penalised, config)
        for name, part in (("select", select), ("watch", watch)):
            if part is not None:
                logits = predict_logits(scored, batches, part, dtype, masks(epoch))
                row |= part_scores(name, logits, batches.labels[_index(part, device)], weight, config.monitor)
        row["seconds"] = under_way.seconds
        course.history.append(row)
        score = row["train_accuracy"] if select is None else row[f"select_{config.monitor}"]
        plateau.step(score)
        if stopping.improved(epoch, score):
            course.best = {key: value.detach().clone() for key, value in average.scored.state_dict().items()}
        if on_epoch:
            on_epoch(row)
        if stopping.should_stop(epoch):
            break
        course.keep()
    model.load_state_dict(course.best)
    if config.fine_tune != "full":
        model.requires_grad_(True)  # what was fixed for training is free again
    return Fit(course.history, stopping.best_epoch, course.epochs < config.epochs, masks(stopping.best_epoch))


@torch.inference_mode()
def predict_logits(
    model: nn.Module, batches: Batches, index: np.ndarray, dtype=torch.float32, dropout_seed: int | None = None
) -> Tensor:
    """Logits (n, K), never below float32, in the order of `index`, in evaluation mode.

    Args:
        dropout_seed: dropout stays active, with masks that this seed fixes.
    """
    model.eval()
    parts = []
    with nullcontext() if dropout_seed is None else active_dropout(model, dropout_seed, batches.device):
        for chosen in _index(index, batches.device).split(batches.evaluation_batch or EVALUATION_BATCH):
            with half_precision(batches.device, dtype):
                parts.append(at_least_float32(model(*batches[chosen][0])))
    logits = torch.cat(parts)
    assert len(logits) == len(index), f"{len(logits)} samples scored, {len(index)} in the split"
    return logits


def loss_weight(batches: Batches, train: np.ndarray) -> Tensor:
    """Class weights of the training part, (K,) on the device."""
    labels = batches.labels[_index(train, batches.device)].cpu().numpy()
    return torch.from_numpy(class_weights(labels, batches.num_classes)).to(batches.device, batches.dtype)


def part_scores(name: str, logits: Tensor, labels: Tensor, weight: Tensor | None, monitor: str) -> dict[str, float]:
    """``<name>_loss``, ``<name>_accuracy``, and the monitored score where that is another."""
    predicted = logits.argmax(1)
    row = {
        f"{name}_loss": F.cross_entropy(logits, labels, weight).item(),
        f"{name}_accuracy": (predicted == labels).float().mean().item(),
    }
    if monitor != "accuracy":
        row[f"{name}_{monitor}"] = monitored(monitor, labels.cpu().numpy(), predicted.cpu().numpy())
    return row


def _require_any_size(model: nn.Module, config: TrainConfig) -> None:
    require(
        not config.image_sizes or getattr(model, "any_size", False),
        f"image_sizes = {config.image_sizes}, but {type(model).__name__} takes images of one size; expected none",
    )


def _index(positions: np.ndarray, device: torch.device) -> Tensor:
    return torch.as_tensor(np.asarray(positions, dtype=np.int64), device=device)
