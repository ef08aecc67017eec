"""Soft-edged painting on a whole batch: the pixels' face coordinates and the picture under the brush."""

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as OpenCV and PIL turn colour to grey


class View:
    """What every pixel looks at: either whole pictures, shape (N, H, W), or a list of M chosen pixels, (M,).

    Features cover a tenth of a picture, so they are painted on lists; the code that paints is the same.

    Attributes:
        u, v: face coordinates, float32; side: |u|.
        px: size of a pixel in face units, the width of a soft edge.
    """

    def __init__(self, u, v, px: np.ndarray, values: dict[str, np.ndarray], row: np.ndarray | None = None):
        """
        Args:
            px: (N,), size of a pixel in face units.
            values: lengths and folds, name -> (N, 2).
            row: (M,) picture that each listed pixel belongs to; None for whole pictures.
        """
        self.u, self.v, self.side = u, v, np.abs(u)
        self._right = (u >= 0).astype(np.int8)
        self._values, self._row, self._px = values, row, px
        self.px = self.column(px)

    def column(self, per_picture: np.ndarray) -> np.ndarray:
        """One number per picture, (N,), shaped to meet the pixels."""
        return per_picture[:, None, None] if self._row is None else per_picture[self._row]

    def __getitem__(self, name: str) -> np.ndarray:
        """A length or fold, shaped to meet the pixels; each pixel sees its own side of the face."""
        both = self._values[name]
        if self._row is not None:
            return both[self._row, self._right]
        if np.array_equal(both[:, 0], both[:, 1]):
            return both[:, 0, None, None]
        return np.where(self._right, both[:, 1, None, None], both[:, 0, None, None])

    def pick(self, *names: str) -> dict[str, np.ndarray]:
        return {name: self[name] for name in names}

    def listed(self, where: tuple[np.ndarray, ...]) -> "View":
        """The pixels at positions (picture, y, x) of whole pictures, as np.nonzero gives them."""
        return View(self.u[where], self.v[where], self._px, self._values, where[0])

    def soft(self, distance: np.ndarray, widen: float = 0.0) -> np.ndarray:
        """Coverage in [0, 1] of a shape whose signed distance (face units, inside > 0) is given."""
        alpha = distance / (self.px + widen)
        alpha += 0.5
        return np.clip(alpha, 0, 1, out=alpha)

    def blob(self, at_u, at_v, size_u, size_v) -> np.ndarray:
        """Gaussian spots of height 1 at (±at_u, at_v)."""
        a = (self.side - at_u) / size_u
        b = (self.v - at_v) / size_v
        a *= a
        b = b * b
        a = a + b
        np.negative(a, out=a)
        return np.exp(a, out=a)


class Canvas:
    """Picture with channels first, float32 (C, N, H, W) or (C, M), in [0, 1]; C = 1 grey or 3 RGB.

    Colours are given as RGB per picture (N, 3), or one for all (3,).
    """

    def __init__(self, view: View, grey: bool, pixels: np.ndarray | None = None):
        self.view, self.grey = view, grey
        self.pixels = np.zeros((1 if grey else 3, *view.u.shape), np.float32) if pixels is None else pixels

    def colour(self, rgb) -> np.ndarray:
        """In the canvas's channels, shaped to meet the pixels: (C, …)."""
        rgb = np.asarray(rgb, np.float32)
        channels = (rgb * LUMA).sum(-1, keepdims=True) if self.grey else rgb
        if channels.ndim == 1:
            return channels.reshape((-1,) + (1,) * self.view.u.ndim)
        return np.stack([self.view.column(channels[:, c]) for c in range(channels.shape[1])])

    def paint(self, alpha: np.ndarray, rgb) -> None:
        """Lay a colour over the picture with opacity `alpha`, shaped like the view."""
        self.lay(alpha, self.colour(rgb))

    def lay(self, alpha: np.ndarray, picture: np.ndarray) -> None:
        """Lay another picture, broadcastable to (C, …), over this one."""
        change = picture - self.pixels
        change *= alpha
        self.pixels += change

    def shade(self, factor: np.ndarray) -> None:
        """Multiply brightness."""
        self.pixels *= factor


def on_region(canvas: Canvas, low: tuple[float, float], high: tuple[float, float], *painters) -> None:
    """Run painters ``(canvas, view) -> None`` on the pixels with low ≤ (|u|, v) ≤ high only."""
    view = canvas.view
    inside = (view.v >= low[1]) & (view.v <= high[1]) & (view.side <= high[0])
    if low[0] > 0:
        inside &= view.side >= low[0]
    where = np.nonzero(inside)
    if not len(where[0]):
        return
    part = Canvas(view.listed(where), canvas.grey, canvas.pixels[:, *where])
    for painter in painters:
        painter(part, part.view)
    canvas.pixels[:, *where] = part.pixels
