"""The small classifier shared by every variant of the guided spatial transformer study.

Layers after the public reference code of Luna-Jiménez et al., Applied Sciences 11(16):7217, 2021,
itself derived from Deep-Emotion (Minaee et al., arXiv 1902.01019).
"""

import torch.nn.functional as F
from torch import Tensor, nn

from .registry import register_model


@register_model("simple_cnn")
class SimpleCNN(nn.Module):
    """43,553 parameters with three classes, 43,757 with seven.

    Args:
        num_classes: number of logits.

    Shapes:
        image: (N, 1, 48, 48) float in [-1, 1]
        returns: (N, num_classes) logits

    Attributes:
        taps: ``"last"``: where Grad-CAM looks, a module by name.
        tap_margin: pixels on each side of the image on which no position of that tap is centred, as convolutions do
            not pad.
    """

    takes_guidance = False
    layer_groups = (("fc2",), ("fc1",), ("conv4", "norm", "conv3"), ("conv2", "conv1"))
    taps = {"last": "dropout"}  # when scoring it passes on the 9 × 9 maps as they are
    tap_margin = 6

    def __init__(self, num_classes: int):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=3)
        self.conv2 = nn.Conv2d(10, 10, kernel_size=3)
        self.conv3 = nn.Conv2d(10, 10, kernel_size=3)
        self.conv4 = nn.Conv2d(10, 10, kernel_size=3)
        self.norm = nn.BatchNorm2d(10)
        self.dropout = nn.Dropout(0.5)  # element-wise, as in the reference
        self.fc1 = nn.Linear(10 * 9 * 9, 50)
        self.fc2 = nn.Linear(50, num_classes)

    def forward(self, image: Tensor) -> Tensor:
        x = F.relu(self.conv1(image))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.conv3(x))
        x = F.relu(F.max_pool2d(self.norm(self.conv4(x)), 2))
        x = F.relu(self.fc1(self.dropout(x).flatten(1)))
        return self.fc2(x)
