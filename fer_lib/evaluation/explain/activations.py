"""What the layers of a network give for an image: their outputs at named taps, drawn at the image's size."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import require
from ...models.guided_stn import resample
from ...registry import nearest
from ...training.batches import normalise

POOLS = ("mean", "max")
BATCH = 16  # images at a time; the residual masking network then keeps some 2 GB for its gradients at 224 pixels


@dataclass(frozen=True)
class MaskingMaps:
    """What one mask does to N images, float32 (N, H, W) each.

    Attributes:
        before, after: mean over the channels of the stage's output before its mask and after it.
        mask: the largest value over the channels. Their mean says nothing: a softmax over C channels makes it 1/C
            everywhere.
    """

    before: np.ndarray
    mask: np.ndarray
    after: np.ndarray


def taps_of(model: nn.Module, taps: Sequence[str] | None = None) -> dict[str, str]:
    """The modules of the named taps, None: of all.

    Raises:
        InputError: a tap that the network does not have.
    """
    known = getattr(model, "taps", {})
    require(bool(known), f"{type(model).__name__} names no taps, expected some that say where to look")
    for tap in taps or ():
        require(tap in known, f"unknown tap {tap!r}{nearest(tap, known)} (has {', '.join(known)})")
    return {tap: known[tap] for tap in (known if taps is None else taps)}


@contextmanager
def tapped(model: nn.Module, taps: Sequence[str] | None = None) -> Iterator[dict[str, Tensor]]:
    """Collects the outputs of the taps' modules, (N, C, h, w) each, while the network is called inside.

    With gradients enabled they can be asked for at every tap.

    Raises:
        InputError: an unknown tap, or one whose module gives anything but maps.
    """
    found: dict[str, Tensor] = {}

    def keep(tap: str):
        def hook(module, inputs, output):
            require(output.ndim == 4, f"tap {tap!r} gives {tuple(output.shape)}, expected maps (N, C, h, w)")
            found[tap] = output if output.requires_grad or not torch.is_grad_enabled() else output.requires_grad_()
            return found[tap].clone()  # the next layer may work in place

        return hook

    handles = [
        model.get_submodule(module).register_forward_hook(keep(tap)) for tap, module in taps_of(model, taps).items()
    ]
    try:
        yield found
        for tap in taps_of(model, taps):
            require(tap in found, f"tap {tap!r}: {type(model).__name__} did not call its module on these images")
    finally:
        for handle in handles:
            handle.remove()


def in_parts(
    model: nn.Module, images: np.ndarray, guidance: np.ndarray | None = None, batch_size: int = BATCH
) -> Iterator[tuple[slice, tuple[Tensor, ...]]]:
    """Rows and inputs of the network, float32 in [-1, 1] where its parameters are, `batch_size` at a time.

    Raises:
        InputError: no images, or guidance of other images.
    """
    require(len(images) > 0, "no images, expected at least one to explain")
    found = len(images) if guidance is None else len(guidance)
    require(found == len(images), f"guidance has {found} rows for {len(images)} images")
    device = next(model.parameters()).device
    for start in range(0, len(images), batch_size):
        rows = slice(start, min(start + batch_size, len(images)))
        arrays = (array[rows] for array in (images, guidance) if array is not None)
        yield rows, tuple(normalise(torch.from_numpy(np.array(array)).to(device)) for array in arrays)


@torch.no_grad()
def in_the_image(model: nn.Module, maps: Tensor, inputs: tuple[Tensor, ...]) -> Tensor:
    """Maps (N, h, w) of a tap where their pixels lie in the image, float32 (N, H, W), up-sampled bilinearly.

    Convolutions without padding leave a margin (``model.tap_margin``, pixels) on which no map is centred, 0 here. A
    network that warps its image (``model.theta``) makes maps of the warped one: they are moved back, and are 0 where
    the classifier saw nothing.
    """
    height, width = inputs[0].shape[-2:]
    margin = getattr(model, "tap_margin", 0)
    size = (height - 2 * margin, width - 2 * margin)
    maps = F.interpolate(maps[:, None].float(), size, mode="bilinear", align_corners=False)
    maps = F.pad(maps, (margin,) * 4)
    if hasattr(model, "theta") and getattr(model, "warped", "input") == "input":
        back = inverse(model.theta(inputs[-1]))
        maps = resample(maps, back, align_corners=getattr(model, "align_corners", False))
    return maps[:, 0]


def inverse(theta: Tensor) -> Tensor:
    """The affine maps that undo `theta`, both (N, 2, 3)."""
    turned = torch.linalg.inv(theta[:, :, :2])
    return torch.cat([turned, -turned @ theta[:, :, 2:]], dim=2)


def pooled_activations(
    model: nn.Module,
    images: np.ndarray,
    guidance: np.ndarray | None = None,
    *,
    taps: Sequence[str] | None = None,
    pool: str = "mean",
    batch_size: int = BATCH,
) -> dict[str, np.ndarray]:
    """The mean or the largest of a tap's channels at every position, by tap, float32 (N, H, W) at the image's size.

    Args:
        model: as in :func:`~fer_lib.evaluation.explain.grad_cam.grad_cam`, as are `images`, `guidance`, `taps`.
        pool: "mean" or "max".

    Raises:
        InputError: an unknown tap or pool, no images, or guidance of other images.
    """
    require(pool in POOLS, f"unknown pool {pool!r}{nearest(pool, POOLS)} (known: {', '.join(POOLS)})")
    return _pooled(model, images, guidance, dict.fromkeys(taps_of(model, taps), pool), batch_size)


def masking_maps(model: nn.Module, images: np.ndarray, *, mask: int = 3, batch_size: int = BATCH) -> MaskingMaps:
    """A stage's output before and after its mask, and the mask (Pham, Vu and Tran, ICPR 2020, figure of heat maps).

    Args:
        model: a network with masks, put into evaluation mode.
        images: uint8 (N, H, W) or (N, H, W, 3).
        mask: number of the stage, from 1.

    Raises:
        InputError: a network without this mask, or no images.
    """
    masks = masks_of(model)
    known = f"masks {', '.join(map(str, masks))}" if masks else "no masks"
    require(mask in masks, f"mask {mask} asked of {type(model).__name__}, which has {known}")
    pools = {f"before mask {mask}": "mean", f"mask {mask}": "max", f"after mask {mask}": "mean"}
    return MaskingMaps(*_pooled(model, images, None, pools, batch_size).values())


def masks_of(model: nn.Module) -> list[int]:
    """Numbers of the stages that have a mask."""
    return [int(tap.removeprefix("mask ")) for tap in getattr(model, "taps", {}) if tap.startswith("mask ")]


@torch.inference_mode()
def _pooled(model, images, guidance, pools: dict[str, str], batch_size: int) -> dict[str, np.ndarray]:
    """By tap, in the order of `pools`, which says how each is pooled."""
    model.eval()
    parts: dict[str, list[np.ndarray]] = {tap: [] for tap in pools}
    for _, inputs in in_parts(model, images, guidance, batch_size):
        with tapped(model, list(pools)) as outputs:
            model(*inputs)
        for tap, pool in pools.items():
            values = outputs[tap].mean(1) if pool == "mean" else outputs[tap].amax(1)
            parts[tap].append(in_the_image(model, values, inputs).cpu().numpy())
    return {tap: np.concatenate(maps) for tap, maps in parts.items()}


def scaled(*maps: np.ndarray) -> tuple[np.ndarray, ...]:
    """Each image's maps (N, H, W) from their smallest to their largest value as 0 … 1, over all that are given
    together, so that they can be compared; 0 where all values are the same."""
    low = np.min([values.min((1, 2)) for values in maps], axis=0)[:, None, None]
    range_ = np.max([values.max((1, 2)) for values in maps], axis=0)[:, None, None] - low
    return tuple(np.divide(v - low, range_, out=np.zeros_like(v), where=range_ > 0) for v in maps)
