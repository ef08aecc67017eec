"""MSI-Net's encoder from VGG16 trained on ImageNet: where training on fixations starts."""

import torch
from torch import Tensor

from ..errors import require
from .msinet import MEANS, MSINet

#: Places of VGG16's convolutions in torchvision's ``features``, in the order of the encoder's.
FEATURES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)
#: What torchvision's weights expect of photographs in 0…1.
IMAGENET_MEANS, IMAGENET_DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def start_encoder(model: MSINet, state: dict[str, Tensor], normalised: bool = True) -> None:
    """Fill the 13 convolutions of the encoder; the other layers stay as they are and need training.

    Args:
        state: of a VGG16 under torchvision's names, ``features.0.weight`` …; what else it holds is passed over.
        normalised: the weights expect red, green and blue divided by 255, less ImageNet's means, by its deviations,
            as torchvision's do. The first layer is rewritten to give the same from the encoder's input; at the
            outermost pixels it differs, as their surroundings are 0 before or after the change. False: they expect
            0…255 less means, as Caffe's do.

    Raises:
        InputError: a tensor is missing or of another shape.
    """
    layers = list(model.encoder.children())
    with torch.no_grad():
        for place, layer in zip(FEATURES, layers, strict=True):
            for kind, parameter in layer.named_parameters():
                name = f"features.{place}.{kind}"
                require(name in state, f"no tensor {name}, expected the weights of a VGG16")
                require(
                    state[name].shape == parameter.shape,
                    f"{name} is {tuple(state[name].shape)}, expected {tuple(parameter.shape)} as in VGG16",
                )
                parameter.copy_(state[name])
        if normalised:
            first = layers[0]
            means, imagenet_means, deviations = (
                first.weight.new_tensor(values).view(3, 1, 1) for values in (MEANS, IMAGENET_MEANS, IMAGENET_DEVIATIONS)
            )
            first.bias += (first.weight * (means / 255 - imagenet_means) / deviations).sum((1, 2, 3))
            first.weight /= 255 * deviations
