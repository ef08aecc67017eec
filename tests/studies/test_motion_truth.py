"""Masks against known motion: each class stands beside its own, whatever stage and split they are of."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fer_lib.datasets import load_dataset
from fer_lib.guidance.motion import true_motion
from fer_lib.models.frame import to_size
from fer_lib.reporting.motion_tables import truth_for_readers
from fer_lib.studies import motion_priors as steps
from fer_lib.studies import motion_training, motion_truth
from fer_lib.studies.motion_parameters import MotionPriorStudy

OPTIONS = {"images": 96, "subjects": 12, "style": "studio"}
TARGET = {"dataset": "synthetic", "options": OPTIONS, "splits": ["subject"], "folds": 2, "landmarks": "dataset"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("motion_truth")
    places = {"data_dir": str(folder / "data"), "reports_dir": str(folder / "reports")}
    return MotionPriorStudy.check({**places, "targets": [TARGET], "variants": ["fmpn_slim"], "image_size": 32})


@pytest.fixture(scope="module")
def target(study):
    return steps.prepare(study)[0]


@pytest.fixture(scope="module")
def truth(study, target):
    """``truth(size)``: float64 (K, size, size)."""
    whole = load_dataset("synthetic", study.data, **OPTIONS)
    return lambda size: true_motion(whole, target.faces.classes, study.data, size, landmarks="dataset")


def with_masks(target, *folds):
    """`target` with these masks, in place of those that were built, for its folds."""
    masks = np.stack([np.rint(255 * motion / motion.max()).astype(np.uint8) for motion in folds])
    return replace(target, masks={"subject": SimpleNamespace(masks=masks)})


def test_masks_of_the_own_motion_and_of_the_next_class(study, target, truth):
    classes, motion = target.faces.classes, truth(70)
    right = motion_truth.of_masks(study, [with_masks(target, motion, motion)])
    assert right["class"].tolist() == list(classes) and (right["samples"] == 2).all()
    assert (right["own"] > 0.99).all() and (right["other"] < 0.99).all()
    assert (right["nearest_other"] != right["class"]).all()
    wrong = motion_truth.of_masks(study, [with_masks(target, np.roll(motion, 1, 0))])
    assert (wrong["own"] < 0.99).all() and (wrong["other"] > 0.99).all()
    assert wrong["nearest_other"].tolist() == list(np.roll(classes, 1))
    np.testing.assert_allclose(wrong["other"], np.roll(right["own"], 1), atol=1e-12)


def test_built_masks_lie_where_their_own_class_moves(study, target):
    found = motion_truth.of_masks(study, [target])
    assert (found["own"] > found["other"]).all() and set(found["what"]) == {motion_truth.BUILT}
    assert len(truth_for_readers(found)) == 6


def test_predictions_are_told_apart_by_stage_and_class(study, target, truth, monkeypatch):
    """Generators draw the motion of the third class after stage 1, networks that of the first after stage 2."""
    drawn = to_size(torch.from_numpy(truth(target.frame)).float()[:, None] / 255, 32)

    def always(label):
        return lambda grey: drawn[[label]].expand(len(grey), 1, 32, 32)

    network = SimpleNamespace(image_size=32, parts=lambda images: SimpleNamespace(mask=always(0)(images)))
    monkeypatch.setattr(motion_truth, "trained_network", lambda *_: network)
    monkeypatch.setattr(motion_truth, "trained_generator", lambda *_: lambda grey: (always(2)(grey), None))
    asked = (target, "subject", "fmpn_slim", SimpleNamespace(folder="run"))
    monkeypatch.setattr(motion_truth, "predicting", lambda *_: iter([asked]))
    table = motion_truth.of_predictions(study, [target], {})
    classes, counts = target.faces.classes, np.bincount(target.faces.labels)
    for what, label in zip(motion_truth.STAGES, (2, 0), strict=True):
        found = table[table["what"] == what].set_index("class")
        assert found["samples"].tolist() == counts.tolist()
        others = found.drop(classes[label])
        assert found.loc[classes[label], "own"] == pytest.approx(1, abs=1e-5)
        assert found.loc[classes[label], "other"] == pytest.approx(others["own"].max(), abs=1e-5)
        assert (others["other"] > 0.99999).all() and set(others["nearest_other"]) == {classes[label]}


def test_motion_of_photographs_is_not_known(study, target):
    photographs = replace(target, entry={**target.entry, "dataset": "jaffe"})
    for table in (
        motion_truth.of_masks(study, [photographs]),
        motion_truth.of_predictions(study, [photographs], {}),
    ):
        assert table.empty and list(table) == motion_truth.COLUMNS


def test_a_generator_finds_the_motion_of_people_it_has_not_seen(tmp_path, monkeypatch):
    """After stage 1 alone, on a small version of the demo's set."""
    monkeypatch.setenv("FER_CORES", "1")
    options = {"images": 320, "subjects": 40, "style": "studio"}
    study = MotionPriorStudy.check(
        {
            "data_dir": str(tmp_path / "data"), "reports_dir": str(tmp_path / "reports"),
            "targets": [{**TARGET, "options": options}], "variants": ["fmpn_slim"], "normalizer": "minmax",
            "image_size": 32, "mask_epochs": 10, "mask_decay": 4, "mask_learning_rate": 3e-3, "epochs": 1, "decay": 0,
            "device": "cpu",
        }
    )  # fmt: skip
    targets = steps.prepare(study)
    runs = motion_training.train(study, targets)
    table = motion_truth.of_predictions(study, targets, runs)
    first = table[table["what"] == motion_truth.STAGES[0]]
    assert np.average(first["own"], weights=first["samples"]) > 0.5
    built = motion_truth.of_masks(study, targets)
    assert (built["own"] > 0.6).all() and (built["own"] - built["other"] >= 0.1).all()
