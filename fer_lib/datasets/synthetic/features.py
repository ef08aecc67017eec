"""Brows, eyes, nose, mouth and wrinkles, painted along the curves of :mod:`.geometry`."""

import numpy as np

from .canvas import Canvas, View
from .geometry import brow_curve, lid_curves, lip_curves
from .identity import Identity


def paint_sockets(canvas: Canvas, view: View) -> None:
    """Little light reaches the inner corner below the brow, the nose's underside and the lip's shadow."""
    f = view.pick("brow_inner_y", "brow_mid_y", "nose_base_y", "seam_y", "gap_lower", "lip_lower", "nose_wing_x",
                  "nose_wing_y")  # fmt: skip
    dark = view.blob(0.27, 0.6 * f["brow_inner_y"] + 0.04, 0.11, 0.13) * 0.22
    dark += view.blob(0.43, 0.5 * f["brow_mid_y"] + 0.10, 0.26, 0.15) * 0.15
    dark += view.blob(0.0, f["nose_base_y"] + 0.035, 0.19, 0.045) * 0.30
    dark += view.blob(f["nose_wing_x"] + 0.02, f["nose_wing_y"], 0.035, 0.08) * 0.22
    dark += view.blob(0.0, f["seam_y"] + f["gap_lower"] + f["lip_lower"] + 0.045, 0.20, 0.04) * 0.26
    canvas.shade(1 - dark)


def paint_folds(canvas: Canvas, view: View) -> None:
    """Wrinkles; their depth comes from action units and, a little, from the person."""
    u, v, side = view.u, view.v, view.side
    f = view.pick("forehead", "glabella", "nose_wrinkle", "fold", "crow", "dimple", "chin_boss", "cheek",
                  "nose_wing_x", "nose_wing_y", "mouth_x", "corner_y", "chin_y", "lid_lower", "nose_tip_y")  # fmt: skip
    dark = (np.cos(v * 52.0 + u * u * 6.0) * 0.5 + 0.5) * view.blob(0.0, -0.58, 0.45, 0.14) * f["forehead"] * 0.34
    dark += view.blob(0.062, -0.20, 0.028, 0.12) * f["glabella"] * 0.42
    dark += (np.cos(v * 75.0) * 0.5 + 0.5) * view.blob(0.0, 0.06, 0.15, 0.10) * f["nose_wrinkle"] * 0.40
    # Nasolabial fold, from the wing of the nose around the corner of the mouth.
    t = (v - f["nose_wing_y"] + 0.03) / (f["corner_y"] - f["nose_wing_y"] + 0.08)
    path = f["nose_wing_x"] + 0.05 + (f["mouth_x"] - f["nose_wing_x"] + 0.07) * np.clip(t, 0, 1) ** 0.8
    across = (side - path) / 0.040
    window = np.clip(5 * t * (1.05 - t), 0, 1)
    dark += np.exp(-across * across) * window * f["fold"] * 0.34
    dark += (np.cos(v * 62.0 - side * 8.0) * 0.5 + 0.5) * view.blob(0.76, 0.02, 0.10, 0.09) * f["crow"] * 0.30
    dark += view.blob(0.42, f["lid_lower"] + 0.075, 0.17, 0.028) * (f["cheek"] * 0.22 + 0.06)
    dark += view.blob(f["mouth_x"] + 0.045, f["corner_y"], 0.030, 0.055) * (f["dimple"] * 0.45 + 0.20)
    dark += (
        view.blob(0.0, f["chin_y"] - 0.22, 0.17, 0.09)
        * (np.cos(u * 60) * np.cos(v * 60) * 0.3 + 0.4)
        * (f["chin_boss"] * 0.35)
    )
    canvas.shade(1 - np.minimum(dark, 0.8))


def paint_brows(canvas: Canvas, view: View, who: Identity) -> None:
    f = view.pick("brow_inner_x", "brow_inner_y", "brow_mid_y", "brow_outer_x", "brow_outer_y", "brow_width")
    t = (view.side - f["brow_inner_x"]) / (f["brow_outer_x"] - f["brow_inner_x"])
    half = f["brow_width"] * (1.05 - 0.55 * t * t)  # tapers outwards
    inside = half - np.abs(view.v - brow_curve(t, f))
    ends = np.minimum(t + 0.03, 1.02 - t) * 0.55
    alpha = view.soft(np.minimum(inside, ends), widen=0.035)
    canvas.paint(alpha * view.column(who.brow_dark), who.hair * 0.55)


def paint_eyes(canvas: Canvas, view: View, who: Identity, gaze: np.ndarray) -> None:
    """`gaze` float32 (N, 2) shifts both irises, face units."""
    u, v, side = view.u, view.v, view.side
    f = view.pick("eye_inner_x", "eye_outer_x", "eye_inner_y", "eye_outer_y", "lid_upper", "lid_lower")
    width = f["eye_outer_x"] - f["eye_inner_x"]
    t = np.clip((side - f["eye_inner_x"]) / width, -0.1, 1.1)
    upper, lower = lid_curves(t, f)
    within = np.minimum(t, 1 - t) * width
    opening = view.soft(np.minimum(np.minimum(v - upper, lower - v), within * 1.5))

    centre_u = 0.5 * (f["eye_inner_x"] + f["eye_outer_x"])
    centre_v = 0.5 * (f["eye_inner_y"] + f["eye_outer_y"]) - 0.022
    du = side - centre_u - np.sign(u) * view.column(gaze[:, 0])
    dv = v - centre_v - view.column(gaze[:, 1])
    radius = np.sqrt(du * du + dv * dv)
    white = 0.86 - 0.9 * np.clip(0.05 - (v - upper), 0, 0.05) / 0.1 - 0.5 * np.abs(t - 0.5) ** 2
    eye = Canvas(view, canvas.grey)
    eye.pixels += white * eye.colour((1.0, 0.97, 0.95))
    eye.paint(view.soft(0.088 - radius), who.iris * 0.8)
    eye.paint(view.soft(0.042 - radius), (0.02, 0.02, 0.02))
    glint = np.sqrt((du - 0.03) ** 2 + (dv + 0.035) ** 2)
    eye.paint(view.soft(0.018 - glint) * 0.9, (1.0, 1.0, 1.0))
    # The skin around tells how much light there is; a darker face still has bright eyes.
    brightness = np.minimum(canvas.pixels.mean(0) * 0.6 + 0.62, 1.0)
    canvas.lay(opening, eye.pixels * brightness)

    near = np.clip(within / 0.03 + 1, 0, 1)
    lash = view.soft(0.016 - np.abs(v - upper + 0.004), widen=0.008) * near
    canvas.paint(lash * 0.85, (0.06, 0.045, 0.04))
    rim = view.soft(0.008 - np.abs(v - lower - 0.004), widen=0.012) * near
    canvas.shade(1 - rim * 0.40)
    crease = view.soft(0.008 - np.abs(v - upper + 0.062 - 0.25 * (f["lid_upper"] - 0.09)), widen=0.02) * near
    canvas.shade(1 - crease * 0.22)


def paint_nostrils(canvas: Canvas, view: View) -> None:
    f = view.pick("nose_base_y", "nose_wing_x")
    du = (view.side - f["nose_wing_x"] * 0.50) / 1.9
    dv = view.v - f["nose_base_y"] + 0.015 - 0.15 * (view.side - 0.1)
    canvas.paint(view.soft(0.026 - np.sqrt(du * du + dv * dv), widen=0.012) * 0.88, (0.08, 0.04, 0.03))


def paint_mouth(canvas: Canvas, view: View, who: Identity) -> None:
    v = view.v
    f = view.pick("mouth_x", "corner_y", "seam_y", "lip_upper", "lip_lower", "gap_upper", "gap_lower", "teeth")
    s = np.minimum(view.side / f["mouth_x"], 1.15)
    top, inner_top, inner_low, low = lip_curves(s, f)
    within = (1 - s) * f["mouth_x"] * 0.8
    lips = view.soft(np.minimum(np.minimum(v - top, low - v), within), widen=0.012)
    # Light from above: the upper lip faces down and lies in shadow, the lower one catches light.
    middle = (v - inner_top) / (f["lip_lower"] + 0.01)
    tint = np.where(v < 0.5 * (inner_top + inner_low), 0.74, 0.90 + 0.22 * np.clip(middle * (1.0 - middle), 0, 1))
    red = who.skin * np.array([0.92, 0.62, 0.62], np.float32)
    strength = view.column(0.45 + 0.5 * who.lip_dark)
    brightness = canvas.pixels.mean(0) / np.maximum(canvas.colour(who.skin).mean(0), 0.1)
    canvas.lay(lips * strength, canvas.colour(red) * (tint * np.clip(brightness, 0.2, 1.3)))

    gap = np.minimum(np.minimum(v - inner_top, inner_low - v), within)
    opened = view.soft(gap) * np.clip((inner_low - inner_top) / 0.03, 0, 1)
    canvas.paint(opened, (0.16, 0.05, 0.05))
    teeth = view.soft(np.minimum(0.085 - (v - inner_top), f["mouth_x"] * 0.80 - view.side), widen=0.01)
    showing = np.clip(f["teeth"] * 1.4, 0, 1)
    canvas.paint(opened * teeth * showing * 0.88, (0.90, 0.87, 0.82))
    tongue = view.blob(0.0, f["seam_y"] + f["gap_lower"] + 0.02, 0.16, 0.06)
    canvas.paint(opened * (1 - teeth * showing) * tongue * 0.7, (0.55, 0.25, 0.25))
    line = view.soft(0.010 - np.abs(v - 0.5 * (inner_top + inner_low)), widen=0.014) * np.clip(within / 0.02 + 1, 0, 1)
    canvas.paint(line * (1 - opened) * 0.75, (0.17, 0.08, 0.07))


def paint_whiskers(canvas: Canvas, view: View, who: Identity) -> None:
    """Beard and moustache, as skin darkened towards the hair's colour."""
    if not (who.beard.any() or who.moustache.any()):
        return
    u, v = view.u, view.v
    f = view.pick("nose_base_y", "seam_y", "lip_upper", "lip_lower", "gap_lower")
    # From below the lower lip up past the corners of the mouth to the ears.
    low = f["seam_y"] + f["gap_lower"] + f["lip_lower"] + 0.03
    edge = low - (low - 0.45) * np.clip((view.side - 0.28) / 0.55, 0, 1)
    canvas.paint(np.clip((v - edge) * 7, 0, 1) * view.column(who.beard), who.hair * 0.8)
    lip = view.blob(0.0, 0.5 * (f["nose_base_y"] + f["seam_y"] - f["lip_upper"]) + 0.02 + u * u * 0.4, 0.30, 0.06)
    canvas.paint(lip * view.column(who.moustache), who.hair * 0.7)


def paint_glasses(canvas: Canvas, view: View, who: Identity) -> None:
    if not who.glasses.any():
        return
    worn = view.column(who.glasses)
    ring = np.sqrt(((view.side - 0.43) / 0.275) ** 2 + ((view.v - 0.03) / 0.215) ** 2)
    rim = view.soft(0.022 - np.abs(ring - 1) * 0.24)
    bridge = view.soft(np.minimum(0.018 - np.abs(view.v + 0.02), 0.16 - view.side))
    arm = view.soft(np.minimum(np.minimum(0.016 - np.abs(view.v + 0.02), view.side - 0.70), 1.0 - view.side))
    canvas.paint(np.maximum(np.maximum(rim, bridge), arm) * worn * 0.9, (0.08, 0.07, 0.07))
