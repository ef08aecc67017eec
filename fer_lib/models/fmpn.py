"""Facial Motion Prior Networks (Chen, Wang, Chen, Shi and Cai, IEEE VCIP 2019, arXiv 1902.08788).

Three networks in a row: a generator draws where the face moves, a fusion network makes one image of the face and of
the face seen through that mask, a classifier looks at the image. Where the authors' code (``donydchen/FMPN-FER``, MIT)
offers something else in a disabled line, or seems mistaken, an option chooses (specification, §3 and §10).
"""

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, nn

from ..errors import require
from .fmpn_classifier import create_classifier
from .frame import PUBLISHED_SIZE, frame_size, to_colour, to_grey, to_size
from .layer_groups import layer_groups
from .motion_mask_generator import MotionMaskGenerator
from .prior_fusion import PriorFusion
from .registry import register_model

__all__ = ["FMPN", "FMPNOutput", "fmpn_slim", "frame_size"]

MASKS = ("predicted", "given", "none")
PRIORS = ("masked_face", "mask", "signed_masked_face", "only")


class FMPNOutput(NamedTuple):
    """What FMPN makes of N images, step by step; all but the logits never below float32.

    Attributes:
        mask: (N, 1, size, size) in [0, 1], where the face moves; None with ``masks="none"``.
        masked: (N, 1, size, size) in [0, 1], the grey face times the mask; None with ``masks="none"``.
        fused: (N, 3, size, size) in [0, 1], what the classifier looks at.
        logits: (N, num_classes).
    """

    mask: Tensor | None
    masked: Tensor | None
    fused: Tensor
    logits: Tensor


@register_model("fmpn")
class FMPN(nn.Module):
    """27,841,256 parameters with seven classes: generator 6,040,968, fusion 377, Inception-v3 21,799,911.

    At one seed all variants with one classifier start with the same classifier.

    Args:
        num_classes: number of logits.
        classifier: a registered network that takes colour images and no guidance; the published ones are
            ``inception_v3``, ``resnet50``, ``resnet152`` and ``densenet121``.
        classifier_options: its own options, but for those that follow from the options here; its `image_size`, if it
            has one, is that of FMPN where not given.
        image_size: pixels on a side of what all three networks see, 16 or more; None takes images as they are. Other
            images are brought to it by :func:`~fer_lib.models.frame.to_size`.
        masks: ``"predicted"`` by the generator; ``"given"`` with each image; ``"none"``: the classifier alone, on the
            face.
        prior: what is fused with the face, ``"masked_face"`` (published), the ``"mask"`` as it is, or
            ``"signed_masked_face"``, the face in [-1, 1] times the mask, so that mid-grey is what is masked out;
            ``"only"``: the classifier looks at the masked face, nothing is fused. Without masks it means nothing.
        width, blocks, norm: of :class:`~fer_lib.models.motion_mask_generator.MotionMaskGenerator`, if there is one.
        init_gain: of :class:`~fer_lib.models.prior_fusion.PriorFusion`, if there is one; the reference's is 0.02.
        normalize: what the classifier computes on, where it has an option for it: ``"imagenet"``, [0, 1] less
            ImageNet's mean by its standard deviation; ``"none"``, [0, 1]; ``"legacy"``, the reference's remapping of
            [0, 1] as if it had been normalised so (a quirk), which Inception-v3 and GoogLeNet have. Other classifiers
            get [-1, 1].
        weights: of the classifier: None, it starts as it does alone; ``"imagenet"``, only its head is fresh, which
            starts Xavier-normal with gain 0.02 and biases at 0.

    Shapes:
        image: (N, 1 or 3, H, W) float in [-1, 1]
        mask: with ``masks="given"``, (N, 1, H, W) float in [-1, 1]
        returns: (N, num_classes) logits

    Attributes:
        generator, fusion, classifier: the three networks; a variant has only those that it uses.
        takes_guidance: True with ``masks="given"``.
        taps: those of the classifier.

    Raises:
        InputError: an option that is not among these, a classifier that takes no colour image of this size, what the
            classifier raises; a mask where none is wanted, none where one is, or one of another size.
    """

    takes_guidance = False

    def __init__(
        self,
        num_classes: int,
        classifier: str = "inception_v3",
        classifier_options: Mapping | None = None,
        image_size: int | None = PUBLISHED_SIZE,
        masks: str = "predicted",
        prior: str = "masked_face",
        width: int = 64,
        blocks: int = 4,
        norm: str = "batch",
        init_gain: float = 1.0,
        normalize: str = "imagenet",
        weights: str | None = None,
    ):
        super().__init__()
        for option, value, known in (("masks", masks, MASKS), ("prior", prior, PRIORS)):
            require(value in known, f"{option} {value!r}, expected one of {', '.join(known)}")
        require(
            image_size is None or (type(image_size) is int and image_size >= 16),
            f"image_size is {image_size!r}, expected pixels on a side as a whole number from 16, or None",
        )
        self.image_size, self.masks, self.prior = image_size, masks, prior
        self.takes_guidance = masks == "given"
        self.classifier = create_classifier(
            classifier, num_classes, classifier_options or {}, image_size, normalize, weights
        )
        below = ()
        if masks != "none" and prior != "only":
            self.fusion = PriorFusion(init_gain)
            below += (("fusion",),)
        if masks == "predicted":
            self.generator = MotionMaskGenerator(width, blocks, norm)
            below += (("generator",),)
        groups = tuple(tuple(f"classifier.{name}" for name in group) for group in layer_groups(self.classifier))
        self.layer_groups = groups + below
        self.taps = {tap: f"classifier.{name}" for tap, name in self.classifier.taps.items()}

    def forward(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.parts(image, mask).logits

    def parts(self, image: Tensor, mask: Tensor | None = None) -> FMPNOutput:
        """All that is computed on the way to the logits."""
        require(
            (mask is not None) is self.takes_guidance,
            f"{'a' if mask is not None else 'no'} mask beside the images, expected {'one' if mask is None else 'none'} "
            f"with masks={self.masks!r}",
        )
        seen = self._seen(image)
        face = to_colour(seen)
        if self.masks == "none":
            return FMPNOutput(None, None, face, self._classified(face))
        grey = to_grey(seen)
        mask = self.generator(grey)[0] if mask is None else self._given(mask, image)
        masked = mask * grey
        fused = masked.expand(-1, 3, -1, -1) if self.prior == "only" else self.fusion(face, self._prior(mask, masked))
        return FMPNOutput(mask, masked, fused, self._classified(fused))

    def _seen(self, image: Tensor) -> Tensor:
        """At the size of the networks, from [-1, 1] to [0, 1]."""
        return (image if self.image_size is None else to_size(image, self.image_size)) * 0.5 + 0.5

    def _given(self, mask: Tensor, image: Tensor) -> Tensor:
        expected = (len(image), 1, *image.shape[-2:])
        require(mask.shape == expected, f"masks of shape {tuple(mask.shape)}, expected {expected} as the images")
        return self._seen(mask)

    def _prior(self, mask: Tensor, masked: Tensor) -> Tensor:
        if self.prior == "mask":
            return mask
        return masked if self.prior == "masked_face" else 2 * masked - mask  # m · (2g - 1)

    def _classified(self, fused: Tensor) -> Tensor:
        return self.classifier(2 * fused - 1)


@register_model("fmpn_slim")
def fmpn_slim(
    num_classes: int,
    classifier: str = "vgg_compact",
    classifier_options: Mapping | None = None,
    image_size: int | None = 96,
    masks: str = "predicted",
    prior: str = "masked_face",
    width: int = 16,
    blocks: int = 4,
    norm: str = "batch",
    init_gain: float = 1.0,
    normalize: str = "imagenet",
    weights: str | None = None,
) -> FMPN:
    """Not the published network: a slim substitute for CPUs, 545,672 parameters with seven classes.

    A quarter of the published width, 96 × 96 pixels, and ``vgg_compact`` of a quarter of its width, for colour, instead
    of Inception-v3: 294 million multiply–accumulates for a face instead of 43.7 billion. Its results say nothing about
    those of :class:`FMPN`.

    Args:
        classifier_options: for ``vgg_compact`` over ``{"width": 0.25, "channels": 3}``.
        classifier, image_size, masks, prior, width, blocks, norm, init_gain, normalize, weights: as in :class:`FMPN`.
    """
    slim = {"width": 0.25, "channels": 3} if classifier == "vgg_compact" else {}
    return FMPN(
        num_classes, classifier, slim | dict(classifier_options or {}), image_size, masks, prior, width, blocks, norm,
        init_gain, normalize, weights,
    )  # fmt: skip
