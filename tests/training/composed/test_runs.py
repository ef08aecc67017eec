"""Runs on disk: complete, the same on any number of cores, not done twice, and nothing of the tested in training."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import is_complete
from fer_lib.errors import InputError
from fer_lib.models.weight_files import read_weights
from fer_lib.training.batches import Batches
from fer_lib.training.composed import cross_validate_composed, fold, load_composed_table, runs
from fer_lib.training.composed.fold import train_composed_fold
from fer_lib.training.composed.part import Part, seed_of_tested
from fer_lib.training.composed.scores import composed_scores
from fer_lib.training.loop import predict_logits
from fer_lib.training.trained import trained_network

from .conftest import grey

CPU = torch.device("cpu")


def trained(task):
    return cross_validate_composed([task], workers=1)[0]


def test_a_run_has_everything(make_task):
    task = make_task()
    run, e = trained(task), task.experiment
    assert run.card["kind"] == "run" and run.card["parameters"] == task.parameters()
    assert run.card["selected_on"] == "inner validation" and run.card["reported_on"] == "outer fold"
    assert is_complete(e.folder, task.parameters()) and not (e.folder / "folds").exists()
    assert sorted(run.test["sample_id"]) == sorted(e.sample_ids)
    assert run.history.groupby("fold")["epoch"].apply(list).tolist() == [[1, 2], [1, 2]]
    told = {
        "attention_loss",
        "rep_loss",
        "centre_accuracy",
        "select_accuracy",
        "select_mass",
        "watch_accuracy",
        "learning_rate",
    }
    assert told <= set(run.history) and run.history.notna().all().all()

    tested = load_composed_table(e.folder, "synthetic")
    assert sorted(tested["sample_id"]) == sorted(f"{name}#{k}" for name in e.sample_ids for k in range(2))
    labels = dict(zip(e.sample_ids, e.labels, strict=True))
    assert (tested["face"].map(labels) == tested["label"]).all()
    assert (tested["face"] == tested["sample_id"].str.split("#").str[0]).all() and set(tested["split"]) == {"test"}
    assert np.allclose(tested[["p_0", "p_1", "p_2"]].sum(axis=1), 1, atol=2e-3)
    for name in ("coverage", "mass", "untrained_mass"):
        assert tested[name].between(0, 1).all()
    assert (tested[["error", "untrained_error", "input_error"]] > 0).all().all()
    assert (tested["mass"] != tested["untrained_mass"]).all()

    z = load_composed_table(e.folder, "embeddings")
    assert list(z)[:5] == ["sample_id", "fold", "split", "label", "z_0"] and list(z)[-1] == "z_63"
    assert sorted(z.query("split == 'test'")["sample_id"]) == sorted(e.sample_ids)
    for number, rows in z.groupby("fold"):
        train, _, test = e.split(number, task.config)
        assert list(rows.query("split == 'train'")["sample_id"]) == list(e.sample_ids[train])
        assert list(rows.query("split == 'test'")["sample_id"]) == list(e.sample_ids[test])

    noise = load_composed_table(e.folder, "noise")
    assert noise.groupby("sigma")["sample_id"].apply(sorted).tolist() == [sorted(e.sample_ids)] * 2


def test_a_baseline_has_no_attention(make_task):
    run = trained(make_task("preact_slim"))
    tested = load_composed_table(run.folder, "synthetic")
    assert tested[["mass", "untrained_mass", "error", "untrained_error", "input_error"]].isna().all().all()
    assert tested["coverage"].notna().all()
    assert not {"attention_loss", "rep_loss", "centre_accuracy", "select_mass"} & set(run.history)


def test_no_structured_loss_without_an_embedding(make_task):
    run = trained(make_task(options={"mode": "cls"}))
    assert "attention_loss" in run.history and not {"rep_loss", "centre_accuracy"} & set(run.history)


def test_networks_on_disk_give_the_stored_answers(make_task):
    task = make_task()
    run, e = trained(task), task.experiment
    tested = load_composed_table(run.folder, "synthetic")
    for number in e.fold_ids:
        test = np.flatnonzero(e.folds == number)
        model, batches = trained_network(run.folder, number), Batches(e.images, None, e.labels, 3, CPU)
        stored = run.test.query("fold == @number").set_index("sample_id").loc[e.sample_ids[test]]
        probabilities = predict_logits(model, batches, test).softmax(1).numpy()
        assert np.allclose(stored[["p_0", "p_1", "p_2"]], probabilities, atol=1e-3)

        part = Part(task.squares, task.masks, task.backgrounds.test, e.labels, test, task.composed.tested, CPU)
        again = composed_scores(model, part, 2, seed_of_tested(task.composed.fixed_seed, number), torch.float32)
        own = tested.query("fold == @number")
        assert np.allclose(own["mass"], again.mass, atol=1e-6) and np.allclose(own["error"], again.error, rtol=1e-5)
        assert np.allclose(own[["p_0", "p_1", "p_2"]], again.logits.softmax(1), atol=1e-3)


def test_the_same_on_any_number_of_cores(make_task):
    one = cross_validate_composed([make_task(folder="one")], workers=1)[0]
    two = cross_validate_composed([make_task(folder="two")], workers=2)[0]
    for name in ("synthetic", "embeddings", "noise", "predictions"):
        first, second = (pd.read_parquet(run.folder / f"{name}.parquet") for run in (one, two))
        pd.testing.assert_frame_equal(first, second)


def test_all_variants_are_tested_on_the_same_compositions(make_task):
    runs_of = [trained(make_task(folder="a")), trained(make_task("preact_slim", folder="b", seed=7))]
    one, other = (load_composed_table(run.folder, "synthetic").set_index("sample_id") for run in runs_of)
    assert (one["coverage"] == other["coverage"].loc[one.index]).all()


def test_training_never_sees_a_tested_face_or_its_background(make_task, monkeypatch):
    """Other pixels of those who are tested, and other backgrounds of the test, leave the weights as they are."""
    task = make_task(folder="a")
    changed, tested = task.squares.copy(), task.experiment.folds == 0
    changed[tested] = 255 - changed[tested]
    images = task.experiment.images.copy()
    images[tested] = 0
    other = make_task(
        folder="b", squares=changed, images=images, backgrounds=replace(task.backgrounds, test=grey(200))
    )  # fmt: skip
    for each in (task, other):
        train_composed_fold(each, 0, lambda epochs: None)
    one, two = (read_weights(each.experiment.folder / "weights" / "fold0.safetensors") for each in (task, other))
    assert all(torch.equal(one[name], two[name]) for name in one)
    changed[~tested] = 255 - changed[~tested]
    third = make_task(folder="c", squares=changed)
    train_composed_fold(third, 0, lambda epochs: None)
    three = read_weights(third.experiment.folder / "weights" / "fold0.safetensors")
    assert any(not torch.equal(one[name], three[name]) for name in one)


def test_a_finished_fold_is_not_trained_again(make_task, monkeypatch):
    task = make_task()
    train_composed_fold(task, 0, lambda epochs: None)
    done = []
    monkeypatch.setattr(
        runs, "train_composed_fold", lambda *args: done.append(args[1]) or fold.train_composed_fold(*args)
    )
    run = trained(task)
    assert done == [1] and len(run.test) == 24
    trained(task)
    assert done == [1]


def test_everything_that_decides_is_in_the_card(make_task):
    task = make_task()
    recipe = replace(task.composed.recipe, zoom=0.2)
    others = [
        make_task(masks=np.roll(task.masks, 1, axis=2)),
        make_task(squares=task.squares[::-1]),
        make_task(backgrounds=replace(task.backgrounds, select=grey(81))),
        *(make_task(composed=changes) for changes in ({"sigma": 0.5}, {"recipe": recipe}, {"appearance": "2018"})),
    ]
    known = [task.parameters()["compositions"], *(other.parameters()["compositions"] for other in others)]
    assert all(one != other for place, one in enumerate(known) for other in known[:place])
    assert make_task().parameters() == task.parameters()


def test_other_parameters_do_not_overwrite(make_task):
    trained(make_task())
    with pytest.raises(InputError, match="made with other data or parameters"):
        trained(make_task(composed={"rep_weight": 2.0}))


def test_the_learning_rate_falls(make_task):
    run = trained(make_task(epochs=3, composed={"decay_every": 1}))
    assert np.allclose(run.history.query("fold == 0")["learning_rate"], [1e-3, 1e-4, 1e-5])


def test_under_the_reference_protocol_those_who_are_tested_select(make_task):
    run = trained(make_task(protocol="reference"))
    assert run.card["selected_on"] == "reported fold" and "watch_accuracy" not in run.history


def test_a_table_of_another_run(make_task, tmp_path):
    run = trained(make_task())
    with pytest.raises(InputError, match="table 'masks', expected one of synthetic, embeddings, noise"):
        load_composed_table(run.folder, "masks")


def test_few_training_faces_are_taken_evenly(make_task):
    run = trained(make_task(composed={"embedded": 5}))
    z = load_composed_table(run.folder, "embeddings")
    assert z.query("split == 'train'").groupby("fold").size().tolist() == [5, 5]


def test_a_batch_smaller_than_the_classes(make_task):
    task = make_task(batch_size=2)
    with pytest.raises(InputError, match="run: batch_size = 2, expected at least 3: one composition of each class"):
        trained(task)


def test_a_fold_without_a_class_is_refused_before_any_training(make_task):
    folds = np.where(np.arange(24) % 3 == 2, 1, np.arange(24) // 3 % 2)  # fold 1 tests all that are surprised
    task = make_task(folds=folds, groups=np.arange(24))
    with pytest.raises(InputError, match="run: fold 1 trains on no face of class surprise, expected one of each"):
        trained(task)
    assert not task.experiment.folder.exists()


def test_in_double_precision(make_task):
    run = trained(make_task(precision="fp64", epochs=1))
    assert run.card["precision"] == ["float64"]


def test_no_two_folds_lie_at_the_same_places(make_task):
    tested = load_composed_table(trained(make_task("preact_slim", epochs=1)).folder, "synthetic")
    one, other = (rows["coverage"].to_numpy() for _, rows in tested.groupby("fold"))
    assert seed_of_tested(3, 0) == seed_of_tested(3, 0) != seed_of_tested(3, 1) and not np.array_equal(one, other)


@pytest.mark.parametrize("protocol", ["honest", "reference"])
def test_every_part_has_its_own_faces_and_backgrounds(make_task, monkeypatch, protocol):
    task, made = make_task("preact_slim", protocol=protocol, epochs=1), []
    own = Part.__init__

    def noted(self, squares, masks, backgrounds, labels, index, recipe, device):
        made.append((backgrounds, index.tolist()))
        own(self, squares, masks, backgrounds, labels, index, recipe, device)

    monkeypatch.setattr(Part, "__init__", noted)
    train_composed_fold(task, 0, lambda epochs: None)
    train, select, test = (part.tolist() for part in task.experiment.split(0, task.config))
    behind = {id(backgrounds): index for backgrounds, index in made}
    b = task.backgrounds
    assert len(made) == 3
    assert [behind[id(each)] for each in (b.train, b.select, b.test)] == [train, select, test]
    assert not {*train} & {*test} and (select == test) is (protocol == "reference")
