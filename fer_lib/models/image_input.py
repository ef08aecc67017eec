"""What stands in front of networks made for ImageNet: this study's images at the size, channels and scale they know."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require

NORMALIZATIONS = ("none", "imagenet")
#: Of red, green and blue in [0, 1] over ImageNet's training images, as torchvision's weights expect them.
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class ImageInput(nn.Module):
    """Images of this study as a network for colour photographs takes them; it has no parameters and no state.

    The image is resized bilinearly, without smoothing before and with pixel centres at halves (as ``cv2.resize``
    does, but on numbers that are not rounded to 8 bits), grey is repeated as red, green and blue, and the scale
    changes.

    Args:
        image_size: pixels on each side of what the network gets; None keeps the image's own size.
        normalize: ``"none"``: [0, 1], on which residual masking and the networks it is compared with are trained
            (a quirk: ImageNet weights expect the other); ``"imagenet"``: less the mean of ImageNet, by its standard
            deviation, channel by channel.

    Shapes:
        image: (N, 1 or 3, H, W) float in [-1, 1]
        returns: (N, 3, image_size, image_size)

    Raises:
        InputError: an option that is not among these, or an image of two or more than three channels.
    """

    def __init__(self, image_size: int | None = 224, normalize: str = "none"):
        super().__init__()
        whole = isinstance(image_size, int) and not isinstance(image_size, bool)
        require(
            image_size is None or (whole and image_size >= 1),
            f"image_size is {image_size!r}, expected pixels on a side as a whole number from 1, or None",
        )
        require(normalize in NORMALIZATIONS, f"normalize {normalize!r}, expected one of {', '.join(NORMALIZATIONS)}")
        self.image_size, self.normalize = image_size, normalize
        if normalize == "imagenet":
            mean, std = (torch.tensor(values).view(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
            # (x + 1) / 2 less mean, by std, as one product and one sum; not persistent, or checkpoints would not fit
            self.register_buffer("factor", 0.5 / std, persistent=False)
            self.register_buffer("shift", (0.5 - mean) / std, persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        channels, size = image.shape[-3], (self.image_size, self.image_size)
        require(channels in (1, 3), f"an image of {channels} channels, expected 1 (grey) or 3 (colour)")
        if self.image_size is not None and image.shape[-2:] != size:
            image = F.interpolate(image, size, mode="bilinear", align_corners=False, antialias=False)
        image = image.expand(-1, 3, -1, -1)  # after resizing, which costs a third of it then
        return image * self.factor + self.shift if self.normalize == "imagenet" else image * 0.5 + 0.5
