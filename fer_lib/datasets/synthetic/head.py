"""What surrounds the face: outline, neck and shoulders, ears, hair."""

import numpy as np

from .canvas import Canvas, View
from .geometry import TOP_V
from .identity import Identity


def outline(view: View) -> np.ndarray:
    """Signed distance (face units, inside > 0) to the edge of the bare head, float32 (N, H, W).

    Below the eyes the squircle x² + y² − k x² y² = 1 that the jaw landmarks lie on, above them an ellipse.
    """
    f = view.pick("chin_y", "jaw_square")
    lower = view.v > 0
    height = np.where(lower, f["chin_y"], -TOP_V)
    k = np.where(lower, f["jaw_square"], 0.25)
    y = view.v / height
    x2, y2 = view.side * view.side, y * y
    slope_u = view.side * (1 - k * y2)
    slope_v = y * (1 - k * x2) / height
    steep = np.sqrt(slope_u * slope_u + slope_v * slope_v) + 0.05
    return (1 - x2 - y2 + k * x2 * y2) / (2 * steep)


def sidelight(view: View, sideways: np.ndarray) -> np.ndarray:
    """Brightness of everything but the face, darker on the side away from the light; `sideways` (N,) is its x."""
    return np.clip(0.92 + 0.45 * view.u * view.column(sideways), 0.45, 1.1)


def paint_body(canvas: Canvas, view: View, who: Identity, sideways: np.ndarray) -> None:
    """Hair behind the head, neck, shoulders."""
    u, v, side = view.u, view.v, view.side
    chin = view["chin_y"]
    volume = view.column(who.volume)
    length = view.column(np.where(who.long_hair > 0, 1.75, 0.15).astype(np.float32))
    back = 1 - (side / (1.06 + volume)) ** 2 - (np.minimum(v + 0.05, 0) / (1.30 + volume)) ** 2
    back = np.minimum(back * 0.55, length - v + 0.3 * side)
    hair = view.soft(back, widen=0.04) * (1 - view.column(who.bald))
    canvas.paint(hair, who.hair * 0.7)

    neck = view.soft(np.minimum(0.60 + 0.08 * (v - 1.6) ** 2 - side, v - 0.8))
    under_chin = 0.36 + 0.44 * np.clip((v - chin + 0.1 - 0.25 * side) / 0.55, 0, 1)
    canvas.lay(neck, canvas.colour(who.skin) * (under_chin * sidelight(view, sideways)))
    shoulder = view.soft(v - 1.98 - 0.16 * side * side + 0.28 * np.maximum(0.5 - side, 0) * -1.0)
    folds = 0.82 + 0.18 * np.cos(u * 5.0 + v * 3.0)
    canvas.lay(shoulder, canvas.colour(who.cloth) * (folds * sidelight(view, sideways)))


def paint_ears(canvas: Canvas, view: View, who: Identity, sideways: np.ndarray) -> None:
    ring = np.sqrt(((view.side - 1.00) / 0.10) ** 2 + ((view.v - 0.20 + 0.2 * (view.side - 1)) / 0.25) ** 2)
    ear = view.soft((1 - ring) * 0.16) * (1 - 0.9 * view.column(who.long_hair))
    canvas.lay(ear, canvas.colour(who.skin) * (sidelight(view, sideways) * (0.46 + 0.30 * ring)))


def paint_hairline(canvases: tuple[Canvas, ...], view: View, who: Identity, sideways: np.ndarray) -> None:
    """Hair in front of the forehead and down the temples, with streaks; the same on each canvas."""
    u, v, side = view.u, view.v, view.side
    s2, width = side * side, 1.06 + view.column(who.volume)
    line = view.column(who.hairline) + view.column(who.temples) * s2 * s2 + 0.10 * view.column(who.parting) * u
    longer = view.column(who.long_hair) * np.clip((side - 0.86) * 5, 0, 1) * 1.6
    crown = 1 - s2 / (width * width) - ((v + 0.05) / (width + 0.24)) ** 2
    within = np.where(v < -0.05, crown * 0.55, width - 0.04 - side)
    hair = view.soft(np.minimum(line + longer - v, within), widen=0.04) * (1 - view.column(who.bald))
    streak = 0.86 + 0.14 * np.cos(u * 31.0 + np.cos(v * 9.0 + u * 4.0) * 2.0)
    gloss = 0.75 + 0.35 * view.blob(0.0, TOP_V + 0.28, 0.6, 0.16)
    picture = canvases[0].colour(who.hair) * (streak * gloss * (0.4 + 0.6 * sidelight(view, sideways)))
    for canvas in canvases:
        canvas.lay(hair, picture)
