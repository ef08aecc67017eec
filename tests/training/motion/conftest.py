"""A network of FMPN's family that a CPU trains in a second, faces that it can learn, and their masks."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fer_lib.models import create_model
from fer_lib.models.frame import frame_size
from fer_lib.training import Experiment
from fer_lib.training.motion import MotionConfig, MotionTask
from fer_lib.training.motion.batches import MotionBatches

SIZE = 32
FRAME = frame_size(SIZE)
OPTIONS = {"image_size": SIZE, "width": 4, "blocks": 1}
CLASSES = ("anger", "happy", "surprise")


def faces(labels, seed=0):
    """uint8 (N, FRAME, FRAME): noise, and a bright bar whose height tells the class."""
    images = np.random.default_rng(seed).integers(0, 100, (len(labels), FRAME, FRAME), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[6 + 8 * label : 12 + 8 * label, 6:28] += 120
    return images


def blobs(folds=2, size=20):
    """uint8 (folds, 3, size, size): smooth, bright where the bar of the class lies, differing a little by fold."""
    rows = (np.arange(size) + 0.5) / size
    centres = (9 + 8 * np.arange(3)) / FRAME
    across = np.exp(-((rows - 0.5) ** 2) / 0.1)
    masks = np.exp(-((rows[None] - centres[:, None]) ** 2) / 0.02)[:, :, None] * across
    return np.stack([(masks * (255 - 10 * fold)).astype(np.uint8) for fold in range(folds)])


@pytest.fixture
def make_model():
    """``make_model(masks="given", …)``: freshly initialised with one seed."""

    def make(seed=0, **options):
        torch.manual_seed(seed)
        return create_model("fmpn_slim", num_classes=3, **{**OPTIONS, **options})

    return make


@pytest.fixture
def make_motion_batches():
    """``make_motion_batches(labels, masks=…, shown=…)``: on the CPU."""

    def make(labels, masks="own", shown=None, images=None):
        masks = blobs(1)[0] if isinstance(masks, str) else masks
        images = faces(labels) if images is None else images
        return MotionBatches(images, masks, shown, labels, 3, torch.device("cpu"))

    return make


@pytest.fixture
def motion():
    """``motion(mask_epochs=2, …)``: constant learning rates that learn in a few steps."""

    def make(**changes):
        few = {"mask_epochs": 2, "mask_decay": 0, "decay": 0, "mask_batch_size": 8, "mask_learning_rate": 1e-3}
        return MotionConfig(**{**few, **changes})

    return make


@pytest.fixture
def make_task(tmp_path, config, motion):
    """``make_task("given", shown=…, keep="last", motion={…}, …)``: keywords are fields of the experiment or of
    TrainConfig."""

    def make(mode="predicted", n=24, folder="run", shown=None, **changes):
        labels = np.arange(n) % 3
        e = Experiment(
            folder=tmp_path / folder,
            model="fmpn_slim",
            images=faces(labels),
            guidance=None,
            labels=labels,
            classes=CLASSES,
            folds=np.arange(n) // 3 % 2,
            groups=np.arange(n) // 3,
            sample_ids=np.array([f"face-{i:03d}" for i in range(n)]),
            identity={"dataset": "bars"},
            model_options=OPTIONS | ({} if mode == "predicted" else {"masks": mode}),
        )
        e = replace(e, **{name: changes.pop(name) for name in list(changes) if name in Experiment.__annotations__})
        recipe = motion(**changes.pop("motion", {}))
        masks = changes.pop("masks", None if mode == "none" else blobs())
        settings = {"epochs": 2, "batch_size": 8, "learning_rate": 1e-3, "validation_share": 0.25, **changes}
        return MotionTask(e, config(**settings), recipe, masks, shown)

    return make
