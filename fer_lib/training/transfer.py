"""From a trained network to another data set with the same classes: not at all, or by further training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ..errors import require
from .batches import Batches
from .config import TrainConfig
from .device import choose_device, choose_precision, input_dtype
from .experiment import Experiment
from .fold_files import prediction_rows
from .loop import predict_logits
from .source import Source


def transferred(experiment: Experiment, source: Source, folder: str | Path, name: str) -> Experiment:
    """`experiment` whose folds start from `source`, stored in `folder`; `name` follows its variant in the record.

    Raises:
        InputError: the network does not fit, see :meth:`Source.require_fits`.
    """
    variant = experiment.identity.get("variant", experiment.model)
    identity = {**experiment.identity, "variant": f"{variant}, {name}"}
    return replace(experiment, folder=Path(folder), initial=source, identity=identity)


def untrained_predictions(experiment: Experiment, config: TrainConfig) -> pd.DataFrame:
    """What ``experiment.initial`` answers to every sample without learning from any ("zero-shot").

    Returns:
        test rows as a run's ``predictions``: every sample once, in the fold that would test it.
    """
    require(
        experiment.initial is not None and experiment.initial.with_head,
        f"{experiment.folder.name}: no trained network with its head is named, so there is nothing to ask without "
        "training",
    )
    device, dtype = choose_device(config.device), input_dtype(config.precision)
    e = experiment
    data = Batches(e.images, e.guidance_of(), e.labels, len(e.classes), device, dtype)
    with torch.random.fork_rng([]):  # initial values, all of them loaded over
        model = e.build_model()
    model.to(device, dtype, memory_format=torch.channels_last)
    everything = np.arange(len(e.labels))
    logits = predict_logits(model, data, everything, choose_precision(config.precision, device))
    parts = [(fold, np.flatnonzero(e.folds == fold)) for fold in e.fold_ids]
    rows = [prediction_rows(e, fold, "test", index, logits[torch.as_tensor(index)]) for fold, index in parts]
    return pd.concat(rows, ignore_index=True)
