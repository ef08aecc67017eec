"""Grey values and CIE L*: what is stretched, and a face that becomes as light as what is behind it.

A grey pixel of sRGB has a* = b* = 0 in CIE Lab and stays grey when its L* changes, so L* alone is computed.
"""

import torch
from torch import Tensor

FACTOR = (0.5, 1.5)  # least and largest change of L*
BOUNDS = (10.0, 90.0)  # of the L* of a changed face


def lightness(grey: Tensor) -> Tensor:
    """sRGB grey in [0, 1] → CIE L* in [0, 100] (D65)."""
    root = ((grey + 0.055) / 1.055) ** 0.8  # the cube root of linear light, as 0.8 = 2.4 / 3
    linear = torch.where(grey > 0.04045, root**3, grey / 12.92)
    return torch.where(linear > (6 / 29) ** 3, 116 * root - 16, linear * (29 / 3) ** 3)


def grey_of(lightness: Tensor) -> Tensor:
    """CIE L* in [8, 100] → sRGB grey in [0, 1]; below 8 the scale is another one, which nobody needs here."""
    return 1.055 * ((lightness + 16) / 116) ** 1.25 - 0.055


def matched(face: Tensor, mask: Tensor, background: Tensor, where: str) -> Tensor:
    """`face` with its L* multiplied by the ratio of the means of background and face, within :data:`FACTOR`, then cut
    to :data:`BOUNDS`.

    Args:
        face, mask, background: (N, 1, H, W); grey in [0, 1], the mask bool.
        where: the means' area: ``"face"``, the mask; ``"canvas"``, everything, the face on black; ``"none"`` returns
            `face` itself.
    """
    if where == "none":
        return face
    own, behind = lightness(face), lightness(background)
    # both means have the same number of pixels, so sums do
    own_sum = torch.where(mask, own, 0).sum((2, 3), keepdim=True)
    behind_sum = (torch.where(mask, behind, 0) if where == "face" else behind).sum((2, 3), keepdim=True)
    factor = (behind_sum / own_sum.clamp(min=1e-6)).clamp(*FACTOR)
    return grey_of((own * factor).clamp(*BOUNDS))


def stretched(grey: Tensor, how: str, mask: Tensor | None = None) -> Tensor:
    """Each image's grey values stretched, after :class:`~fer_lib.training.compositions.recipe.Recipe`.

    Args:
        grey: float (N, 1, H, W) in [0, 1].
        mask: bool, same shape: least and largest value are those inside, and what is outside is clipped; None
            means everywhere.
        how: ``"range"``, ``"max"`` or ``"none"``. An image of one value stays as it is with ``"range"``.
    """
    if how == "none":
        return grey
    inside = torch.ones_like(grey, dtype=torch.bool) if mask is None else mask
    least = torch.where(inside, grey, 1).amin((2, 3), keepdim=True)
    most = torch.where(inside, grey, 0).amax((2, 3), keepdim=True)
    if how == "max":
        return ((grey - least) / most.clamp(min=1e-6)).clamp(0, 1)
    return torch.where(most > least, (grey - least) / (most - least).clamp(min=1e-6), grey).clamp(0, 1)
