"""The reconstruction of FERAtt: an image of the face alone, out of the features that attention lets through."""

import torch
from torch import Tensor, nn

from ..errors import require
from .precision import at_least_float32

#: Outputs by name. Those of the reference: values within 0.01 of 0 become 0, which is what lies around a face (2018);
#: batch norm and ReLU, which start with about half of all values at 0 (2019, a quirk).
OUT_ACTS = {
    "hardshrink": lambda: nn.Hardshrink(0.01),
    "norm_relu": lambda: nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()),
    "sigmoid": nn.Sigmoid,
}


class Reconstruction(nn.Module):
    """Two convolutions and an output.

    Args:
        features: channels of the features, and those of the attention map too where they are joined.
        hidden: channels between the convolutions.
        joined: image and attention map, as it is before the sigmoid, go in beside the features (2019); `attention`
            then has as many channels as the features.
        out_act: one of :data:`OUT_ACTS`.

    Shapes:
        image: (N, 3, H, W)
        attention: (N, 1 or features, H, W), before the sigmoid
        features: (N, features, H, W)
        returns: (N, 3, H, W), never below float32

    Raises:
        InputError: another `out_act`.
    """

    def __init__(self, features: int, hidden: int, joined: bool, out_act: str):
        super().__init__()
        require(out_act in OUT_ACTS, f"out_act {out_act!r}, expected one of {', '.join(OUT_ACTS)}")
        self.joined = joined
        inputs = 2 * features + 3 if joined else features
        self.convs = nn.Sequential(
            nn.Conv2d(inputs, hidden, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(hidden, 3, kernel_size=1),
        )  # fmt: skip
        self.out = OUT_ACTS[out_act]()

    def forward(self, image: Tensor, attention: Tensor, features: Tensor) -> Tensor:
        attended = torch.sigmoid(attention) * features
        x = torch.cat([attended, image, attention], 1) if self.joined else attended
        return self.out(at_least_float32(self.convs(x)))
