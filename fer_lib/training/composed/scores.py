"""How a network answers to fixed compositions, and where it looks."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...models.precision import at_least_float32
from ..device import half_precision
from .part import Part


@dataclass(frozen=True)
class ComposedScores:
    """Of n compositions, on the device; the last three are None for networks without attention.

    Attributes:
        faces: int64 (n,), which face of the part is in it.
        logits: (n, K), never below float32.
        coverage: (n,) share of the canvas that is face.
        mass: (n,) share of the attention map, after the sigmoid and averaged over its channels, that lies in the face.
        error: (n,) mean squared error of the reconstruction to its target, in the network's units.
        input_error: (n,) that of the composition itself.
    """

    faces: Tensor
    logits: Tensor
    coverage: Tensor
    mass: Tensor | None
    error: Tensor | None
    input_error: Tensor | None


@torch.inference_mode()
def composed_scores(model: nn.Module, part: Part, per_face: int, seed: int, dtype: torch.dtype) -> ComposedScores:
    """Score the fixed compositions of a part (:meth:`~fer_lib.training.composed.part.Part.fixed`), in evaluation
    mode."""
    model.eval()
    attends = hasattr(model, "parts")
    own = next(model.parameters()).dtype
    chunks = []
    for faces, composed in part.fixed(per_face, seed):
        image = (2 * composed.image - 1).to(own)
        with half_precision(part.device, dtype):
            found = model.parts(image) if attends else model(image)
        logits = at_least_float32(found.logits if attends else found)
        chunk = [faces, logits, composed.mask.mean((1, 2, 3))]
        if attends:
            mask = composed.mask.to(own)
            target = model.target((2 * composed.target - 1).to(own), mask)
            seen = model.target(image, torch.ones_like(mask))  # the composition in the network's units and size
            chunk += [attention_mass(found.attention, mask)]
            chunk += [(values.to(own) - target).square().mean((1, 2, 3)) for values in (found.reconstruction, seen)]
        chunks.append(chunk)
    columns = [torch.cat(column) for column in zip(*chunks, strict=True)]
    return ComposedScores(*columns, *([None] * (6 - len(columns))))


def attention_mass(attention: Tensor, mask: Tensor) -> Tensor:
    """(N,) share of σ(attention) inside the mask, from 0 to 1; an even map has the share of the canvas that is face,
    and a map that is 0 everywhere has 0.

    Args:
        attention: (N, C, H, W) before the sigmoid; channels are averaged.
        mask: (N, 1, S, S) in [0, 1], brought to the map's size.
    """
    weights = torch.sigmoid(at_least_float32(attention)).mean(1, keepdim=True)
    if mask.shape[-2:] != weights.shape[-2:]:
        mask = F.interpolate(mask, weights.shape[-2:], mode="bilinear", align_corners=False, antialias=True)
    whole = weights.sum((1, 2, 3))
    return (weights * mask).sum((1, 2, 3)) / whole.clamp(min=torch.finfo(whole.dtype).tiny)
