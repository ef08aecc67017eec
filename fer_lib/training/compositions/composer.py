"""Compositions, made batch by batch where the network is."""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...errors import InputError, require
from ...models.guided_stn import resample
from ..augmentation import augmentation_generator
from .light import matched, stretched
from .masks import cleaned
from .placement import Placement, draw_placement
from .recipe import Recipe, resolve_recipe

CHUNK = 64  # faces prepared, or fixed compositions made, at a time: a processor is slower with more


class Composed(NamedTuple):
    """Attributes:
    image: float32 (B, 1, S, S) in [0, 1], the face over its background.
    target: same shape, the face in its own light on black.
    mask: same shape, 1 where the face is and 0 elsewhere.
    theta: float32 (B, 2, 3), see :class:`~fer_lib.training.compositions.placement.Placement`.
    """

    image: Tensor
    target: Tensor
    mask: Tensor
    theta: Tensor


class Compositions:
    """Faces over backgrounds (FERAtt; Marrero Fernández et al., CVPR Workshops 2019; specification, §3).

    One resampling does what the public code does in three to four: θ joins size, mirroring, rotation, translation
    and warp, and face and mask are sampled together, bilinearly; the mask is where at least half is face. Masks are
    cleaned, and faces stretched, once before and not in every composition, in a window that is as large beside the face
    as the public code's: the rim that this takes off a mask keeps out of the composition what surrounded the face.

    Args:
        faces: uint8 (N, H, H), a face in each.
        masks: uint8 (N, H, H), above 127 where the face is.
        backgrounds: uint8 (M, B, B), B at least the compositions' side; a window of each is seen, drawn at random.
        preset: one of :data:`~fer_lib.training.compositions.recipe.PRESETS`, or a recipe.
        device: where all of it lives and compositions are made.
        changes: fields of :class:`~fer_lib.training.compositions.recipe.Recipe` that differ from it.

    Attributes:
        recipe: what holds.
        squares: uint8 (N, 2, h, h), faces and masks (0 or 255) as they are sampled: reduced, where they are larger
            than in any composition, so that no pixel is skipped.

    Raises:
        InputError: arrays that do not belong together; a mask in which no face is left; see
            :func:`~fer_lib.training.compositions.recipe.resolve_recipe`.
    """

    def __init__(
        self,
        faces: np.ndarray | Tensor,
        masks: np.ndarray | Tensor,
        backgrounds: np.ndarray | Tensor,
        preset: str | Recipe = "2019",
        *,
        device: torch.device | str = "cpu",
        **changes,
    ):
        self.recipe, self.device = resolve_recipe(preset, **changes), torch.device(device)
        faces, masks, backgrounds = map(_tensor, (faces, masks, backgrounds))
        _require_fitting(faces, masks, backgrounds, self.recipe.size)
        self.backgrounds = backgrounds.to(self.device)
        chunks = zip(faces.split(CHUNK), masks.split(CHUNK), strict=True)
        self.squares = torch.cat([_squares(f.to(self.device), m.to(self.device), self.recipe) for f, m in chunks])
        empty = torch.nonzero((self.squares[:, 1] == 0).flatten(1).all(1)).flatten().tolist()
        for row in empty[:1]:
            raise InputError(
                f"compositions: {len(empty)} of {len(self)} faces have nothing left of their masks, the first in row "
                f"{row}, expected faces of at least a few pixels"
            )

    def __len__(self) -> int:
        return len(self.squares)

    def draw(self, count: int, generator: torch.Generator | None = None) -> Placement:
        """Placements of `count` compositions, on the CPU; an epoch's are drawn at once and used batch by batch."""
        return draw_placement(self.recipe, count, len(self.backgrounds), generator)

    def compose(self, index: Tensor, source: int | torch.Generator | Placement) -> Composed:
        """Compositions of the faces at `index`.

        Args:
            index: int64 (B,), a face may occur several times.
            source: B placements, or the generator or seed (a stream of its own, as that of augmentation) to draw
                them from.
        """
        if not isinstance(source, Placement):
            generator = augmentation_generator(source) if isinstance(source, int | np.integer) else source
            source = self.draw(len(index), generator)
        require(len(source.theta) == len(index), f"{len(source.theta)} placements, expected {len(index)} as of faces")
        place = source.to(self.device)
        sampled = resample(self.squares[index.to(self.device)] / 255, place.theta, size=(self.recipe.size,) * 2)
        face, mask = sampled[:, :1], sampled[:, 1:] >= 0.5
        behind = stretched(self._behind(place), self.recipe.stretch)
        lit = matched(face, mask, behind, self.recipe.light)
        return Composed(torch.where(mask, lit, behind), torch.where(mask, face, 0), mask.float(), place.theta)

    def fixed(self, index: Tensor, seed: int) -> Composed:
        """Compositions that are the same at every call, for validation and tests: all in memory at once, 4 · 3 · S²
        bytes each."""
        generator = augmentation_generator(seed)
        placement = self.draw(len(index), generator)
        parts = [
            self.compose(index[k : k + CHUNK], placement.of(k, CHUNK)) for k in range(0, max(len(index), 1), CHUNK)
        ]
        return Composed(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _behind(self, place: Placement) -> Tensor:
        """float32 (B, 1, S, S) in [0, 1]: the windows of the backgrounds, in whole pixels."""
        size = self.recipe.size
        room = torch.tensor(self.backgrounds.shape[1:], device=self.device) - size + 1
        start = (place.window * room).long()
        steps = torch.arange(size, device=self.device)
        rows, columns = start[:, :1] + steps, start[:, 1:] + steps
        seen = self.backgrounds[place.background[:, None, None], rows[:, :, None], columns[:, None, :]]
        return seen.unsqueeze(1) / 255


def _squares(faces: Tensor, masks: Tensor, recipe: Recipe) -> Tensor:
    """uint8 (N, 2, h, h): faces and masks reduced to the largest size that they are seen at, cleaned and stretched."""
    side = min(faces.shape[-1], round(recipe.size * recipe.face_side * (1 + recipe.zoom)))
    both = torch.stack([faces / 255, (masks > 127).float()], 1)
    if side < faces.shape[-1]:
        both = F.interpolate(both, (side, side), mode="bilinear", align_corners=False, antialias=True).clamp(0, 1)
    mask = cleaned(both[:, 1] >= 0.5, odd(recipe.kernel * side)).unsqueeze(1)
    face = stretched(both[:, :1], recipe.stretch, mask)
    return (torch.cat([face, mask.float()], 1) * 255).round().to(torch.uint8)


def _tensor(array: np.ndarray | Tensor) -> Tensor:
    # a copy, as torch must not hold a read-only memory map
    return array if isinstance(array, Tensor) else torch.from_numpy(np.array(array))


def odd(pixels: float) -> int:
    """The odd number nearest to `pixels`, at least 3: a narrower rim would let the surroundings of a face be seen."""
    return max(3, 2 * round((pixels - 1) / 2) + 1)


def _require_fitting(faces: Tensor, masks: Tensor, backgrounds: Tensor, size: int) -> None:
    for name, array in (("faces", faces), ("masks", masks), ("backgrounds", backgrounds)):
        shape = tuple(array.shape)
        require(
            array.dtype == torch.uint8 and len(shape) == 3 and shape[1] == shape[2] and shape[0] > 0,
            f"compositions: {name} are {str(array.dtype).removeprefix('torch.')} {shape}, expected uint8 (N, S, S)",
        )
    require(
        faces.shape == masks.shape,
        f"compositions: {tuple(faces.shape)} faces and {tuple(masks.shape)} masks, expected one mask a face",
    )
    require(
        backgrounds.shape[1] >= size,
        f"compositions: backgrounds of {backgrounds.shape[1]} pixels, expected at least {size}, the compositions' side",
    )
