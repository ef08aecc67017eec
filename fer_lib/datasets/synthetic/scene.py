"""Everything around the head: background, shadows, occluders, sensor."""

from dataclasses import dataclass

import numpy as np

from .canvas import LUMA, Canvas, View
from .draws import Draws, pixel_noise
from .rows import Rows
from .styles import Style

OCCLUDERS = ("none", "sunglasses", "mask", "hand", "bar")


@dataclass(frozen=True)
class Light(Rows):
    """Attributes: direction (N, 3) unit vector towards the light (x right, y down, z to the camera); ambient (N,)
    undirected share; gain (N,) exposure; shadow (N, 3): angle in radians, offset as a share of the image, depth."""

    direction: np.ndarray
    ambient: np.ndarray
    gain: np.ndarray
    shadow: np.ndarray


@dataclass(frozen=True)
class Scene(Rows):
    """Attributes: backdrop (N, 3) colour; clutter (N,) contrast; layout (N, 24) in [0, 1], what stands where;
    occluder int64 (N,) position in OCCLUDERS; cover (N, 6) in [0, 1], its details; noise (N,) deviation;
    blur (N,) in [0, 1]; seed uint32 (N,) of the sensor noise."""

    backdrop: np.ndarray
    clutter: np.ndarray
    layout: np.ndarray
    occluder: np.ndarray
    cover: np.ndarray
    noise: np.ndarray
    blur: np.ndarray
    seed: np.ndarray


def sample_light(draws: Draws, skin: np.ndarray, style: Style) -> Light:
    """Light from above, at most `style.sideways` away from the camera's side; exposure half adapts to the skin.

    Args:
        skin: (N, 3) colour of the person's skin.
    """
    metered = (0.55 / np.maximum((skin * LUMA).sum(1), 0.1)) ** 0.5
    turn = draws.uniform("light-turn", -style.sideways, style.sideways)
    rise = draws.uniform("light-rise", 0.15, 0.85)
    x, y, z = np.sin(turn) * np.cos(rise), -np.sin(rise), np.cos(turn) * np.cos(rise)
    depth = np.where(draws.chance("shadow", 0.4), draws.uniform("shadow-depth"), 0) * style.cast_shadow
    angle, offset = draws.uniform("shadow-angle", 0, 2 * np.pi), draws.uniform("shadow-offset", -0.25, 0.25)
    return Light(
        direction=np.stack([x, y, z], -1).astype(np.float32),
        ambient=draws.uniform("ambient", *style.ambient),
        gain=(draws.uniform("gain", *style.gain) * metered).astype(np.float32),
        shadow=np.stack([angle, offset, depth], -1).astype(np.float32),
    )


def sample_scene(place: Draws, shot: Draws, style: Style) -> Scene:
    """`place` is indexed by the pair (backdrop), `shot` by the image (noise) so that a pair differs in noise only."""
    kind = 1 + place.choice("occluder-kind", np.ones(len(OCCLUDERS) - 1))
    return Scene(
        backdrop=place.uniform("backdrop", 0.25, 0.8)[:, None] + place.uniform("backdrop-hue", -0.12, 0.12, 3),
        clutter=place.uniform("clutter", *style.clutter),
        layout=place.uniform("layout", columns=24),
        occluder=np.where(place.chance("occluded", style.occluders), kind, 0),
        cover=place.uniform("cover", columns=6),
        noise=shot.uniform("noise", *style.noise),
        blur=place.uniform("blur", *style.blur),
        seed=shot.seeds("sensor"),
    )


def paint_background(canvas: Canvas, scene: Scene) -> None:
    """A gradient, two slanted waves, two discs and a wall's edge; plain where clutter is 0."""
    height, width = canvas.pixels.shape[2:]
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, None, :]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[None, :, None]
    p = [scene.layout[:, k, None, None] for k in range(24)]
    field = (x - 0.5) * (p[0] - 0.5) + (y - 0.5) * (p[1] - 0.5)
    for k in (2, 5):
        angle, frequency = p[k] * np.float32(np.pi), 4 + 26 * p[k + 1]
        field = field + 0.22 * np.sin((x * np.cos(angle) + y * np.sin(angle)) * frequency + 6.3 * p[k + 2])
    edge = (x - p[8]) * np.cos(p[9] * 6.3) + (y - p[10]) * np.sin(p[9] * 6.3)
    field = field + (p[11] - 0.5) * np.clip(edge * height * 0.7 + 0.5, 0, 1)
    for k in (12, 17):
        ring = np.sqrt((x - p[k]) ** 2 + ((y - p[k + 1]) * (0.5 + p[k + 2])) ** 2)
        disc = np.clip((0.06 + 0.22 * p[k + 3] - ring) * height * 0.7 + 0.5, 0, 1)
        field = field + (2 * p[k + 4] - 1) * 0.9 * disc
    # Even a plain studio wall is lit a little unevenly.
    level = 1 + field * scene.clutter[:, None, None] + 0.06 * (0.5 - y)
    np.clip(canvas.colour(scene.backdrop) * level, 0, 1, out=canvas.pixels)


def cast_shadow(canvas: Canvas, light: Light) -> None:
    """A straight, soft-edged shadow over one side of the picture."""
    if not light.shadow[:, 2].any():
        return
    height, width = canvas.pixels.shape[2:]
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5)[None, None, :]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height - 0.5)[None, :, None]
    angle, offset, depth = (light.shadow[:, k, None, None] for k in range(3))
    beyond = np.clip((x * np.cos(angle) + y * np.sin(angle) - offset) * 10 + 0.5, 0, 1)
    canvas.shade(1 - depth * beyond)


def paint_occluder(canvas: Canvas, view: View, scene: Scene) -> np.ndarray:
    """Covers part of the face where the scene says so; returns what is covered, float32 (N, H, W)."""
    u, v, side = view.u, view.v, view.side
    covered = np.zeros(u.shape, np.float32)
    if not scene.occluder.any():
        return covered
    c = [scene.cover[:, k, None, None] for k in range(6)]
    ring = ((side - 0.43) / 0.31) ** 2 + ((v - 0.06) / 0.23) ** 2
    bar = np.abs(u * np.cos(c[0] * 3.14) + (v - 1.3 * c[1] + 0.1) * np.sin(c[0] * 3.14))
    hand_u, hand_v = (u - 1.6 * c[0] + 0.8) / 0.42, (v - 0.9 - 0.5 * c[1]) / 0.55
    shapes = {
        "sunglasses": np.maximum(1 - ring, np.minimum(0.05 - np.abs(v + 0.03), 0.16 - side) * 4) * 0.13,
        "mask": np.minimum(np.minimum(v - 0.50 - 0.20 * side * side, 1.75 - v), 0.97 - side * 0.9),
        "hand": (1 - hand_u * hand_u - hand_v * hand_v) * 0.22,
        "bar": 0.10 + 0.10 * c[2] - bar,
    }
    hue = scene.cover[:, 3:6]
    colours = {
        "sunglasses": 0.04 + 0.08 * hue,
        "mask": 0.45 + 0.5 * hue.mean(1, keepdims=True) * np.array([[0.9, 1.0, 1.0]], np.float32),
        "hand": (0.30 + 0.6 * hue[:, :1]) * np.array([[1.0, 0.78, 0.66]], np.float32),
        "bar": 0.1 + 0.8 * hue,
    }
    for kind, shape in shapes.items():
        chosen = (scene.occluder == OCCLUDERS.index(kind))[:, None, None]
        alpha = view.soft(shape) * chosen
        texture = 0.92 + 0.08 * np.cos(u * 9 + v * 13)
        canvas.lay(alpha, canvas.colour(colours[kind]) * texture)
        covered = np.maximum(covered, alpha)
    return covered


def _binomial(image: np.ndarray, axis: int) -> np.ndarray:
    """[1 2 1] / 4 along an axis, edges repeated."""
    padded = np.pad(image, [(1, 1) if a == axis else (0, 0) for a in range(image.ndim)], mode="edge")
    size = image.shape[axis]
    cut = [np.take(padded, range(k, k + size), axis) for k in range(3)]
    return (cut[0] + 2 * cut[1] + cut[2]) * 0.25


def expose(pixels: np.ndarray, light: Light, scene: Scene, noise: bool) -> np.ndarray:
    """Exposure, blur, sensor noise, quantisation: float32 (C, N, H, W) to uint8 (N, H, W[, 3])."""
    image = pixels * light.gain[:, None, None]
    # A soft shoulder instead of clipping, as cameras have: bright skin keeps its shading.
    image = np.where(image > 0.7, 0.7 + 0.3 * np.tanh((image - 0.7) / 0.3), image)
    if scene.blur.any():
        image = image + (_binomial(_binomial(image, 2), 3) - image) * scene.blur[:, None, None]
    if noise:
        height, width = image.shape[2:]
        field = pixel_noise(scene.seed, height, width)
        image = image + field * scene.noise[:, None, None]
    image = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
    return image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 3, 0))
