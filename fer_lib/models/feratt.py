"""FERAtt (Marrero Fernández, Guerrero Peña, Ren and Cunha, CVPR Workshops 2019, pp. 837–846, arXiv 1902.03284).

An encoder and a decoder draw where the face is; a shallow network gives features of every pixel; a reconstruction makes
of both an image of the face on an even background; a pre-activation ResNet-18 looks at that image, made smaller. Layers
follow the authors' code (``pedrodiamel/ferattention``, MIT). Its state of December 2018, to which the published tables
belong, and that of 2019 differ: a preset each. Both build a layer of 513,000 parameters that is never used; it is left
out here, and of all counts.
"""

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import require
from .feratt_attention import AttentionDecoder
from .feratt_encoder import Encoder
from .feratt_features import FeatureExtractor
from .feratt_layout import Layout
from .feratt_reconstruction import Reconstruction
from .feratt_start import STARTS, start_as_gate
from .feratt_units import Remap, Units
from .preact_resnet18 import PreActResNet
from .precision import at_least_float32

MODES = ("rep_cls", "cls")


class FERAttOutput(NamedTuple):
    """What FERAtt makes of N images, step by step; all but features and logits never below float32.

    Attributes:
        attention: (N, 1, H, W) before the sigmoid; as many channels as features with ``feratt_2019``.
        features: (N, F, H, W).
        reconstruction: (N, 3, H, W) in the network's units, to be compared with :meth:`FERAtt.target`.
        embedding: z (N, dim), None in mode ``"cls"``.
        logits: (N, num_classes).
    """

    attention: Tensor
    features: Tensor
    reconstruction: Tensor
    embedding: Tensor | None
    logits: Tensor


class FERAtt(nn.Module):
    """The network of any layout; ``feratt_2018``, ``feratt_2019`` and ``feratt_slim`` are registered.

    At one seed both modes start with the same weights in all that they share.

    Args:
        num_classes: number of logits.
        layout: sizes.
        mode: ``"rep_cls"``: logits are a linear function of an embedding z, which a loss of its own can arrange;
            ``"cls"``: of the pooled features.
        dim: values of z.
        out_act: of the reconstruction, ``"hardshrink"`` (2018), ``"norm_relu"`` (2019), or ``"sigmoid"``, which fits
            images in [0, 1] alone.
        remap: the reconstruction is remapped by :class:`~fer_lib.models.feratt_units.Remap` before it is classified.
        normalize: units of image and reconstruction, ``"none"``, ``"cifar10"`` or ``"imagenet"``
            (:class:`~fer_lib.models.feratt_units.Units`).
        final_norm: of :class:`~fer_lib.models.preact_resnet18.PreActResNet`.
        image_size: pixels on a side to which other images are resized; None takes images as they are.
        start: ``"reference"``: all layers as PyTorch draws them; ``"gate"``: the reconstruction starts as
            out(σ(attention) · image) (:func:`~fer_lib.models.feratt_start.start_as_gate`), which needs a layout whose
            reconstruction sees features alone.

    Shapes:
        image: (N, 1 or 3, H, W) float in [-1, 1]; as it is taken, H and W are multiples of the layout's divisor
        returns: (N, num_classes) logits

    Attributes:
        taps: ``"attention"``, ``"features"``, and ``"last"``, the last maps before the pooled features.

    Raises:
        InputError: an option that is not among these, or images of other sizes or channels.
    """

    takes_guidance = False

    def __init__(
        self,
        num_classes: int,
        layout: Layout,
        mode: str,
        dim: int,
        out_act: str,
        remap: bool,
        normalize: str,
        final_norm: bool,
        image_size: int | None,
        start: str = "reference",
    ):
        super().__init__()
        divisor, features = layout.divisor, layout.features or num_classes
        require(mode in MODES, f"mode {mode!r}, expected one of {', '.join(MODES)}")
        require(type(dim) is int and dim >= 1, f"dim is {dim!r}, expected a whole number from 1")
        require(
            image_size is None or (type(image_size) is int and image_size > 0 and image_size % divisor == 0),
            f"image_size is {image_size!r}, expected pixels on a side as a multiple of {divisor}, or None",
        )
        require(
            out_act != "sigmoid" or normalize == "none",
            f"out_act 'sigmoid' with normalize {normalize!r}, expected 'none': a sigmoid gives 0 to 1",
        )
        require(start in STARTS, f"start {start!r}, expected one of {', '.join(STARTS)}")
        self.mode, self.divisor, self.image_size = mode, divisor, image_size
        self.units = Units(normalize)
        self.encoder = Encoder(layout.widths, layout.blocks)
        maps = features if layout.maps_as_features else 1
        self.attention = AttentionDecoder(layout.widths, layout.filters, layout.decoder, maps)
        self.features = FeatureExtractor(features, layout.feature_blocks, layout.kernel)
        self.reconstruction = Reconstruction(features, layout.hidden, layout.maps_as_features, out_act)
        if start == "gate":  # before the classifier is drawn, as modes differ in it alone
            start_as_gate(self.attention, self.features, self.reconstruction)
        self.remap = Remap() if remap else nn.Identity()
        self.representation = PreActResNet(
            num_classes, dim if mode == "rep_cls" else None, final_norm, layout.pool_to, layout.width,
            layout.stage_blocks,
        )  # fmt: skip
        if layout.features is not None:  # else layers all over depend on the classes: there is no head to set apart
            groups = (tuple(f"representation.{name}" for name in group) for group in self.representation.layer_groups)
            self.layer_groups = (*groups, ("reconstruction",), ("features",), ("attention",), ("encoder",))
        last = f"representation.{self.representation.taps['last']}"
        self.taps = {"attention": "attention", "features": "features", "last": last}

    def forward(self, image: Tensor) -> Tensor:
        return self.parts(image).logits

    def parts(self, image: Tensor) -> FERAttOutput:
        """All that is computed on the way to the logits."""
        attention, features, reconstruction = self._drawn(image)
        z = self.representation.embed(self.remap(reconstruction))
        embedding = at_least_float32(z) if self.mode == "rep_cls" else None
        logits = self.representation.head(z)
        return FERAttOutput(at_least_float32(attention), features, reconstruction, embedding, logits)

    def embed(self, image: Tensor) -> Tensor:
        """What the last layer makes logits of: z (N, dim), or in mode ``"cls"`` the pooled features."""
        return self.representation.embed(self.remap(self._drawn(image)[2]))

    def target(self, clean: Tensor, mask: Tensor) -> Tensor:
        """What the reconstruction should be: the face in the network's units, 0 around it.

        Shapes:
            clean: the face without what disturbs it, as `image`
            mask: (N, 1, H, W) float in [0, 1], 1 in the face
            returns: (N, 3, image_size, image_size)
        """
        return self.units(self._sized(clean)) * self._sized(mask)

    def picture(self, reconstruction: Tensor) -> Tensor:
        """(N, 3, H, W) in the network's units → an image in [0, 1]; around the face it has what 0 stands for."""
        return self.units.picture(reconstruction)

    def _drawn(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        seen = self.units(self._sized(image))
        attention, features = self.attention(self.encoder(seen)), self.features(seen)
        return attention, features, self.reconstruction(seen, attention, features)

    def _sized(self, image: Tensor) -> Tensor:
        height, width = image.shape[-2:]
        if self.image_size is None:
            require(
                height % self.divisor == width % self.divisor == 0 and height * width > 0,
                f"an image of {height} × {width} pixels, expected sides that are multiples of {self.divisor}; set "
                "image_size",
            )
            return image
        if height == width == self.image_size:
            return image
        size = (self.image_size, self.image_size)
        return F.interpolate(image, size, mode="bilinear", align_corners=False, antialias=True)
