"""Train one fold on compositions and leave everything about it on disk."""

from collections.abc import Callable

import torch

from ...artifacts import save_table
from ..batches import Batches
from ..curves import training_curves
from ..device import choose_device, choose_precision, input_dtype
from ..fold_files import clear_fold, curves_path, fold_checkpoint, fold_folder, store_fold
from .fit import fit_composed
from .part import Part, seed_of_tested
from .scores import composed_scores
from .tables import embedding_rows, noise_rows, synthetic_rows
from .task import ComposedTask


def train_composed_fold(task: ComposedTask, fold: int, tell: Callable[[int], None]) -> None:
    """Train `fold`; `tell` learns of epochs that are over."""
    e, config, composed = task.recorded, task.config, task.composed
    checkpoint = fold_checkpoint(e, config, fold)
    clear_fold(e, fold, keep_checkpoint=True)
    device, seed = choose_device(config.device), config.seed + fold
    dtype = choose_precision(config.precision, device)
    train, select, test = e.split(fold, config)
    batches = Batches(e.images, None, e.labels, len(e.classes), device, input_dtype(config.precision))

    def part(index, backgrounds, recipe) -> Part:
        return Part(task.squares, task.masks, backgrounds, e.labels, index, recipe, device)

    tested = part(test, task.backgrounds.test, composed.tested)
    # under the reference protocol those who are tested select, on other compositions than those they are tested on
    selecting = part(select, task.backgrounds.select, composed.recipe)
    training = part(train, task.backgrounds.train, composed.recipe)
    torch.manual_seed(seed)
    model = e.build_model().to(device, batches.dtype, memory_format=torch.channels_last)
    score = (tested, composed.test_per_face, seed_of_tested(composed.fixed_seed, fold), dtype)
    untrained = composed_scores(model, *score)
    with training_curves(curves_path(e.folder, fold), tell) as record:
        result = fit_composed(
            model, training, selecting, len(e.classes), config, composed, seed=seed, batches=batches,
            watch=None if config.protocol == "reference" else test, on_epoch=record, checkpoint=checkpoint,
        )  # fmt: skip
    seconds = checkpoint.seconds
    rows = {
        "synthetic": synthetic_rows(e, fold, tested, composed_scores(model, *score), untrained),
        "embeddings": embedding_rows(e, fold, model, batches, train, test, composed.embedded, dtype),
        "noise": noise_rows(e, fold, model, batches, test, composed.noise, composed.fixed_seed + fold, dtype),
    }
    for name, table in rows.items():
        save_table(fold_folder(e.folder, fold) / f"{name}.parquet", table)
    store_fold(e, config, fold, model, batches, result, seconds=seconds, engine="sequential (compositions)")
    checkpoint.remove()
    tell(config.epochs - len(result.history))
