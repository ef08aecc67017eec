"""Which samples train, select and test under each protocol."""

import numpy as np
import pytest

from fer_lib.errors import InputError


def grouped_experiment(make_experiment):
    """300 samples, groups of three that share a label and a fold."""
    groups = np.repeat(np.arange(100), 3)
    return make_experiment(300, labels=groups % 3, groups=groups, folds=(groups // 3) % 5)


@pytest.mark.parametrize("fold", range(5))
def test_honest_split_covers_every_sample_once(make_experiment, config, fold):
    experiment = make_experiment(300, folds=5)
    train, select, test = experiment.split(fold, config())
    assert sorted(np.concatenate([train, select, test])) == list(range(300))
    assert set(test) == set(np.flatnonzero(experiment.folds == fold))
    assert len(select) == pytest.approx(0.1 * 240, abs=2)


def test_honest_split_is_stratified(make_experiment, config):
    labels = np.repeat([0, 1, 2], [200, 300, 500])
    experiment = make_experiment(1000, folds=5, labels=labels)
    _, select, _ = experiment.split(2, config())
    assert np.bincount(labels[select]) == pytest.approx([16, 24, 40], abs=2)


def test_no_group_is_on_both_sides_of_the_inner_split(make_experiment, config):
    experiment = grouped_experiment(make_experiment)
    for fold in range(5):
        train, select, _ = experiment.split(fold, config())
        assert len(select) and not set(experiment.groups[train]) & set(experiment.groups[select])


def test_validation_share_and_seed_decide_the_inner_split(make_experiment, config):
    experiment = make_experiment(300, folds=5)
    tenth, same = (experiment.split(0, config())[1] for _ in range(2))
    assert np.array_equal(tenth, same)
    assert set(experiment.split(0, config(seed=1))[1]) != set(tenth)
    assert len(experiment.split(0, config(validation_share=0.25))[1]) == pytest.approx(60, abs=2)


def test_the_inner_split_does_not_depend_on_test_labels(make_experiment, config):
    labels = np.arange(300) % 3
    one = make_experiment(300, folds=5, labels=labels)
    other = make_experiment(300, folds=5, labels=np.where(one.folds == 1, 0, labels))
    assert all(np.array_equal(a, b) for a, b in zip(one.split(1, config()), other.split(1, config()), strict=True))


def test_reference_split_selects_on_the_reported_fold(make_experiment, config):
    train, select, test = make_experiment(300, folds=5).split(3, config(protocol="reference"))
    assert np.array_equal(select, test)
    assert sorted(np.concatenate([train, test])) == list(range(300))


def with_selecting_part(make_experiment):
    """30 samples: the first 20 train, the next 4 select, the last 6 are tested."""
    folds = np.repeat([-1, 0], [24, 6])
    return make_experiment(30, folds=folds, selecting=np.isin(np.arange(30), range(20, 24)))


def test_a_named_part_selects_and_is_never_trained_on(make_experiment, config):
    experiment = with_selecting_part(make_experiment)
    assert experiment.fold_ids == [0] and experiment.tested.sum() == 6
    parts = [part.tolist() for part in experiment.split(0, config())]
    assert parts == [list(range(20)), list(range(20, 24)), list(range(24, 30))]


def test_under_the_reference_protocol_the_tested_part_selects_beside_a_named_one(make_experiment, config):
    train, select, test = with_selecting_part(make_experiment).split(0, config(protocol="reference"))
    assert train.tolist() == list(range(20)) and select.tolist() == test.tolist() == list(range(24, 30))


def test_samples_that_are_never_tested_train(make_experiment, config):
    train, select, test = make_experiment(60, folds=np.arange(60) % 3 - 1).split(0, config())
    assert sorted([*train, *select]) == [i for i in range(60) if i % 3 != 1] and len(test) == 20


def test_the_part_that_selects_decides_the_content(make_experiment):
    folds, part = np.repeat([-1, 0], [24, 6]), np.arange(30) < 4
    contents = {make_experiment(30, folds=folds, selecting=p).content for p in (None, part, np.arange(30) < 5)}
    assert len(contents) == 3


def test_parts_that_make_no_sense_are_told(make_experiment):
    folds = np.repeat([-1, 0], [24, 6])
    with pytest.raises(InputError, match="2 samples would select the model and be tested"):
        make_experiment(30, folds=folds, selecting=np.isin(np.arange(30), range(20, 26)))
    with pytest.raises(InputError, match="no sample is in the part that selects"):
        make_experiment(30, folds=folds, selecting=np.zeros(30, bool))
    with pytest.raises(InputError, match="no sample is in a fold, so none would be tested"):
        make_experiment(30, folds=np.full(30, -1))


def test_rows_that_do_not_match_are_told(make_experiment):
    with pytest.raises(InputError, match="run: guidance has 5 rows for 120 images"):
        make_experiment(guidance=np.zeros((5, 48, 48), np.uint8))


@pytest.mark.parametrize("label", [-1, 3])
def test_labels_without_a_class_are_told(make_experiment, label):
    with pytest.raises(InputError, match="run: 120 labels are outside 0 … 2"):
        make_experiment(labels=np.full(120, label))


def test_sample_ids_that_repeat_are_told(make_experiment):
    with pytest.raises(InputError, match="run: sample_ids are not unique"):
        make_experiment(sample_ids=np.array(["face"] * 120))


def test_everything_that_decides_the_content_is_among_the_parameters(make_experiment, config):
    parameters = make_experiment().parameters(config())
    others = [
        make_experiment(model="simple_cnn").parameters(config()),
        make_experiment(classes=("a", "b", "c")).parameters(config()),
        make_experiment(identity={"dataset": "other"}).parameters(config()),
        make_experiment().parameters(config(learning_rate=0.01)),
        make_experiment(model_options={"padding_mode": "border"}).parameters(config()),
    ]
    assert parameters == make_experiment().parameters(config(device="auto"))
    assert all(other != parameters for other in others)


def test_options_of_the_model_are_recorded_only_where_there_are_any(make_experiment, config):
    """Runs made before the option existed have no such key, and stay valid."""
    assert "model_options" not in make_experiment().parameters(config())
    options = {"padding_mode": "black"}
    assert make_experiment(model_options=options).parameters(config())["model_options"] == options


def test_the_network_is_built_with_its_options(make_experiment):
    assert make_experiment().build_model().padding_mode == "zeros"
    assert make_experiment(model_options={"padding_mode": "border"}).build_model().padding_mode == "border"
    with pytest.raises(InputError, match="model 'simple_cnn' got an unexpected .* 'padding_mode'"):
        make_experiment(model="simple_cnn", model_options={"padding_mode": "border"}).build_model()
