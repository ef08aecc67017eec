"""The network that most public Deep-Emotion code trains (repository ``omarsayed7/Deep-Emotion`` and its copies).

It differs from the paper's figure (:mod:`fer_lib.models.deep_emotion`): localization network and classifier stand one
behind the other, θ warps the image, kernels of the localization network are larger, and there is one batch norm.
The guided spatial transformer was built on it, so it is that network looking at its own image.
"""

from torch import Tensor

from .guided_stn import GuidedSTN
from .registry import register_model


@register_model("deep_emotion_port")
class DeepEmotionPort(GuidedSTN):
    """66,877 parameters with seven classes, initialised by torch's defaults but for θ, which starts as the identity.

    Dropout is off when scoring; the port leaves it on (quirk D1), as does training with ``dropout_eval``.

    Args:
        num_classes: number of logits.

    Shapes:
        image: (N, 1, 48, 48) float in [-1, 1]
        returns: (N, num_classes) logits

    Attributes:
        penalised: layers on which an L2 penalty acts where one is asked for, as in
            :class:`~fer_lib.models.deep_emotion.DeepEmotion`; the port has none.
    """

    takes_guidance = False
    penalised = ("classifier.fc1", "classifier.fc2")

    def __init__(self, num_classes: int):
        super().__init__(num_classes)

    def forward(self, image: Tensor) -> Tensor:
        return super().forward(image)
