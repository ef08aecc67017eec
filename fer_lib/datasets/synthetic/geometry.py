"""The face as some thirty lengths, and its 68 landmarks.

Face coordinates (u, v): u to the image's right, v down, origin between the eyes, unit = half the face's
width at eye level (about 7 cm). Feature curves are given in closed form here; the renderer paints those
same curves, so landmarks are exact by construction.
"""

import numpy as np

from .action_units import AUS, EFFECTS

# Mean of each length and its spread between people, chosen by eye near the mean shape of the 68 points on
# photographs; where a point sits on its feature was matched to where dlib's predictor, trained on photographs, puts it.
LENGTHS: dict[str, tuple[float, float]] = {
    "brow_inner_x": (0.19, 0.02), "brow_inner_y": (-0.215, 0.018), "brow_mid_y": (-0.300, 0.020),
    "brow_outer_x": (0.79, 0.025), "brow_outer_y": (-0.185, 0.020), "brow_width": (0.042, 0.010),
    "eye_inner_x": (0.245, 0.015), "eye_outer_x": (0.605, 0.02), "eye_inner_y": (0.02, 0.008),
    "eye_outer_y": (-0.015, 0.018), "lid_upper": (0.092, 0.010), "lid_lower": (0.052, 0.006),
    "nose_tip_y": (0.50, 0.03), "nose_base_y": (0.665, 0.03), "nose_wing_x": (0.19, 0.018),
    "nose_wing_y": (0.60, 0.03),
    "mouth_x": (0.375, 0.028), "corner_y": (0.955, 0.03), "seam_y": (0.945, 0.03),
    "lip_upper": (0.090, 0.014), "lip_lower": (0.125, 0.016), "gap_upper": (0.0, 0.0), "gap_lower": (0.0, 0.0),
    "chin_y": (1.65, 0.05), "jaw_square": (0.22, 0.12),
}  # fmt: skip
# Wrinkles and bulges: 0 = none, 1 = fully contracted; identities differ in what they show at rest.
FOLDS: dict[str, tuple[float, float]] = {
    "forehead": (0.08, 0.08), "glabella": (0.08, 0.08), "nose_wrinkle": (0.0, 0.0), "fold": (0.22, 0.12),
    "crow": (0.05, 0.05), "cheek": (0.0, 0.0), "dimple": (0.0, 0.0), "chin_boss": (0.05, 0.05),
    "teeth": (0.0, 0.0),
}  # fmt: skip
VALUES = {**LENGTHS, **FOLDS}
NAMES = tuple(VALUES)
MIDLINE = ("seam_y", "lip_upper", "lip_lower", "gap_upper", "gap_lower", "chin_y", "nose_tip_y", "nose_base_y")
MIDLINE += ("jaw_square", "forehead", "glabella", "nose_wrinkle", "chin_boss", "teeth")

TOP_V = -1.30  # top of the skull; the hairline lies below it

# Heights of the jaw points as shares of the chin's, and how far inside the outline annotators put them.
_JAW = np.array([0.0, 0.155, 0.315, 0.470, 0.620, 0.765, 0.888, 0.973, 1.0], np.float32)
_JAW_INSET = 0.985


def effect_matrix() -> np.ndarray:
    """float32 (units, values): change of every value at intensity 1 of every unit."""
    matrix = np.zeros((len(AUS), len(NAMES)), np.float32)
    for row, au in enumerate(AUS):
        for name, change in EFFECTS[au].items():
            matrix[row, NAMES.index(name)] = change
    return matrix


def face_values(identity: np.ndarray, action_units: np.ndarray, laterality: np.ndarray) -> dict[str, np.ndarray]:
    """Lengths and folds of moving faces: name -> float32 (N, 2), image-left and image-right side.

    Args:
        identity: (N, values) at rest.
        action_units: (N, units) in [0, 1].
        laterality: (N,) in [-1, 1]; +1 leaves the left side at rest, −1 the right one, 0 is symmetric.
    """
    effects = effect_matrix()
    sides = []
    for weight in (1 - np.maximum(laterality, 0), 1 + np.minimum(laterality, 0)):
        # A sum over the short axis instead of a matrix product: BLAS may round by batch size.
        moved = ((action_units * weight[:, None])[:, :, None] * effects).sum(1, dtype=np.float32)
        sides.append(identity + moved)
    both = np.stack(sides, -1).astype(np.float32)
    values = {name: both[:, column] for column, name in enumerate(NAMES)}
    for name in MIDLINE:
        values[name] = np.repeat(values[name].mean(1, keepdims=True), 2, axis=1)
    for name in ("lid_upper", "lip_upper", "lip_lower"):
        values[name] = np.maximum(values[name], 0.018)
    values["lid_lower"] = np.maximum(values["lid_lower"], 0.006)
    for name in FOLDS:
        values[name] = np.clip(values[name], 0, 1.3)
    return values


# -- curves ------------------------------------------------------------------------------------------------------
# Each takes a position along the feature and the values (arrays that broadcast against it) and returns v.


def brow_curve(t, f):
    """Middle of the eyebrow, t = 0 inner end … 1 outer end; a parabola through inner, 0.55 and outer height."""
    a, b, c = f["brow_inner_y"], f["brow_mid_y"], f["brow_outer_y"]
    k2 = ((c - a) - (b - a) / 0.55) / 0.45
    return a + t * ((c - a) - k2 + k2 * t)


def lid_curves(t, f):
    """(upper, lower) lid, t = 0 inner corner … 1 outer corner."""
    base = f["eye_inner_y"] + (f["eye_outer_y"] - f["eye_inner_y"]) * t
    arch = 4 * t * (1 - t)
    arch = arch * (1.35 - 0.35 * arch)  # flatter on top than a parabola, rounder at the corners
    return base - f["lid_upper"] * arch, base + f["lid_lower"] * arch


def lip_curves(s, f):
    """(outer upper, inner upper, inner lower, outer lower) lip, s = 0 middle … 1 corner."""
    s2 = s * s
    seam = f["seam_y"] + (f["corner_y"] - f["seam_y"]) * s2
    arch = 1 - s2
    bow = 1 - 0.16 * np.maximum(1 - s2 * 18, 0)  # Cupid's bow
    upper = seam - f["gap_upper"] * arch
    lower = seam + f["gap_lower"] * arch
    return upper - f["lip_upper"] * arch * bow, upper, lower, lower + f["lip_lower"] * arch


def landmarks_in_face(f: dict[str, np.ndarray]) -> np.ndarray:
    """iBUG's 68 points in face coordinates, float32 (N, 68, 2).

    0–16 jaw, 17–21 and 22–26 brows, 27–30 bridge, 31–35 nose base, 36–41 and 42–47 eyes,
    48–59 outer and 60–67 inner lips; "left" is the image's left (Sagonas et al., ICCVW 2013).
    """
    n = len(f["chin_y"])
    points = np.zeros((n, 68, 2), np.float32)
    for side, sign in ((0, -1.0), (1, 1.0)):
        g = {name: value[:, side, None] for name, value in f.items()}

        def put(indices, u, v, sign=sign):
            points[:, indices, 0] = sign * u
            points[:, indices, 1] = v

        y = _JAW[None]
        jaw_u = np.sqrt((1 - y**2) / (1 - g["jaw_square"] * y**2))
        put(range(9) if side == 0 else range(16, 7, -1), jaw_u * _JAW_INSET, y * g["chin_y"] * _JAW_INSET)

        t = np.array([[0.98, 0.77, 0.5, 0.21, -0.06]], np.float32)
        brow_u = g["brow_inner_x"] + (g["brow_outer_x"] - g["brow_inner_x"]) * t
        rise = 0.8 * g["brow_width"] * (t < 0.95)  # annotators follow the upper edge
        put(range(17, 22) if side == 0 else range(26, 21, -1), brow_u, brow_curve(t, g) - rise)

        if side == 0:
            put([27, 28, 29, 30], 0.0, g["nose_tip_y"] * np.array([[-0.02, 0.32, 0.66, 1.0]], np.float32))
            put([33], 0.0, g["nose_base_y"] + 0.03)
        put([31, 32] if side == 0 else [35, 34], g["nose_wing_x"] * np.array([[0.80, 0.42]], np.float32),
            np.concatenate([g["nose_base_y"] - 0.015, g["nose_base_y"] + 0.01], 1))  # fmt: skip

        # The lids part visibly a little inside the geometric corners.
        t = np.array([[0.95, 0.67, 0.33, 0.02]], np.float32)
        upper, lower = (curve + 0.008 for curve in lid_curves(t, g))  # the lids' rims, not their outer edges
        eye_u = g["eye_inner_x"] + (g["eye_outer_x"] - g["eye_inner_x"]) * t
        upper[:, [0, 3]] = 0.5 * (upper + lower)[:, [0, 3]]
        put([36, 37, 38, 39] if side == 0 else [45, 44, 43, 42], eye_u, upper)
        put([41, 40] if side == 0 else [46, 47], eye_u[:, 1:3], lower[:, 1:3])

        s = np.array([[0.95, 0.62, 0.27, 0.0, 0.79]], np.float32)
        lip_u = g["mouth_x"] * s
        top, inner_top, inner_low, low = lip_curves(s, g)
        seam = 0.5 * (inner_top + inner_low)
        top[:, 0] = 0.5 * (top + low)[:, 0]
        # Where the lips' soft border has become lip.
        top[:, 1:4] += 0.15 * g["lip_upper"]
        low[:, 1:4] += 0.08 * g["lip_lower"]
        put([48, 49, 50, 51] if side == 0 else [54, 53, 52, 51], lip_u[:, :4], top[:, :4])
        put([59, 58, 57] if side == 0 else [55, 56, 57], lip_u[:, 1:4], low[:, 1:4])
        put([60] if side == 0 else [64], lip_u[:, 4:], seam[:, 4:])
        put([61, 62] if side == 0 else [63, 62], lip_u[:, 2:4], inner_top[:, 2:4])
        put([67, 66] if side == 0 else [65, 66], lip_u[:, 2:4], inner_low[:, 2:4])
    return points
