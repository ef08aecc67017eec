"""Occlusion maps: what becomes of the answer when a square of the image is covered.

After S. Minaee, M. Minaei, A. Abdolrashidi, *Deep-Emotion*, Sensors 21(9):3046, 2021, who mark the squares whose
covering makes a right answer wrong; M. Zeiler, R. Fergus, arXiv 1311.2901, look at the probability of the true class.
Both maps come from the same covered images, so both cost one pass: ``captum.attr.Occlusion`` explains one quantity
at a time and needs two (it is the twin in the tests).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import require
from ...models.precision import at_least_float32
from ...progress import progress
from ...registry import nearest
from ...training.batches import normalise

FILLS = ("mean", "zero")
PICTURES = 1024  # covered images at a time; the first layers of the small networks then take some 200 MB


@dataclass(frozen=True)
class OcclusionMaps:
    """Maps of N images; row *i* belongs to image *i*.

    Attributes:
        flips: float32 (N, H, W) in [0, 1], share of the squares over a pixel that make the answer wrong; NaN where
            the answer to the whole image is wrong already.
        drop: float32 (N, H, W) in [−1, 1], mean fall of the true class's probability over the squares that cover a
            pixel; negative where covering helps.
        right: bool (N,), whether the whole image is answered rightly.
        probability: float32 (N,), of the true class for the whole image.
    """

    flips: np.ndarray
    drop: np.ndarray
    right: np.ndarray
    probability: np.ndarray


def squares(height: int, width: int, size: int, stride: int) -> np.ndarray:
    """Which pixels each square covers, bool (P, height, width), row by row from the top left.

    The last square of a row or column may reach over the edge, so that every pixel is covered: 441 squares with size
    8 and stride 2 at 48 × 48.

    Raises:
        InputError: a square larger than the image, or a stride that leaves gaps.
    """
    require(1 <= size <= min(height, width), f"occlusion size {size}, expected 1…{min(height, width)} pixels")
    require(1 <= stride <= size, f"occlusion stride {stride}, expected 1…{size}: a larger one leaves pixels uncovered")

    def spans(length: int) -> np.ndarray:
        starts = stride * np.arange(-(-(length - size) // stride) + 1)[:, None]
        return (np.arange(length) >= starts) & (np.arange(length) < starts + size)

    covered = spans(height)[:, None, :, None] & spans(width)[None, :, None, :]
    return covered.reshape(-1, height, width)


@torch.inference_mode()
def occlusion_maps(
    model: nn.Module,
    images: np.ndarray,
    labels: np.ndarray,
    guidance: np.ndarray | None = None,
    *,
    size: int = 8,
    stride: int = 2,
    fill: str = "mean",
    mean_grey: float | None = None,
    cover_guidance: bool = False,
    label: str = "occlusion maps",
) -> OcclusionMaps:
    """Cover every place of every image in turn and ask the network again.

    A guided network keeps its guidance, which is an input of its own; `cover_guidance` covers that too. A network
    without guidance, such as the Baseline-STN, sees the covered image in all its parts.

    Args:
        model: called as ``model(image)`` or ``model(image, guidance)``, returns logits; put into evaluation mode. Where
            its parameters are is where everything is computed.
        images: uint8 (N, H, W) or (N, H, W, 3); labels: int (N,), the true classes.
        guidance: uint8 (N, H, W), or None.
        size, stride: side of the square and its step, pixels.
        fill: what the square shows: "mean", the grey `mean_grey`; "zero", black, as the paper does.
        mean_grey: 0 … 255, the mean of the data set; None takes that of `images`, and then the maps of an image
            depend on its company.

    Raises:
        InputError: unknown fill, a square or stride that does not fit, or arrays of different length.
    """
    require(fill in FILLS, f"unknown occlusion fill {fill!r}{nearest(fill, FILLS)} (known: {', '.join(FILLS)})")
    for name, rows in {"labels": labels, "guidance": guidance}.items():
        found = len(images) if rows is None else len(rows)
        require(found == len(images), f"occlusion: {name} has {found} rows for {len(images)} images")
    device = next(model.parameters()).device
    model = model.to(memory_format=torch.channels_last).eval()  # a third faster; values stay as they are
    masks = squares(*images.shape[1:3], size, stride)
    grey = 0 if fill == "zero" else round(float(np.mean(images) if mean_grey is None else mean_grey))

    on_device = [None if rows is None else torch.from_numpy(np.array(rows)).to(device) for rows in (images, guidance)]
    truth = torch.from_numpy(np.asarray(labels, dtype=np.int64)).to(device)
    windows = torch.from_numpy(masks).to(device)

    def answers(row: Tensor, square: Tensor | None) -> tuple[Tensor, Tensor]:
        """Probability of the true class, and whether it is the answer, with or without a square over the image."""
        inputs = []
        for array, covered in zip(on_device, (True, cover_guidance), strict=True):
            if array is not None:
                pixels = array[row]
                if covered and square is not None:
                    mask = windows[square]
                    pixels = pixels.masked_fill(mask if pixels.ndim == 3 else mask[..., None], grey)
                inputs.append(normalise(pixels))
        logits = at_least_float32(model(*inputs))
        probability = logits.softmax(1).gather(1, truth[row, None])[:, 0]
        return probability, logits.argmax(1) == truth[row]

    rows = torch.arange(len(images), device=device)
    whole = [answers(part, None) for part in rows.split(PICTURES)]
    probability, right = (torch.cat(parts) for parts in zip(*whole, strict=True))
    fall = torch.empty(len(images), len(masks), device=device)
    wrong = torch.empty_like(fall)
    with progress(total=fall.numel(), label=label, unit="square") as bar:
        for pair in torch.arange(fall.numel(), device=device).split(PICTURES):
            row, square = pair // len(masks), pair % len(masks)
            covered, still = answers(row, square)
            fall.view(-1)[pair] = probability[row] - covered
            wrong.view(-1)[pair] = (~still).float()
            bar.update(len(pair))
    covers = windows.flatten(1).float()
    drop, flips = (((values @ covers) / covers.sum(0)).view(-1, *masks.shape[1:]) for values in (fall, wrong))
    flips[~right] = torch.nan
    return OcclusionMaps(*(values.cpu().numpy() for values in (flips, drop, right, probability)))
