"""A map that the authors' program made, against ours of the same picture."""

from pathlib import Path

import numpy as np

from ...datasets.image_files import open_image
from ...errors import require
from ...models.msinet import MSINet
from .canvas import CANVAS
from .maps import saliency_maps

#: Below and above which a conversion is not the published network.
CORRELATION, DIFFERENCE = 0.999, 0.005


def check_reference(
    network: MSINet, picture: str | Path, expected: str | Path, canvas: tuple[int, int] = CANVAS
) -> dict[str, float]:
    """Our map of a picture beside the one in a file.

    Args:
        picture: an image file, shown to `network` as the authors' program shows it.
        expected: an image file of the same size: the map that the published network made of it.
        canvas: height and width at which that network worked, 240 × 320 after SALICON, others after other sets.

    Returns:
        ``correlation`` of the pixels, ``difference``: their mean absolute difference, maps in [0, 1].

    Raises:
        InputError: a file that is no image, maps of different size or without range, a correlation of at most 0.999
            or a mean difference of 0.005 or more.
    """
    maps, valid = saliency_maps(network, np.asarray(open_image(Path(picture), "rgb"))[None], canvas)
    ours, theirs = (array.astype(float) / 255 for array in (maps[0], np.asarray(open_image(Path(expected)))))
    require(
        ours.shape == theirs.shape,
        f"{expected}: {theirs.shape[0]} × {theirs.shape[1]} pixels, expected {ours.shape[0]} × {ours.shape[1]} as in "
        f"{picture}",
    )
    require(bool(valid[0]) and np.ptp(theirs) > 0, f"{expected}: it or our map is uniform, expected maps with content")
    correlation = float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
    difference = float(np.abs(ours - theirs).mean())
    require(
        correlation > CORRELATION and difference < DIFFERENCE,
        f"{expected}: correlates {correlation:.4f} with our map at {canvas[0]} × {canvas[1]} and differs by "
        f"{difference:.4f} on average, expected more than {CORRELATION} and less than {DIFFERENCE}: other weights, "
        "another canvas, or the map of another picture",
    )
    return {"correlation": correlation, "difference": difference}
