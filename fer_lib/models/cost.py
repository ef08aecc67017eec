"""What a forward pass of a registered network costs, counted without computing it."""

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from .registry import create_model


def forward_macs(name: str, *, num_classes: int, image_shape: tuple[int, ...], **options) -> int:
    """Multiply–accumulate operations of one image's forward pass in evaluation mode.

    Counts what torch's ``FlopCounterMode`` knows, convolutions and matrix products (its FLOPs / 2): pooling,
    normalisation, activations and resampling are not in it. Tensors are fake, so neither the time nor the memory
    that the network takes is spent.

    Args:
        name: registered model; `options` are its own.
        image_shape: of one image, (C, H, W). A guided network sees the image as its own guidance.

    Raises:
        InputError: unknown model or option.
    """
    options.pop("weights", None)  # they cost nothing, and a file of them could not be read into fake tensors
    with FakeTensorMode(), torch.no_grad():
        model = create_model(name, num_classes=num_classes, **options).eval()
        with FlopCounterMode(display=False) as counter:
            model(torch.zeros(1, *image_shape))
    return counter.get_total_flops() // 2
