"""The pose that puts a face into the image, and its inverse: what every pixel looks at."""

from dataclasses import dataclass

import numpy as np

from .rows import Rows

PIVOT_V = 0.5  # the head turns, scales and shifts about (0, PIVOT_V), near the nose tip


def depth(u, v):
    """Height of the face towards the camera, in face units: a rounded head and a nose."""
    u2 = u * u
    nose = np.maximum(1 - u2 * 10.0 - (v - 0.46) ** 2 * 3.6, 0)
    return u2 * -0.40 + (v - 0.3) ** 2 * -0.13 + nose * nose * 0.26


@dataclass(frozen=True)
class Pose(Rows):
    """Where the face is. Every array float32 (N,).

    Attributes:
        x, y: image position of the pivot as a share of the image's side, 0…1.
        scale: pixels per face unit as a share of the image's side.
        roll, yaw, pitch: radians.
        aspect: width of the face relative to the mean face.
    """

    x: np.ndarray
    y: np.ndarray
    scale: np.ndarray
    roll: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray
    aspect: np.ndarray

    def _column(self, name: str, dims: int) -> np.ndarray:
        return getattr(self, name).reshape((-1,) + (1,) * dims)

    def to_image(self, points: np.ndarray, size: int) -> np.ndarray:
        """Face coordinates (N, K, 2) to pixels of a `size` × `size` image, first pixel's centre at 0."""
        c = lambda name: self._column(name, 1)  # noqa: E731
        u, v = points[..., 0], points[..., 1]
        z = depth(u, v)
        x = u * c("aspect") * np.cos(c("yaw")) + z * np.sin(c("yaw"))
        y = (v - PIVOT_V) * np.cos(c("pitch")) + z * np.sin(c("pitch"))
        sin, cos = np.sin(c("roll")), np.cos(c("roll"))
        scale = c("scale") * size
        return np.stack(
            [c("x") * size - 0.5 + scale * (x * cos - y * sin), c("y") * size - 0.5 + scale * (x * sin + y * cos)], -1
        ).astype(np.float32)

    def to_face(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Face coordinates (u, v) seen at every pixel, two float32 (N, size, size).

        The inverse has no closed form because depth depends on (u, v): three steps of a fixed-point
        iteration, a contraction for turns below about 30°.
        """
        c = lambda name: self._column(name, 2)  # noqa: E731
        centre = np.arange(size, dtype=np.float32) + np.float32(0.5)
        scale = c("scale") * size
        dx = (centre[None, None, :] - c("x") * size) / scale
        dy = (centre[None, :, None] - c("y") * size) / scale
        sin, cos = np.sin(c("roll")), np.cos(c("roll"))
        gain_x, turn_x = 1 / (c("aspect") * np.cos(c("yaw"))), np.tan(c("yaw")) / c("aspect")
        gain_y, turn_y = 1 / np.cos(c("pitch")), np.tan(c("pitch"))
        x = (dx * cos + dy * sin) * gain_x
        y = (dy * cos - dx * sin) * gain_y + PIVOT_V
        u, v = x, y
        if not (self.yaw.any() or self.pitch.any()):
            return u, v
        for _ in range(3):
            # Far outside the face the paraboloid runs away; there the head counts as flat.
            z = np.maximum(depth(u, v), -0.8)
            u, v = x - z * turn_x, y - z * turn_y
        return u, v
