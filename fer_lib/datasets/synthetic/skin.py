"""The skin's relief and how light falls on it."""

import numpy as np

from .canvas import View

# Bumps of the face: (u, v, size_u, size_v, height); u > 0 is mirrored. Face units.
BUMPS = (
    (0.26, 0.06, 0.10, 0.12, -0.060),  # inner corner of the eye
    (0.43, 0.02, 0.17, 0.09, 0.050),  # eyeball
    (0.42, 0.19, 0.22, 0.06, -0.022),  # furrow below the lower lid
    (0.62, 0.42, 0.24, 0.20, 0.070),  # cheekbone
    (0.62, 0.90, 0.22, 0.26, -0.050),  # hollow of the cheek
)


def relief_gradient(view: View, relief: np.ndarray, features: bool) -> tuple[np.ndarray, np.ndarray]:
    """Slope (∂z/∂u, ∂z/∂v) of the face, two float32 (N, H, W).

    Args:
        relief: (N, 1, 1) depth of the features.
        features: False leaves the bare head.
    """
    u, v, side = view.u, view.v, view.side
    away = (v - 0.25) * 0.62
    slope_side = side * -0.30 - side * side * side * 0.55  # the head turns away ever faster towards its edge
    slope_v = -away * (0.40 + 0.5 * away * away)
    if features:
        f = view.pick("nose_tip_y", "nose_base_y", "nose_wing_x", "nose_wing_y", "cheek", "chin_y", "chin_boss",
                      "brow_mid_y", "seam_y", "gap_upper", "gap_lower", "lip_upper", "lip_lower")  # fmt: skip
        low_lip = f["seam_y"] + f["gap_lower"]
        nose = f["nose_tip_y"]
        bumps = BUMPS + (
            (0.40, f["brow_mid_y"] + 0.05, 0.34, 0.10, 0.060),  # brow ridge
            (0.38, 0.5 * f["brow_mid_y"] + 0.08, 0.20, 0.10, -0.070),  # socket under the brow
            (0.0, nose - 0.30, 0.085, 0.26, 0.13),  # bridge
            (0.0, nose, 0.125, 0.11, 0.15),  # tip
            (f["nose_wing_x"] * 0.78, f["nose_wing_y"], 0.065, 0.065, 0.075),  # wing
            (0.0, f["nose_base_y"] + 0.09, 0.05, 0.08, -0.020),  # philtrum
            (0.0, f["seam_y"] - 0.02, 0.40, 0.22, 0.055),  # muzzle
            (0.0, f["seam_y"] - f["gap_upper"] - 0.5 * f["lip_upper"], 0.24, 0.05, 0.024),  # upper lip
            (0.0, low_lip + 0.5 * f["lip_lower"], 0.19, 0.065, 0.045),  # lower lip
            (0.0, low_lip + f["lip_lower"] + 0.08, 0.22, 0.07, -0.045),  # dip above the chin
            (0.0, f["chin_y"] - 0.20, 0.22, 0.15, 0.075 + 0.03 * f["chin_boss"]),  # chin
            (0.56, 0.34, 0.19, 0.15, 0.06 * f["cheek"]),  # cheek lifted by AU6 and AU12
        )
        for at_u, at_v, size_u, size_v, height in bumps:
            bump = view.blob(at_u, at_v, size_u, size_v)
            bump *= relief * height * -2.0
            slope_side += bump * ((side - at_u) * (1 / size_u**2))
            slope_v += bump * ((v - at_v) * (1 / size_v**2))
    return slope_side * np.sign(u), slope_v


def shade(slope_u: np.ndarray, slope_v: np.ndarray, light: np.ndarray, ambient: np.ndarray, gloss: float = 0.10):
    """Lambert shading with a little gloss; brightness float32 (N, H, W), about 1 for skin facing the light.

    Args:
        light: (N, 3) unit vector towards the light, x right, y down, z to the camera.
        ambient: (N,) share of light without direction.
    """
    lx, ly, lz = (light[:, k, None, None] for k in range(3))
    ambient = ambient[:, None, None]
    inverse = 1 / np.sqrt(1 + slope_u * slope_u + slope_v * slope_v)
    facing = (lz - slope_u * lx - slope_v * ly) * inverse
    lit = np.maximum(facing, 0)
    shine = lit * lit
    shine *= shine
    shine *= shine
    # Ambient light reaches flat parts better than folds: inverse is 1 on flat skin.
    return ambient * (0.55 + 0.45 * inverse) + (1.08 - ambient) * lit + gloss * shine * shine
