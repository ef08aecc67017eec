"""Runs on disk: complete, the same on any number of cores, not done twice, honest."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import is_complete, read_card
from fer_lib.artifacts.runs import load_run
from fer_lib.errors import InputError
from fer_lib.models.weight_files import read_weights
from fer_lib.training.loop import predict_logits
from fer_lib.training.motion import cross_validate_motion, fold, joint_stage, load_mask_scores, runs, trained_generator
from fer_lib.training.motion.batches import MotionBatches
from fer_lib.training.motion.fold import train_motion_fold
from fer_lib.training.motion.scores import COLUMNS, mask_rows
from fer_lib.training.trained import trained_network

CPU = torch.device("cpu")


def quiet(epochs):
    pass


def batches_of(task, number):
    e = task.experiment
    return MotionBatches(e.images, task.masks_of(number), task.shown, e.labels, 3, CPU)


@pytest.fixture
def trained(make_task):
    task = make_task()
    return task, cross_validate_motion([task], workers=1)[0]


def test_a_run_has_everything(trained):
    task, run = trained
    e = task.experiment
    assert run.card["kind"] == "run" and run.card["parameters"] == task.parameters()
    assert run.card["selected_on"] == "inner validation" and run.card["reported_on"] == "outer fold"
    assert is_complete(e.folder, task.parameters()) and not (e.folder / "folds").exists()
    assert sorted(run.test["sample_id"]) == sorted(e.sample_ids)
    assert run.history.groupby("fold")["epoch"].apply(list).tolist() == [[1, 2], [1, 2]]
    assert {"mask_loss", "select_accuracy", "watch_accuracy"} <= set(run.history)
    assert len(run.theta) == 0

    scores = load_mask_scores(e.folder)
    assert tuple(scores.columns) == COLUMNS
    assert scores["stage"].value_counts().to_dict() == {"generator": 24, "joint": 24}
    assert all(sorted(rows["sample_id"]) == sorted(e.sample_ids) for _, rows in scores.groupby("stage"))
    history = pd.read_parquet(e.folder / "mask_history.parquet")
    assert list(history) == ["fold", "epoch", "mask_loss", "select_mask_loss", "learning_rate", "seconds"]
    assert history.groupby("fold")["epoch"].apply(list).tolist() == [[1, 2], [1, 2]]
    assert history.notna().all().all()


def test_networks_on_disk_give_the_stored_answers(trained):
    task, run = trained
    for number in task.experiment.fold_ids:
        test = np.flatnonzero(task.experiment.folds == number)
        model, batches = trained_network(run.folder, number), batches_of(task, number)
        stored = run.test.query("fold == @number").set_index("sample_id").loc[task.experiment.sample_ids[test]]
        probabilities = predict_logits(model, batches, test).softmax(1).numpy()
        assert np.allclose(stored[["p_0", "p_1", "p_2"]], probabilities, atol=1e-3)

        scores = load_mask_scores(run.folder).query("fold == @number").reset_index(drop=True)
        for stage in ("generator", "joint"):
            if stage == "generator":
                model.generator = trained_generator(run.folder, number)
            else:
                model = trained_network(run.folder, number)
            again = mask_rows(task.experiment, number, stage, model, batches, test, torch.float32)
            own = scores.query("stage == @stage").reset_index(drop=True)
            assert np.allclose(own["error"], again["error"], atol=1e-6) and own["nearest"].equals(again["nearest"])
        early = read_weights(run.folder / "generators" / f"fold{number}.safetensors")
        late = read_weights(run.folder / "weights" / f"fold{number}.safetensors")
        assert not torch.equal(early["first.weight"], late["generator.first.weight"])


def test_nothing_is_done_twice_and_other_masks_are_refused(trained, make_task, monkeypatch):
    task, run = trained
    monkeypatch.setattr(runs, "train_motion_fold", None)
    assert cross_validate_motion([make_task()])[0].predictions.equals(run.predictions)
    other = task.masks.copy()
    other[0, 0, 0, 0] += 1
    with pytest.raises(InputError, match="holds a complete run made with other data or parameters"):
        cross_validate_motion([replace(task, masks=other)])
    assert load_run(run.folder).card == run.card


def test_the_number_of_processes_does_not_matter(trained, make_task):
    _, one = trained
    (two,) = cross_validate_motion([make_task(folder="two")], workers=2)
    for number in (0, 1):
        for kind in ("weights", "generators"):
            own, other = (read_weights(run.folder / kind / f"fold{number}.safetensors") for run in (one, two))
            assert all(torch.equal(value, other[key]) for key, value in own.items())
    assert one.predictions.reset_index(drop=True).equals(two.predictions.reset_index(drop=True))
    assert load_mask_scores(one.folder).equals(load_mask_scores(two.folder))


def test_a_run_that_was_interrupted_goes_on_with_what_is_missing(make_task, monkeypatch):
    task, calls = make_task(), []
    real = fold.fit_joint

    def killed(*args, seed, **more):
        calls.append(seed)
        if len(calls) == 2:
            raise KeyboardInterrupt  # between the stages of the second fold
        return real(*args, seed=seed, **more)

    monkeypatch.setattr(fold, "fit_joint", killed)
    with pytest.raises(KeyboardInterrupt):
        cross_validate_motion([task], workers=1)
    assert read_card(task.experiment.folder) is None
    cross_validate_motion([task], workers=1)
    assert calls == [2020, 2021, 2021]

    monkeypatch.setattr(fold, "fit_joint", real)
    (whole,) = cross_validate_motion([make_task(folder="whole")], workers=1)
    assert load_run(task.experiment.folder).predictions.equals(whole.predictions)


def test_no_tested_person_has_a_say(make_task):
    """Other images and labels of the tested part leave the networks of its fold as they are."""
    task = make_task(keep="best")
    e = task.experiment
    test = e.folds == 0
    images, labels = e.images.copy(), e.labels.copy()
    images[test] = np.random.default_rng(9).integers(0, 256, images[test].shape)
    labels[test] = (labels[test] + 1) % 3
    other = replace(task, experiment=replace(e, folder=e.folder.with_name("other"), images=images, labels=labels))
    parts = zip(e.split(0, task.config), other.experiment.split(0, task.config), strict=True)
    assert all(np.array_equal(one, two) for one, two in parts)
    found = []
    for each in (task, other):
        train_motion_fold(each, 0, quiet)
        kinds = ("weights", "generators")
        found.append([read_weights(each.experiment.folder / kind / "fold0.safetensors") for kind in kinds])
    for one, two in zip(*found, strict=True):
        assert all(torch.equal(value, two[key]) for key, value in one.items())


def test_as_published_the_last_epoch_of_all_other_folds_is_tested(make_task):
    task = make_task(protocol="reference", keep="last")
    (run,) = cross_validate_motion([task], workers=1)
    assert run.card["selected_on"] == "nothing (the last epoch is kept)"
    for facts in run.card["folds"]:
        assert facts["samples"]["train"] == 12 and facts["best_epoch"] == 2
    assert set(run.predictions["split"]) == {"test"}


@pytest.mark.parametrize("mode", ["none", "given"])
def test_variants_without_a_generator(mode, make_task):
    shown = (np.arange(24) + 1) % 3 if mode == "given" else None
    task = make_task(mode, shown=shown)
    (run,) = cross_validate_motion([task], workers=1)
    assert "generators" not in run.card and not (run.folder / "generators").exists()
    assert tuple(load_mask_scores(run.folder).columns) == COLUMNS and len(load_mask_scores(run.folder)) == 0
    assert "mask_loss" not in run.history
    with pytest.raises(InputError, match="its network predicts no masks, so there is no generator"):
        trained_generator(run.folder, 0)
    test = np.flatnonzero(task.experiment.folds == 1)
    stored = run.test.query("fold == 1").set_index("sample_id").loc[task.experiment.sample_ids[test]]
    logits = predict_logits(trained_network(run.folder, 1), batches_of(task, 1), test)
    assert np.allclose(stored[["p_0", "p_1", "p_2"]], logits.softmax(1).numpy(), atol=1e-3)


def test_epochs_are_told_until_the_budget_is_used_up(make_task, monkeypatch):
    told, task = [], make_task(epochs=5, patience=1, motion={"mask_epochs": 3})
    monkeypatch.setattr(joint_stage, "part_scores", lambda name, *_: {f"{name}_accuracy": 0.5})  # stops after 1 + 1
    train_motion_fold(task, 0, told.append)
    assert told == [1, 1, 1, 1, 1, 3] and sum(told) == task.epochs


def test_what_cannot_be_is_told(make_task, trained):
    task, run = trained
    with pytest.raises(InputError, match="two tasks share a folder"):
        cross_validate_motion([task, task])
    with pytest.raises(InputError, match="no generator of fold 7 \\(has fold0.safetensors, fold1.safetensors\\)"):
        trained_generator(run.folder, 7)
    small = make_task(folder="small", images=np.zeros((24, 48, 48), np.uint8))
    with pytest.raises(InputError, match="images of 48 × 48 pixels, expected 34 × 34"):
        cross_validate_motion([small])
    assert not small.experiment.folder.exists()
