"""Which layers learn: exactly those change, and what is fixed is fixed in its statistics too."""

import numpy as np
import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.layer_groups import layer_groups, tensors_in
from fer_lib.training import cross_validate, fit, fit_complete
from fer_lib.training.engine import choose_engine
from fer_lib.training.fine_tuning import set_learning
from fer_lib.training.fold import FoldJob
from fer_lib.training.stacked import Member, fit_stacked

LABELS = np.arange(60) % 3
TRAIN, SELECT = np.arange(48), np.arange(48, 60)


@pytest.fixture
def trained(make_batches, config):
    """``trained("head", epochs=2, …)``: (tensors before, tensors after, the model)."""

    def make(fine_tune, **changes):
        torch.manual_seed(0)
        model = create_model("guided_stn", num_classes=3)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        settings = config(fine_tune=fine_tune, keep="last", **changes)
        # the last epoch's weights, so that what the last epoch set free has changed
        fit(model, make_batches(LABELS), TRAIN, None, settings, seed=1)
        return before, model.state_dict(), model

    return make


def changed(before, after):
    return {key for key, value in after.items() if not torch.equal(value, before[key])}


def in_groups(count):
    """Trainable tensors and statistics of the first groups."""
    model = create_model("guided_stn", num_classes=3)
    prefixes = tensors_in(sum(layer_groups(model)[:count], ()))
    return {key for key in model.state_dict() if key.startswith(prefixes)}


def test_full_changes_every_tensor(trained):
    before, after, _ = trained("full")
    assert changed(before, after) == set(after)


def test_head_changes_the_last_layer_and_no_statistics(trained):
    before, after, _ = trained("head")
    assert changed(before, after) == {"classifier.fc2.weight", "classifier.fc2.bias"} == in_groups(1)


@pytest.mark.parametrize(
    ("epochs", "every", "groups"), [(1, 1, 1), (2, 1, 2), (3, 1, 3), (2, 2, 1), (3, 2, 2), (5, 2, 3), (7, 1, 5)]
)
def test_gradual_sets_one_group_more_free_at_a_time(trained, epochs, every, groups):
    before, after, _ = trained("gradual", epochs=epochs, unfreeze_every=every)
    assert changed(before, after) == in_groups(groups)


def test_a_head_on_fixed_features_equals_its_slow_twin(make_batches, config):
    """The same steps by hand: features of the network below the head in evaluation mode but for dropout."""
    torch.manual_seed(0)
    model, batches = create_model("simple_cnn", num_classes=3), make_batches(LABELS)
    model.dropout.p = 0.0
    head = model.fc2
    slow = torch.nn.Linear(50, 3)
    slow.load_state_dict(head.state_dict())
    model.eval()
    features = []
    hook = head.register_forward_hook(lambda module, inputs, output: features.append(inputs[0].detach()))
    model(*batches[torch.arange(60)][0])
    hook.remove()
    optimizer = torch.optim.Adam(slow.parameters(), lr=1e-3, fused=True)
    order = torch.Generator().manual_seed(4)
    for _ in range(2):
        for chosen in torch.randperm(48, generator=order).split(16):
            loss = torch.nn.functional.cross_entropy(slow(features[0][chosen]), batches.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    settings = config(fine_tune="head", class_weighted=False, keep="last")
    fit(model, batches, TRAIN, None, settings, seed=4)
    assert torch.allclose(head.weight, slow.weight, atol=1e-6) and torch.allclose(head.bias, slow.bias, atol=1e-6)


def test_afterwards_every_layer_can_learn_again(trained):
    _, _, model = trained("head")
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_fixed_batch_norm_normalises_by_its_statistics(config):
    model = create_model("simple_cnn", num_classes=3)
    set_learning(model, config(fine_tune="head"), 1)
    assert not model.norm.training and model.dropout.training
    set_learning(model, config(fine_tune="gradual"), 3)
    assert model.norm.training
    set_learning(model, config(fine_tune="head"), 9)
    assert not model.norm.training
    set_learning(model, config(), 1)
    assert model.norm.training


@pytest.mark.parametrize("fine_tune", ["head", "gradual"])
def test_fixing_random_layers_is_refused(make_experiment, config, fine_tune):
    experiment = make_experiment()
    for train in (
        lambda settings: cross_validate([experiment], settings),
        lambda settings: fit_complete([experiment], settings, "training_accuracy"),
    ):
        with pytest.raises(InputError, match=f"run: fine_tune '{fine_tune}' fixes layers, but no trained network"):
            train(config(fine_tune=fine_tune))
    assert not experiment.folder.exists()


@pytest.mark.parametrize("fine_tune", ["head", "gradual"])
def test_models_with_fixed_layers_are_trained_one_by_one(make_experiment, make_batches, config, fine_tune):
    def jobs(engine):
        experiment = make_experiment()
        return [FoldJob(experiment, config(fine_tune=fine_tune, engine=engine), fold) for fold in experiment.fold_ids]

    cpu = torch.device("cpu")
    choice = choose_engine(jobs("auto"), cpu, 1)
    assert (choice.engine, choice.reason) == ("sequential", f"fine_tune '{fine_tune}' fixes layers")
    with pytest.raises(InputError, match=f"fine_tune '{fine_tune}'.*'stacked' cannot be used"):
        choose_engine(jobs("stacked"), cpu, 1)
    member = Member(create_model("simple_cnn", num_classes=3), make_batches(LABELS), TRAIN, SELECT,
                    config(fine_tune=fine_tune), seed=0)  # fmt: skip
    with pytest.raises(InputError, match="cannot be stacked"):
        fit_stacked([member])


@pytest.mark.parametrize(("field", "value"), [("fine_tune", "partly"), ("unfreeze_every", 0)])
def test_a_bad_value_is_told_with_its_name(config, field, value):
    with pytest.raises(InputError, match=rf"{field}\b.*{value}.*expected"):
        config(**{field: value})


def test_both_are_recorded_only_where_they_are_set(config):
    assert not {"fine_tune", "unfreeze_every"} & config().identity().keys()
    recorded = config(fine_tune="gradual", unfreeze_every=3).identity()
    assert (recorded["fine_tune"], recorded["unfreeze_every"]) == ("gradual", 3)
