"""Grad-CAM maps as guidance: by the unguided network of each fold, which learned nothing from what the fold tests.

It is circular guidance, and of use as a question: does it help a network to be told where another one looked? What can
leak is kept out as follows.

- The maps of fold k are drawn by the network that was trained on the training part of fold k. The labels of the images
  that fold k tests decide nothing in it; where they would (epochs selected on the tested images, one generator for
  all folds in turn, a start from a network of other trainings), the run is refused.
- A map explains the class that the network *answers*, never the true one, of training images too.
- Images of the inner validation part selected the epoch of the network, so their labels reach the maps of their fold by
  one choice among the epochs. The guided network of that fold is selected on the same images: its validation score is
  optimistic to that extent, its test score is not. Under another seed, images that select the guided network would be
  ones from which the unguided one learned; so both are trained with one configuration (:func:`guided_by_gradcam`).
- Training images have been learned from by the network that draws their maps, tested ones have not: maps of training
  images are those of a surer network. A guided network may come to trust them more than it should. Only maps by
  networks of yet other folds inside each training part would do away with it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ...artifacts import file_sha256, fingerprint
from ...artifacts.runs import Run, load_run
from ...datasets import FaceSet
from ...datasets.folds import NEVER_TESTED
from ...errors import require
from ...faces.prepared import stored_set
from ...guidance import GUIDANCE, deciding_options, network_inputs
from ...guidance.gradcam import KIND, fold_guidance, store_fold_maps
from ...guidance.scale import stretch, to_bytes
from ...progress import progress
from ...training import Experiment, TrainConfig
from ...training.device import choose_device
from ...training.trained import trained_network, untrained_network
from .activations import taps_of
from .grad_cam import grad_cam

AT_ONCE = 2048  # images between two writes
BATCH = 256  # of 48 × 48 pixels
MODELS = ("simple_cnn", "guided_stn")


def make_gradcam_maps(
    faces: FaceSet, run: str | Path, data_dir: str | Path = "data", *, device: str = "auto", batch_size: int = BATCH
) -> str:
    """Maps of every image of the prepared set by every fold's network of a finished unguided run; stored ones are kept.

    Grad-CAM at the network's last tap for the class that it answers, scaled from 0 to 255 per image. A map without
    range, as where no place speaks for the class, is 128 everywhere; the card counts them by fold.

    Args:
        faces: the set of the run, or a subset: the whole prepared set is mapped.
        run: folder of a finished run of ``simple_cnn`` or of the guided transformer's variant ``none``.
        batch_size: images at a time; another one may round another way.

    Returns:
        The name of the maps, for :func:`fer_lib.guidance.gradcam.fold_guidance` and the option `maps` of the kind.

    Raises:
        InputError: no finished run there, or one that is guided, selected on what it tests, seeded once, started from
            another network or on aligned faces; other weights than its card names; tested images that are not in the
            set.
    """
    found = load_run(run)
    _require_usable(found)
    whole = stored_set(faces).faces
    folds = _tested_in(found, whole)
    images, _ = network_inputs("none", whole, data_dir)
    tap = list(taps_of(untrained_network(found.card["parameters"])))[-1]
    source = {"weights": found.card["weights"], "tap": tap}
    draw = partial(_cams, found.folder, np.asarray(images), tap, choose_device(device), batch_size)
    return store_fold_maps(faces, folds, draw, source, data_dir, run=found.folder.name)


def guided_by_gradcam(
    unguided: Experiment,
    config: TrainConfig,
    faces: FaceSet,
    folder: str | Path,
    data_dir: str | Path = "data",
    *,
    device: str = "auto",
) -> Experiment:
    """`unguided`, trained with `config`, once more: guided by the maps of its own networks, fold by fold.

    Args:
        faces: the images of the experiment, a prepared set or a subset of one.
        folder: where the guided run is to be stored.

    Returns:
        An experiment with a map of each image per fold. Train it with `config` too: so both networks of a fold learn
        from the same images, are selected on the same and tested on the same.

    Raises:
        InputError: other images, a run of other data or parameters, or networks that take no guidance; and what
            :func:`make_gradcam_maps` raises.
    """
    run = load_run(unguided.folder)
    require(
        fingerprint(run.card["parameters"]) == fingerprint(unguided.parameters(config)),
        f"{run.folder}: not the run of this experiment and these parameters",
    )
    require(
        np.array_equal(faces.samples["sample_id"], unguided.sample_ids),
        f"{faces.name}: not the images of {run.folder.name} in their order, expected the same sample_ids",
    )
    require(
        untrained_network(run.card["parameters"]).takes_guidance,
        f"{run.folder.name}: {unguided.model} takes no guidance, expected the variant 'none' of a network that does",
    )
    maps = make_gradcam_maps(faces, run.folder, data_dir, device=device)
    return replace(
        unguided,
        folder=Path(folder),
        guidance=fold_guidance(faces, unguided.folds, maps, data_dir),
        identity={**unguided.identity, "variant": KIND, "guidance": deciding_options(KIND, maps=maps)},
    )


def _require_usable(run: Run) -> None:
    made, name = run.card["parameters"], run.folder.name
    variant = made.get("variant", "none")
    require(
        made["model"] in MODELS,
        f"{name}: a run of {made['model']!r}, expected one of {' or '.join(MODELS)}, whose networks see the images as "
        "they are shown to them here",
    )
    require(
        variant == "none" or variant not in GUIDANCE,
        f"{name}: its networks look at {variant!r} guidance, expected an unguided run",
    )
    require(
        run.card["selected_on"] != "reported fold",
        f"{name}: its epochs were selected on the images that it tests, whose labels would reach their own maps; "
        "expected a run of the honest protocol",
    )
    require(
        made["training"].get("seed_mode", "per_fold") == "per_fold",
        f"{name}: seeded once, each fold goes on where the one before it, which learned from its tested images, "
        "ended; expected seed_mode 'per_fold'",
    )
    require(
        "initial" not in made,
        f"{name}: started from a network trained elsewhere, which may have learned from the tested images; expected "
        "one trained on the training folds only",
    )
    require(
        not {"alignment", "squares"} & made.keys(),
        f"{name}: its networks see aligned faces; expected a run whose networks see the images as they are",
    )
    for file, sha256 in run.card["weights"].items():
        path = run.folder / "weights" / file
        require(path.is_file(), f"{path}: no such weights file, expected the one that its card names")
        require(file_sha256(path) == sha256, f"{path}: other weights than its card names, expected SHA-256 {sha256}")


def _tested_in(run: Run, whole: FaceSet) -> np.ndarray:
    """int64 (M,): the fold in which the run tests each image of the stored set, −1 for none."""
    rows = pd.Index(whole.samples["sample_id"]).get_indexer(run.test["sample_id"])
    require(bool((rows >= 0).all()), f"{run.folder.name}: {(rows < 0).sum()} tested images are not in {whole.name}")
    folds = np.full(len(whole), NEVER_TESTED, np.int64)
    folds[rows] = run.test["fold"]
    return folds


def _cams(
    folder: Path, images: np.ndarray, tap: str, device: torch.device, batch_size: int, fold: int
) -> Iterator[tuple[slice, np.ndarray]]:
    model = trained_network(folder, fold).to(device)
    for start in progress(range(0, len(images), AT_ONCE), label=f"Grad-CAM maps, fold {fold}", unit="part"):
        rows = slice(start, min(start + AT_ONCE, len(images)))
        cams = grad_cam(model, images[rows], taps=[tap], batch_size=batch_size)[tap]
        yield rows, to_bytes(stretch(torch.from_numpy(cams)))
