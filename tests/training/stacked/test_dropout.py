"""Masks from outside: those that the layers would have drawn themselves."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call

from fer_lib.errors import InputError
from fer_lib.training.stacked.dropout import Masks, with_given_masks

LAYERS = {
    "Dropout": lambda p: nn.Dropout(p),
    "Dropout1d": lambda p: nn.Sequential(nn.Flatten(2), nn.Dropout1d(p)),
    "Dropout2d": lambda p: nn.Dropout2d(p),
    "Dropout3d": lambda p: nn.Sequential(nn.Unflatten(1, (2, 2)), nn.Dropout3d(p)),
}


class Dropping(nn.Module):
    """Two dropout layers of the same kind around a convolution, a third on vectors."""

    def __init__(self, kind, p):
        super().__init__()
        self.first, self.conv, self.second = nn.Dropout(0.4), nn.Conv2d(1, 4, 3), LAYERS[kind](p)
        self.third = nn.Dropout(0.2)

    def forward(self, image):
        return self.third(self.second(self.conv(self.first(image))).flatten(1))


def run(model, image, masks, active=False, training=True):
    stateless = with_given_masks(model, active).train(training)
    return functional_call(stateless, dict(model.named_parameters()) | masks, (image,))


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_masks_are_those_that_the_layers_draw(kind, p, layout):
    """Same generator, order, shapes and places in memory; p = 0 and p = 1 draw nothing."""
    torch.manual_seed(0)
    model = Dropping(kind, p).to(memory_format=torch.channels_last)
    image = torch.randn(5, 1, 6, 7).contiguous(memory_format=layout)
    masks = Masks.of(model, (image[:2],))
    torch.manual_seed(3)
    expected = model.train()(image)
    given = masks.draw([torch.Generator().manual_seed(s) for s in (3, 4)], [5, 5], torch.float32)
    found = run(model, image, {name: mask[0] for name, mask in given.items()})
    assert torch.equal(found, expected)
    assert p == 1 or not torch.equal(given["first.mask"][0], given["first.mask"][1])


def test_rows_of_unequal_batches_are_filled_up():
    masks = Masks.of(Dropping("Dropout", 0.5), (torch.randn(2, 1, 6, 6),))
    generators = [torch.Generator().manual_seed(1) for _ in range(3)]
    given = masks.draw(generators, [5, 2, 0], torch.float64)
    assert all(mask.shape[:2] == (3, 5) and mask.dtype == torch.float64 for mask in given.values())
    assert all(not mask[1, 2:].any() and not mask[2].any() for mask in given.values())
    alone = masks.draw([torch.Generator().manual_seed(1)], [2], torch.float64)
    assert all(torch.equal(mask[1, :2], alone[name][0]) for name, mask in given.items())
    fresh = torch.Generator().manual_seed(1)
    assert torch.equal(generators[2].get_state(), fresh.get_state())  # nothing asked for, nothing drawn


def test_masks_keep_the_mean():
    masks = Masks.of(nn.Sequential(nn.Dropout(0.2)), (torch.zeros(2, 1, 40, 40),))
    (mask,) = masks.draw([torch.Generator().manual_seed(0)], [50], torch.float32).values()
    assert set(mask.unique().tolist()) == {0.0, 1.25} and mask.mean().item() == pytest.approx(1, abs=0.01)


def test_when_scoring_masks_count_only_where_asked_for():
    model, image = nn.Sequential(nn.Dropout(0.5)), torch.ones(2, 1, 2, 2)
    mask = {"0.mask": torch.zeros(2, 1, 2, 2)}
    assert not run(model, image, mask).any()
    assert not run(model, image, mask, active=True, training=False).any()
    assert torch.equal(run(model, image, mask, training=False), image)


def test_a_layer_without_a_mask_is_an_error_not_a_layer_that_keeps_everything():
    """One that only the training reaches, say."""
    with pytest.raises(RuntimeError, match="meta"):
        run(nn.Sequential(nn.Dropout(0.5)), torch.ones(2, 1, 2, 2), {})


@pytest.mark.parametrize("layer", [nn.AlphaDropout(0.5), nn.FeatureAlphaDropout(0.5)])
def test_dropout_that_does_more_than_drop_is_refused(layer):
    with pytest.raises(InputError, match=f"0: {type(layer).__name__} shifts what it keeps and cannot be stacked"):
        with_given_masks(nn.Sequential(layer))


def test_a_layer_that_is_used_twice_is_refused():
    layer = nn.Dropout(0.5)
    with pytest.raises(InputError, match="a dropout layer that is used twice cannot be stacked"):
        Masks.of(nn.Sequential(layer, nn.ReLU(), layer), (torch.ones(2, 1, 2, 2),))


def test_the_model_itself_is_left_alone():
    model = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Dropout(0.5))
    model.train()
    Masks.of(model, (torch.ones(2, 1, 2, 2),))
    with_given_masks(model)
    assert type(model[1]) is nn.Dropout and model[0].weight.device.type == "cpu" and model.training
    assert not model[1]._forward_hooks


def test_a_network_without_dropout_has_no_masks():
    masks = Masks.of(nn.Sequential(nn.Conv2d(1, 1, 1)), (torch.ones(2, 1, 2, 2),))
    assert masks.draw([torch.Generator()], [3], torch.float32) == {}
    assert F.relu(run(nn.Sequential(nn.ReLU()), torch.ones(1), {})).item() == 1
