"""What networks cost: counted with tensors that hold no values, and timed where they run."""

from dataclasses import dataclass
from itertools import chain
from time import perf_counter

import numpy as np
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from ..errors import require
from .live_memory import LiveMemory
from .registry import create_model

#: Passes that are timed, however long they take.
LEAST_PASSES = 5


@dataclass(frozen=True)
class Costs:
    """Of a network and its forward pass in evaluation mode, in float32, without gradients.

    Attributes:
        parameters: learnable numbers, each counted once.
        macs: multiply–accumulates of one image, as :func:`~fer_lib.models.cost.forward_macs` counts them.
        weight_bytes: parameters and buffers.
        activation_bytes: the most that tensors other than these hold at once for one image, the image included
            (:class:`~fer_lib.models.live_memory.LiveMemory`); a batch of n images holds n times as much.
    """

    parameters: int
    macs: int
    weight_bytes: int
    activation_bytes: int


@dataclass(frozen=True)
class Speed:
    """Of forward passes in evaluation mode.

    Attributes:
        images_per_second: median over `passes`; low, high: by their quartiles.
        batch, side: images of a pass, and their height in pixels as they enter the network.
        peak_bytes: the most that the CUDA allocator has held for network and pass together, with the workspaces of
            its operations; None elsewhere, where torch does not count it.
        device, threads: "cuda" or "cpu", and how many cores took part where it is the CPU.
    """

    images_per_second: float
    low: float
    high: float
    passes: int
    batch: int
    side: int
    peak_bytes: int | None
    device: str
    threads: int


def count_costs(name: str, *, num_classes: int, image_shape: tuple[int, ...], **options) -> Costs:
    """Costs of a registered network, freshly built; nothing is computed and no weights are read.

    Args:
        name: registered model; `options` are its own.
        image_shape: of one image, (C, H, W). A guided network sees the image as its own guidance.

    Raises:
        InputError: unknown model or option.
    """
    options.pop("weights", None)  # they cost nothing, and tensors without values cannot hold them
    try:
        with torch.device("meta"):
            return _counted(name, num_classes, image_shape, options)
    except RuntimeError:  # autocast, which spatial transformers switch off, does not know tensors of this device
        with FakeTensorMode():  # takes three times as long
            return _counted(name, num_classes, image_shape, options)


@torch.no_grad()
def _counted(name: str, num_classes: int, image_shape: tuple[int, ...], options: dict) -> Costs:
    model = create_model(name, num_classes=num_classes, **options).eval()
    image = torch.empty(1, *image_shape)
    own = list(chain(model.parameters(), model.buffers()))
    # a pass each: what both count by, dispatch modes, would see each other's operations
    with LiveMemory(own) as live:
        model(image)
    with FlopCounterMode(display=False) as counter:
        model(image)
    return Costs(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        macs=counter.get_total_flops() // 2,
        weight_bytes=sum(tensor.nbytes for tensor in own),
        activation_bytes=live.peak + image.nbytes,
    )


def time_forward(
    model: nn.Module,
    image_shape: tuple[int, ...],
    *,
    batch: int = 32,
    seconds: float = 1.0,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Speed:
    """Forward passes of random images, one after another for `seconds` (five at least) after two that warm up, each
    timed until the device has finished it.

    The model is put into evaluation mode and stays on `device`, in channels_last order, as in training.

    Args:
        image_shape: of one image, (C, H, W).
        dtype: bfloat16 by autocast, or float32.

    Raises:
        InputError: `batch` below 1 or `seconds` not above 0.
    """
    require(batch >= 1, f"batch = {batch}, expected at least 1")
    require(seconds > 0, f"seconds = {seconds}, expected a positive number")
    device, threads = torch.device(device), torch.get_num_threads()
    cuda = device.type == "cuda"
    before = torch.cuda.memory_allocated(device) if cuda else 0
    model = model.eval().to(device, memory_format=torch.channels_last)
    images = torch.rand(batch, *image_shape).mul_(2).sub_(1).to(device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def forward():
        with torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
            return model(images)

    def seconds_of_a_pass() -> float:
        started = perf_counter()
        forward()
        if cuda:
            torch.cuda.synchronize(device)
        return perf_counter() - started

    for _ in range(2):  # kernels are chosen, and memory is taken
        seconds_of_a_pass()
    if cuda:
        torch.cuda.reset_peak_memory_stats(device)
    times, started = [], perf_counter()
    while len(times) < LEAST_PASSES or perf_counter() - started < seconds:
        times.append(seconds_of_a_pass())
    peak = torch.cuda.max_memory_allocated(device) - before if cuda else None
    slow, middle, fast = np.quantile(times, [0.75, 0.5, 0.25])
    return Speed(
        batch / middle, batch / slow, batch / fast, len(times), batch, image_shape[-2], peak, device.type,
        threads if device.type == "cpu" else 1,
    )  # fmt: skip
