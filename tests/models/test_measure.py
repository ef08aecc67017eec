"""Counted costs against counting by hand and against torch's own tensors; timing where nothing is fast."""

import pytest
import torch
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.live_memory import LiveMemory
from fer_lib.models.measure import LEAST_PASSES, count_costs, time_forward

FLOAT = 4


def test_live_memory_by_hand():
    """a lives on, the product is gone after its sum; views and changes in place hold nothing."""
    present = torch.zeros(50)
    with LiveMemory([present]) as live:
        a = torch.ones(100)
        assert live.now == live.peak == 400
        total = (a * 2).sum()
        assert live.now == 400 + FLOAT and live.peak == 800 + FLOAT
        view = a.view(10, 10).t()
        view.add_(1)
        present.mul_(2)
        assert live.now == 400 + FLOAT
        del a
        assert live.now == 400 + FLOAT  # the view still holds it
        del view
    assert live.now == FLOAT == total.nbytes and live.peak == 800 + FLOAT


def test_live_memory_does_not_depend_on_the_device():
    peaks = []
    for device in ("cpu", "meta"):
        layers = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Conv2d(3, 2, 3)).to(device)
        image = torch.zeros(2, 1, 10, 10, device=device)
        with torch.no_grad(), LiveMemory(layers.parameters()) as live:
            layers(image)
        peaks.append(live.peak)
    # both maps of the first layer: before and after ReLU
    assert peaks == [2 * 2 * 3 * 8 * 8 * FLOAT] * 2


@pytest.mark.parametrize(
    ("name", "parameters"), [("simple_cnn", 43_757), ("residual_masking_slim", 364_839), ("guided_stn", 66_877)]
)
def test_costs_of_small_networks(name, parameters):
    """Also of one that resamples its image, which the meta device cannot do alone."""
    found = count_costs(name, num_classes=7, image_shape=(1, 48, 48))
    assert found.parameters == parameters
    assert found.macs == forward_macs(name, num_classes=7, image_shape=(1, 48, 48))
    model = create_model(name, num_classes=7)
    assert found.weight_bytes == sum(t.nbytes for t in (*model.parameters(), *model.buffers()))
    assert 48 * 48 * FLOAT < found.activation_bytes < found.macs


def test_costs_of_the_published_network():
    """Its largest moment: the first mask's encoder at 56 × 56, 128 channels and more."""
    found = count_costs("residual_masking", num_classes=7, image_shape=(1, 48, 48), weights="imagenet")
    assert found.parameters == 137_796_423 and found.macs == pytest.approx(21.9e9, rel=2e-3)
    assert 56 * 56 * 128 * 2 * FLOAT < found.activation_bytes < 20 * 2**20
    small = count_costs("residual_masking", num_classes=7, image_shape=(1, 48, 48), image_size=64)
    assert small.parameters == found.parameters and small.macs < found.macs / 10


def test_costs_tell_options_that_are_none():
    with pytest.raises(InputError, match="expected options among"):
        count_costs("simple_cnn", num_classes=7, image_shape=(1, 48, 48), image_size=224)


class Slow(nn.Module):
    """Every pass takes a hundredth of a second; the shapes, dtypes and modes that it saw."""

    def __init__(self):
        super().__init__()
        self.seen, self.layer = [], nn.Linear(1, 1)

    def forward(self, image):
        from time import sleep

        sleep(0.01)
        self.seen.append(
            (tuple(image.shape), self.layer(image[0, 0, :1, :1]).dtype, self.training, image.is_inference())
        )
        return image


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_speed_is_that_of_whole_batches(dtype):
    model = Slow()
    speed = time_forward(model, (1, 6, 6), batch=3, seconds=0.1, dtype=dtype)
    assert set(model.seen) == {((3, 1, 6, 6), dtype, False, False)}  # the images were made outside
    assert LEAST_PASSES <= speed.passes == len(model.seen) - 2
    assert 0 < speed.low <= speed.images_per_second <= speed.high <= 300  # 3 images in at least 10 ms
    assert (speed.batch, speed.side, speed.device, speed.peak_bytes) == (3, 6, "cpu", None)
    assert speed.threads == torch.get_num_threads()


def test_few_passes_are_timed_where_one_takes_long():
    assert time_forward(Slow(), (1, 4, 4), batch=1, seconds=1e-9).passes == LEAST_PASSES


@pytest.mark.parametrize(("option", "said"), [({"batch": 0}, "batch = 0"), ({"seconds": 0.0}, "seconds = 0.0")])
def test_what_cannot_be_timed(option, said):
    with pytest.raises(InputError, match=said):
        time_forward(Slow(), (1, 4, 4), **option)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_tells_its_own_memory():
    model = create_model("residual_masking_slim", num_classes=7)
    speed = time_forward(model, (1, 48, 48), batch=4, seconds=0.1, device="cuda")
    counted = count_costs("residual_masking_slim", num_classes=7, image_shape=(1, 48, 48))
    assert speed.device == "cuda" and speed.peak_bytes >= counted.weight_bytes
