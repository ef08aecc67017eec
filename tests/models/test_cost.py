"""Counted costs against the specification's and against counting by hand."""

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.registry import MODELS

CNN = 46**2 * 9 * 10 + 44**2 * 90 * 10 + 20**2 * 90 * 10 + 18**2 * 90 * 10 + 810 * 50 + 50 * 3


def test_small_networks_by_hand():
    assert forward_macs("simple_cnn", num_classes=3, image_shape=(1, 48, 48)) == CNN
    localization = 42**2 * 49 * 8 + 17**2 * 25 * 8 * 10 + 640 * 32 + 32 * 6
    grid = 48 * 48 * 3 * 2  # (x, y, 1) times θ
    assert forward_macs("guided_stn", num_classes=3, image_shape=(1, 48, 48)) == CNN + localization + grid


def test_resnet34_costs_what_is_published(monkeypatch):
    """3.66 billion at 224 × 224 (specification of the residual masking network)."""
    from torchvision.models import resnet34

    monkeypatch.setitem(MODELS._builders, "of this test", lambda num_classes: resnet34(num_classes=num_classes))
    assert forward_macs("of this test", num_classes=7, image_shape=(3, 224, 224)) == pytest.approx(3.66e9, rel=2e-3)


def test_options_reach_the_network_and_are_checked():
    with pytest.raises(InputError, match="padding_mode 'wrap'"):
        forward_macs("guided_stn", num_classes=3, image_shape=(1, 48, 48), padding_mode="wrap")


def test_counting_leaves_no_trace():
    """Neither the random generator nor networks made afterwards are touched."""
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    forward_macs("simple_cnn", num_classes=3, image_shape=(1, 48, 48))
    assert torch.equal(torch.rand(1), expected)
    assert type(next(create_model("simple_cnn", num_classes=3).parameters()).data) is torch.Tensor
