"""Parameters in, pictures and their truth out; everything is vectorised over the batch."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ...errors import require
from ...progress import progress
from ...resources import cores
from . import features as paint
from .canvas import Canvas, View, on_region
from .geometry import face_values, landmarks_in_face
from .head import outline, paint_body, paint_ears, paint_hairline
from .parameters import Parameters
from .scene import cast_shadow, expose, paint_background, paint_occluder
from .skin import relief_gradient, shade


@dataclass(frozen=True)
class Rendered:
    """Attributes:
    images: uint8 (N, H, W) grey or (N, H, W, 3) RGB.
    landmarks: float32 (N, 68, 2) pixels, x right, y down, centre of the top-left pixel at 0.
    face_mask: uint8 (N, H, W), 255 inside the head's outline, fringe and what an occluder hides included;
        ears, neck and the hair around the head are outside.
    occluder_mask: uint8 (N, H, W), 255 where something covers the picture.
    """

    images: np.ndarray
    landmarks: np.ndarray
    face_mask: np.ndarray
    occluder_mask: np.ndarray


def landmarks(parameters: Parameters, size: int) -> np.ndarray:
    """The 68 points alone, float32 (N, 68, 2) pixels."""
    p = parameters
    values = face_values(p.identity.values, p.action_units, p.laterality)
    return p.pose.to_image(landmarks_in_face(values), size)


def _shrink(picture: np.ndarray, factor: int) -> np.ndarray:
    """Mean over factor × factor blocks of the last two axes."""
    cells = [picture[..., y::factor, x::factor] for y in range(factor) for x in range(factor)]
    return sum(cells[1:], cells[0]) * np.float32(1 / factor**2)


def _enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """Every pixel of the last two axes becomes factor × factor pixels."""
    return picture if factor == 1 else picture.repeat(factor, -2).repeat(factor, -1)


def _render_chunk(p: Parameters, size: int, grey: bool, features: bool, noise: bool, occluders: bool):
    """Two resolutions: what changes slowly (background, body, skin) is painted on the pixels of the result, what
    has edges (outline, brows, eyes, mouth, hairline) on finer ones where the result is small."""
    factor = 2 if size < 80 else 1  # at 48 px an eyelid is a third of a pixel
    values = face_values(p.identity.values, p.action_units, p.laterality)
    who, light = p.identity, p.light

    view = View(*p.pose.to_face(size), 1 / (p.pose.scale * size), values)
    canvas = Canvas(view, grey)
    paint_background(canvas, p.scene)
    sideways = light.direction[:, 0]
    paint_body(canvas, view, who, sideways)
    paint_ears(canvas, view, who, sideways)

    skin = Canvas(view, grey)
    lit = shade(*relief_gradient(view, view.column(who.relief), features), light.direction, light.ambient)
    edge = 0.74 + 0.26 * np.clip(outline(view) / 0.14, 0, 1)  # the head's rim turns away from every light
    skin.pixels += skin.colour(who.skin) * (lit * edge)
    if features:
        paint.paint_sockets(skin, view)
        paint.paint_folds(skin, view)
        paint.paint_whiskers(skin, view, who)

    paint_hairline((skin, canvas), view, who, sideways)

    fine = view if factor == 1 else View(*p.pose.to_face(size * factor), view.px[:, 0, 0] / factor, values)
    top = Canvas(fine, grey, _enlarge(canvas.pixels, factor))
    face = fine.soft(outline(fine))
    top.lay(face, _enlarge(skin.pixels, factor))
    if features:
        on_region(top, (0.0, 0.45), (0.35, 0.80), paint.paint_nostrils)
        on_region(top, (0.0, 0.60), (0.75, 1.60), lambda c, w: paint.paint_mouth(c, w, who))
        on_region(top, (0.12, -0.30), (0.78, 0.25), lambda c, w: paint.paint_eyes(c, w, who, p.gaze))
        on_region(top, (0.0, -0.75), (0.95, 0.05), lambda c, w: paint.paint_brows(c, w, who))
    if features:
        paint.paint_glasses(top, fine, who)

    final = Canvas(view, grey, _shrink(top.pixels, factor))
    covered = paint_occluder(final, view, p.scene) if occluders else np.zeros_like(view.u)
    cast_shadow(final, light)
    images = expose(final.pixels, light, p.scene, noise)
    masks = [((m >= 0.5) * np.uint8(255)) for m in (_shrink(face, factor), covered)]
    return images, masks[0], masks[1]


def render(
    parameters: Parameters,
    size: int = 48,
    channels: str = "grey",
    *,
    features: bool = True,
    noise: bool = True,
    occluders: bool = True,
    batch: int = 8,
    threads: int | None = None,
    label: str | None = None,
) -> Rendered:
    """Draw every picture of `parameters`.

    Args:
        size: side in pixels, 48…256.
        channels: "grey" or "rgb".
        features: False leaves out brows, eyes, nose, mouth and wrinkles.
        noise: False leaves out the sensor noise.
        occluders: False leaves out what stands before the face.
        batch: pictures per chunk; small enough for the processor's cache. Does not change the result.
        threads: default as many as there are cores, at most 8.
        label: shows a progress bar under this name.

    Raises:
        InputError: size or channels out of range.
    """
    require(48 <= size <= 256, f"synthetic: size {size}, expected 48…256")
    require(channels in ("grey", "rgb"), f"synthetic: channels {channels!r}, expected 'grey' or 'rgb'")
    n, grey = len(parameters), channels == "grey"
    images = np.empty((n, size, size) + (() if grey else (3,)), np.uint8)
    face_mask, occluder_mask = (np.empty((n, size, size), np.uint8) for _ in range(2))

    def work(start: int) -> int:
        rows = slice(start, min(start + batch, n))
        part = parameters.take(rows)
        images[rows], face_mask[rows], occluder_mask[rows] = _render_chunk(part, size, grey, features, noise, occluders)
        return len(part)

    with ThreadPoolExecutor(threads or min(cores(), 8)) as pool:
        done = pool.map(work, range(0, n, batch))
        bar = progress(total=n, label=label, unit="face") if label else None
        for count in done:
            if bar is not None:
                bar.update(count)
        if bar is not None:
            bar.close()
    return Rendered(images, landmarks(parameters, size), face_mask, occluder_mask)
