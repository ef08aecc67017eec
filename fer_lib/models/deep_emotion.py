"""Deep-Emotion (Minaee, Minaei and Abdolrashidi, Sensors 21(9):3046, 2021; arXiv 1902.01019).

Two branches look at the image side by side: a small CNN without batch norm gives feature maps, a localization
network gives an affine θ. The sampler warps the *feature maps*, two linear layers classify what it finds. That is
the paper's figure; where figure and text differ or say nothing, an option chooses (specification, §1.2).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from .guided_stn import IDENTITY, affine_theta, resample
from .precision import at_least_float32
from .registry import register_model

WARPS = ("features", "input", "none")
#: Padding of both convolutions and sizes of the two pools: three ways from 48 × 48 to the figure's 10 · 3 · 3 = 90.
LOCALIZERS = {"same_4_4": (1, 4, 4), "valid_4_3": (0, 4, 3), "adaptive3": (0, 2, 7)}
THETA_INITS = ("identity", "gaussian")
#: What is added to an image in [-1, 1], and what it is multiplied with then.
SCALES = {"symmetric": (0.0, 1.0), "unit": (1.0, 0.5), "none": (1.0, 127.5)}


@register_model("deep_emotion")
class DeepEmotion(nn.Module):
    """47,657 parameters with seven classes; 43,737 with ``warp="none"``.

    Weights start from N(0, 0.05²), biases at 0. At one seed all variants start with the same classifier.

    Args:
        num_classes: number of logits.
        warp: what θ acts on: ``"features"``, the 9 × 9 maps after dropout (figure); ``"input"``, the image (text);
            ``"none"``, nothing: there is no localization network and θ is the identity.
        loc_mode: how the localization network arrives at 90 values: ``"same_4_4"``, convolutions that keep the size
            and pools of 4; ``"valid_4_3"``, convolutions without padding and pools of 4 and 3; ``"adaptive3"``,
            without padding, a pool of 2 as in the feature branch, then one that leaves 3 × 3 (of 21 × 21: 7).
        fc_relu: ReLU between the two last linear layers, which the figure does not draw.
        dropout: probability of dropping a feature, 0 … 1, 1 excluded.
        theta_init: ``"identity"``: the last localization layer has weights 0, so that θ starts as the identity;
            ``"gaussian"``: weights as everywhere, so that θ starts around it. Its bias is the identity in both: with
            bias 0 as in other layers θ would start near 0, which shows every position the centre of the picture.
        scale: what the network computes on: ``"symmetric"`` [-1, 1], ``"unit"`` [0, 1], ``"none"`` [0, 255] (quirk
            D2). A warp of the input fills the outside with 0 of that scale.
        align_corners: of grid and sampler alike.

    Shapes:
        image: (N, 1, 48, 48) float in [-1, 1]
        returns: (N, num_classes) logits

    Attributes:
        penalised: names of the layers whose weights the paper's L2 penalty acts on, λ · Σ w² added to the loss. The
            convolutions and the localization network are free of it.
        taps, tap_margin: as in :class:`~fer_lib.models.simple_cnn.SimpleCNN`.

    Raises:
        InputError: an option that is not among these.
    """

    takes_guidance = False
    penalised = ("fc1", "fc2")
    layer_groups = (("fc2",), ("fc1",), ("conv4", "conv3"), ("conv2", "conv1"), ("fc_loc", "localization"))
    taps = {"last": "dropout"}  # when scoring it passes on the 9 × 9 maps as they are, not yet warped
    tap_margin = 6

    def __init__(
        self,
        num_classes: int,
        warp: str = "features",
        loc_mode: str = "same_4_4",
        fc_relu: bool = True,
        dropout: float = 0.5,
        theta_init: str = "identity",
        scale: str = "symmetric",
        align_corners: bool = False,
    ):
        super().__init__()
        for option, value, known in (
            ("warp", warp, WARPS),
            ("loc_mode", loc_mode, LOCALIZERS),
            ("theta_init", theta_init, THETA_INITS),
            ("scale", scale, SCALES),
        ):
            require(value in known, f"{option} {value!r}, expected one of {', '.join(known)}")
        require(0 <= dropout < 1, f"dropout = {dropout}, expected 0 … 1, 1 excluded")
        self.warped, self.fc_relu, self.scale, self.align_corners = warp, fc_relu, scale, align_corners
        self.conv1 = gaussian(nn.Conv2d(1, 10, kernel_size=3))
        self.conv2 = gaussian(nn.Conv2d(10, 10, kernel_size=3))
        self.conv3 = gaussian(nn.Conv2d(10, 10, kernel_size=3))
        self.conv4 = gaussian(nn.Conv2d(10, 10, kernel_size=3))
        self.dropout = nn.Dropout(dropout)
        self.fc1 = gaussian(nn.Linear(10 * 9 * 9, 50))
        self.fc2 = gaussian(nn.Linear(50, num_classes))
        if warp == "none":
            self.layer_groups = self.layer_groups[:-1]
            return
        padding, first, second = LOCALIZERS[loc_mode]
        self.localization = nn.Sequential(
            gaussian(nn.Conv2d(1, 8, kernel_size=3, padding=padding)), nn.MaxPool2d(first), nn.ReLU(),
            gaussian(nn.Conv2d(8, 10, kernel_size=3, padding=padding)), nn.MaxPool2d(second), nn.ReLU(),
        )  # fmt: skip
        self.fc_loc = nn.Sequential(gaussian(nn.Linear(10 * 3 * 3, 32)), nn.ReLU(), gaussian(nn.Linear(32, 6)))
        self.fc_loc[2].bias.data = torch.tensor(IDENTITY)
        if theta_init == "identity":
            nn.init.zeros_(self.fc_loc[2].weight)

    def theta(self, image: Tensor) -> Tensor:
        """Affine parameters (N, 2, 3) in normalised coordinates, never below float32."""
        return self._theta(self._scaled(image))

    def features(self, image: Tensor) -> Tensor:
        """Feature maps (N, 10, 9, 9) of `image`, before dropout; nothing is warped."""
        return self._features(self._scaled(image))

    def warp(self, values: Tensor, theta: Tensor) -> Tensor:
        """Images or feature maps (N, C, H, W) resampled bilinearly under `theta`, with zeros outside."""
        return resample(values, theta, align_corners=self.align_corners)

    def forward(self, image: Tensor) -> Tensor:
        pixels = self._scaled(image)
        if self.warped == "input":
            x = self.dropout(self._features(self.warp(pixels, self._theta(pixels))))
        else:
            x = self.dropout(self._features(pixels))
        if self.warped == "features":
            x = self.warp(x, self._theta(pixels))
        x = self.fc1(x.flatten(1))
        return self.fc2(F.relu(x) if self.fc_relu else x)

    def _scaled(self, image: Tensor) -> Tensor:
        shift, factor = SCALES[self.scale]
        return (image + shift) * factor

    def _theta(self, pixels: Tensor) -> Tensor:
        if self.warped == "none":
            return at_least_float32(pixels.new_tensor(IDENTITY)).view(1, 2, 3).expand(len(pixels), -1, -1)
        return affine_theta(self.localization(pixels), self.fc_loc)

    def _features(self, pixels: Tensor) -> Tensor:
        x = F.relu(self.conv1(pixels))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.conv3(x))
        return F.relu(F.max_pool2d(self.conv4(x), 2))


def gaussian(layer: nn.Conv2d | nn.Linear) -> nn.Conv2d | nn.Linear:
    """`layer` with weights drawn from N(0, 0.05²) and biases 0."""
    nn.init.normal_(layer.weight, std=0.05)
    nn.init.zeros_(layer.bias)
    return layer
