"""Faces that a slim network can learn, their masks, and backgrounds that differ by part."""

from dataclasses import replace

import numpy as np
import pytest

from fer_lib.training import Experiment, TrainConfig
from fer_lib.training.composed import Backgrounds, ComposedConfig, ComposedTask
from fer_lib.training.compositions import Recipe

SIZE, SQUARE = 32, 24
CLASSES = ("anger", "happy", "surprise")
RECIPE = Recipe(size=SIZE, face_side=0.7, zoom=0.1, flip=True, rotation=10.0, translation=0.1, warp=0.0)


def faces(labels, seed=0, side=SQUARE):
    """uint8 (N, side, side): a bright face with some noise, and a dark bar in it whose height tells the class."""
    images = np.random.default_rng(seed).integers(150, 220, (len(labels), side, side), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[side // 5 * (1 + label) : side // 5 * (1 + label) + 3, side // 4 : 3 * side // 4] = 10
    return images


def discs(count, side=SQUARE):
    """uint8 (N, side, side), 255 in a disc."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    return np.repeat(((rows**2 + columns**2 < (side * 0.45) ** 2) * np.uint8(255))[None], count, axis=0)


def grey(value, count=3):
    """uint8 (count, SIZE, SIZE): so different that the part can be told from a background pixel."""
    return np.random.default_rng(value).integers(value, value + 20, (count, SIZE, SIZE), dtype=np.uint8)


@pytest.fixture
def make_task(tmp_path):
    """``make_task("preact_slim", folder=…, composed={…}, …)``: other keywords are fields of the task, of the experiment
    or of TrainConfig."""

    def make(model="feratt_slim", n=24, folder="run", composed=None, **changes):
        labels = np.arange(n) % 3
        options = {"image_size": SIZE} if model == "feratt_slim" else {}
        e = Experiment(
            folder=tmp_path / folder,
            model=model,
            images=faces(labels, side=SIZE),
            guidance=None,
            labels=labels,
            classes=CLASSES,
            folds=np.arange(n) // 3 % 2,
            groups=np.arange(n) // 3,
            sample_ids=np.array([f"face-{i:03d}" for i in range(n)]),
            identity={"dataset": "bars"},
            model_options=options | changes.pop("options", {}),
        )
        e = replace(e, **{name: changes.pop(name) for name in list(changes) if name in Experiment.__annotations__})
        material = {
            "squares": faces(labels), "masks": discs(n),
            "backgrounds": Backgrounds(grey(20), grey(80), grey(140)),
        }  # fmt: skip
        material |= {name: changes.pop(name) for name in list(changes) if name in material}
        settings = {"epochs": 2, "batch_size": 6, "learning_rate": 1e-3, "validation_share": 0.25, "device": "cpu"}
        settings |= {"class_weighted": False, "precision": "fp32", **changes}
        small = {"recipe": RECIPE, "epoch_length": 13, "select_per_face": 2, "test_per_face": 2, "noise": (0.1, 0.3)}
        return ComposedTask(e, TrainConfig(**settings), ComposedConfig(**(small | (composed or {}))), **material)

    return make
