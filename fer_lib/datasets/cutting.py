"""Squares cut from images and brought to one size."""

import numpy as np


def cut(images: np.ndarray, boxes: np.ndarray, size: int) -> np.ndarray:
    """Cut one box from every image and resize it (bilinear, averaged where it shrinks; pixels beyond the box are seen
    where the average reaches there).

    Args:
        images: uint8 (N, H, W[, 3]).
        boxes: float (N, 4), left, top, right, bottom in pixels: 0 is the left edge of the first pixel, W the right
            edge of the last. They lie inside of the image.
        size: side of the result in pixels.

    Returns:
        uint8 (N, size, size[, 3]).
    """
    from PIL import Image

    result = np.empty((len(images), size, size, *images.shape[3:]), np.uint8)
    for k, (image, box) in enumerate(zip(images, boxes, strict=True)):
        piece = Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR, box=tuple(map(float, box)))
        result[k] = np.asarray(piece)
    return result


def squares_around(boxes: np.ndarray, margin: float, height: int, width: int) -> np.ndarray:
    """The squares that hold the boxes and a margin, moved (and, where they must be, shrunk) into the image.

    Args:
        boxes: float (N, 4), left, top, right, bottom in pixels.
        margin: on each side, as a share of the box's longer side.

    Returns:
        float64 (N, 4), as :func:`cut` takes them.
    """
    boxes = np.asarray(boxes, float)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) * (1 + 2 * margin)
    side = np.minimum(side, min(height, width))
    corner = np.clip(centre - side / 2, 0, np.array([width, height]) - side)
    return np.concatenate([corner, corner + side], axis=1)
