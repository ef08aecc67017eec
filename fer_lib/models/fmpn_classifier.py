"""The registered network that classifies what FMPN makes of a face."""

from collections.abc import Mapping
from inspect import signature

import torch
from torch import nn

from ..errors import InputError, require
from .frame import PUBLISHED_SIZE
from .layer_groups import layer_groups
from .motion_mask_generator import GAIN, initialize
from .pretrained import require_weights
from .registry import MODELS, create_model

NORMALIZE = ("imagenet", "none", "legacy")
#: Options of the classifier that FMPN has itself, or that follow from its own.
DERIVED = ("normalize", "num_classes", "transform_input", "weights")


def create_classifier(
    name: str, num_classes: int, given: Mapping, image_size: int | None, normalize: str, weights: str | None
) -> nn.Module:
    """The registered network `name` for colour images in [-1, 1].

    Args:
        given: options of its own.
        image_size, normalize, weights: of :class:`~fer_lib.models.fmpn.FMPN`, where the network has them.

    Raises:
        InputError: an option that is not FMPN's, one in `given` that follows from FMPN's, a network that looks at
            guidance or takes no colour images of this size, and what the network raises.
    """
    require(normalize in NORMALIZE, f"normalize {normalize!r}, expected one of {', '.join(NORMALIZE)}")
    require_weights(weights)
    taken = sorted(set(DERIVED) & set(given))
    require(not taken, f"classifier_options give {', '.join(taken)}, expected none that follow from options of fmpn")
    known = signature(MODELS[name]).parameters
    options = ({"image_size": image_size} if "image_size" in known else {}) | dict(given)
    if weights is not None:
        options["weights"] = weights  # create_model tells where the network has none
    if normalize == "legacy":
        require(
            "transform_input" in known,
            f"normalize 'legacy' with classifier {name!r}, expected inception_v3 or googlenet",
        )
        options |= {"normalize": "none", "transform_input": True}
    elif "normalize" in known:
        options["normalize"] = normalize
    _require_colour(name, options, image_size or PUBLISHED_SIZE)
    classifier = create_model(name, num_classes=num_classes, **options)
    if weights == "imagenet":
        for fresh in layer_groups(classifier)[0]:
            initialize(classifier.get_submodule(fresh), GAIN)
    return classifier


def _require_colour(name: str, options: dict[str, object], size: int) -> None:
    """Raise InputError unless the network gives logits for colour images; tried out without values."""
    with torch.device("meta"), torch.no_grad():
        network = create_model(name, num_classes=2, **options).eval()
        require(
            not network.takes_guidance, f"classifier {name!r} looks at guidance, expected one that sees images alone"
        )
        try:
            network(torch.zeros(1, 3, size, size))
        except RuntimeError:
            raise InputError(
                f"classifier {name!r} takes no colour images of {size} × {size} pixels, expected one that does, as the "
                "backbones do, and vgg_compact with channels=3"
            ) from None
