"""What a task is, and what it refuses."""

import numpy as np
import pytest

from fer_lib.errors import InputError

from .conftest import FRAME, blobs


def test_masks_and_what_is_shown_decide_the_content(make_task):
    plain = make_task()
    assert make_task().parameters() == plain.parameters()
    other = blobs()
    other[1, 2, 0, 0] += 1
    shown = np.arange(24) % 3
    found = [
        plain,
        make_task(masks=other),
        make_task(motion={"loss_preset": "paper"}),
        make_task(seed=1),
        make_task("none"),
        make_task("given", shown=shown),
        make_task("given", shown=(shown + 1) % 3),
    ]
    texts = [str(task.parameters()) for task in found]
    assert len(set(texts)) == len(texts)
    assert plain.parameters()["motion"]["shown"] is None
    assert plain.parameters()["dataset"] == "bars"
    assert make_task(folder="other").parameters() == plain.parameters()


def test_epochs_and_masks_of_a_fold(make_task):
    assert make_task(epochs=3, motion={"mask_epochs": 4}).epochs == 7
    assert make_task("none", epochs=3, motion={"mask_epochs": 4}).epochs == 3
    folds = np.where(np.arange(24) // 3 % 2, 5, 2)
    task = make_task(folds=folds)
    assert np.array_equal(task.masks_of(5), blobs()[1]) and np.array_equal(task.masks_of(2), blobs()[0])
    assert make_task("none").masks_of(0) is None


@pytest.mark.parametrize(
    ("mode", "changes", "sentence"),
    [
        ("predicted", {"masks": None}, "run: no masks for a network with masks='predicted', expected some"),
        ("none", {"masks": blobs()}, "run: masks for a network with masks='none', expected none"),
        (
            "predicted",
            {"masks": blobs(3)},
            "run: masks are uint8 (3, 3, 20, 20), expected uint8 (2, 3) and two sides: one for each fold and class",
        ),
        (
            "predicted",
            {"masks": blobs() / 255},
            "run: masks are float64 (2, 3, 20, 20), expected uint8 (2, 3) and two sides: one for each fold and class",
        ),
        ("given", {}, "run: no classes of the masks shown for a network with masks='given', expected some"),
        (
            "predicted",
            {"shown": np.zeros(24, int)},
            "run: the classes of the masks shown for a network with masks='predicted', expected none",
        ),
        ("given", {"shown": np.full(24, 3)}, "run: expected a class 0 … 2 shown for each of 24 images"),
        ("given", {"shown": np.zeros(5, int)}, "run: expected a class 0 … 2 shown for each of 24 images"),
        (
            "predicted",
            {"guidance": np.zeros((24, FRAME, FRAME), np.uint8)},
            "run: guidance beside motion masks, expected None",
        ),
        (
            "predicted",
            {"cutout": 0.5},
            "cutout = 0.5 has no effect with motion priors, expected 0.0",
        ),
    ],
)
def test_what_cannot_be_is_told(mode, changes, sentence, make_task):
    with pytest.raises(InputError) as told:
        make_task(mode, **changes)
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"images": np.zeros((24, 48, 48), np.uint8)},
            "run: images of 48 × 48 pixels, expected 34 × 34 for a network that sees 32 × 32",
        ),
        (
            {"model": "simple_cnn", "model_options": {}},
            "run: simple_cnn has no motion priors or no image_size, expected fmpn or fmpn_slim",
        ),
        (
            {"model_options": {"image_size": None}},
            "run: fmpn_slim has no motion priors or no image_size, expected fmpn or fmpn_slim",
        ),
    ],
)
def test_networks_and_images_that_do_not_fit_are_told(changes, sentence, make_task):
    with pytest.raises(InputError) as told:
        make_task(**changes).require_possible()
    assert str(told.value) == sentence
