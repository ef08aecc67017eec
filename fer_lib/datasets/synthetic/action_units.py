"""Facial action units: what each does to the face, and which make up an expression.

Which units make an expression follows Ekman, Friesen & Hager, *FACS Investigator's Guide* (2002) and
Lucey et al., *The Extended Cohn-Kanade Dataset* (CVPRW 2010); valence and arousal are placed after Russell's
circumplex (J. Pers. Soc. Psych. 39:1161, 1980). Intensities, displacements and coordinates are our choice.
"""

import numpy as np

from .draws import Draws

AU_NAMES: dict[int, str] = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    16: "lower lip depressor",
    17: "chin raiser",
    20: "lip stretcher",
    23: "lip tightener",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
}
AUS: tuple[int, ...] = tuple(AU_NAMES)
AU_COLUMN: dict[int, int] = {au: column for column, au in enumerate(AUS)}

CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
CONTEMPT = "contempt"

# Mean intensity of each unit at full expression; missing units rest.
PROTOTYPES: dict[str, dict[int, float]] = {
    "angry": {4: 1.0, 5: 0.5, 7: 0.8, 23: 0.8, 24: 0.6, 17: 0.3},
    "disgust": {9: 1.0, 10: 0.9, 4: 0.3, 7: 0.4, 15: 0.3, 16: 0.4, 25: 0.4},
    "fear": {1: 0.9, 2: 0.6, 4: 0.6, 5: 1.0, 20: 0.9, 25: 0.8, 26: 0.4},
    "happy": {6: 0.8, 12: 1.0, 25: 0.6},
    "sad": {1: 0.9, 4: 0.5, 15: 1.0, 17: 0.7},
    "surprise": {1: 0.9, 2: 1.0, 5: 0.8, 25: 0.9, 26: 1.0},
    "neutral": {},
    "contempt": {14: 1.0, 12: 0.4},
}
# (valence, arousal) in [-1, 1] at full intensity.
CIRCUMPLEX: dict[str, tuple[float, float]] = {
    "angry": (-0.55, 0.65),
    "disgust": (-0.65, 0.40),
    "fear": (-0.50, 0.75),
    "happy": (0.80, 0.45),
    "sad": (-0.70, -0.30),
    "surprise": (0.15, 0.75),
    "neutral": (0.0, 0.0),
    "contempt": (-0.50, 0.15),
}

# Change of a shape or appearance value at intensity 1. Lengths in half face widths (about 7 cm), y down.
EFFECTS: dict[int, dict[str, float]] = {
    1: {"brow_inner_y": -0.12, "brow_mid_y": -0.04, "brow_inner_x": -0.01, "forehead": 0.6},
    2: {"brow_mid_y": -0.075, "brow_outer_y": -0.095, "brow_inner_y": -0.02, "forehead": 0.6},
    4: {"brow_inner_y": 0.125, "brow_mid_y": 0.095, "brow_outer_y": 0.02, "brow_inner_x": -0.05, "glabella": 1.0},
    5: {"lid_upper": 0.060, "lid_lower": 0.01},
    6: {"lid_lower": -0.025, "lid_upper": -0.020, "crow": 1.0, "cheek": 1.0, "fold": 0.35},
    7: {"lid_lower": -0.025, "lid_upper": -0.034},
    9: {
        "brow_inner_y": 0.07, "brow_mid_y": 0.04, "nose_wing_y": -0.05, "nose_base_y": -0.035, "seam_y": -0.03,
        "lid_upper": -0.028, "lid_lower": -0.018, "nose_wrinkle": 1.0, "fold": 0.6, "nose_wing_x": 0.015,
    },
    10: {"gap_upper": 0.075, "seam_y": -0.015, "fold": 0.5, "nose_wing_x": 0.02, "corner_y": 0.01, "teeth": 0.8},
    12: {"mouth_x": 0.13, "corner_y": -0.185, "lip_upper": -0.015, "lip_lower": -0.01, "fold": 0.7, "cheek": 0.5,
         "teeth": 0.6},
    14: {"mouth_x": 0.04, "corner_y": -0.05, "dimple": 1.0, "fold": 0.3},
    15: {"corner_y": 0.16, "mouth_x": -0.01, "fold": 0.2},
    16: {"gap_lower": 0.05, "lip_lower": -0.01},
    17: {"seam_y": -0.055, "lip_lower": -0.015, "chin_boss": 1.0, "chin_y": -0.03},
    20: {"mouth_x": 0.145, "corner_y": 0.045, "lip_upper": -0.02, "lip_lower": -0.03, "teeth": 0.5},
    23: {"lip_upper": -0.035, "lip_lower": -0.045, "mouth_x": -0.06},
    24: {"lip_upper": -0.025, "lip_lower": -0.035, "seam_y": -0.01},
    25: {"gap_upper": 0.022, "gap_lower": 0.09, "teeth": 0.4},
    26: {"gap_lower": 0.23, "chin_y": 0.20, "gap_upper": 0.01},
}  # fmt: skip


def prototype_matrix(classes: tuple[str, ...]) -> np.ndarray:
    """float32 (classes, units): mean intensity of every unit for every class."""
    matrix = np.zeros((len(classes), len(AUS)), np.float32)
    for row, name in enumerate(classes):
        for au, intensity in PROTOTYPES[name].items():
            matrix[row, AU_COLUMN[au]] = intensity
    return matrix


def sample_action_units(
    labels: np.ndarray, intensity: np.ndarray, classes: tuple[str, ...], draws: Draws, *, dropout: float, stray: float
) -> np.ndarray:
    """Intensities float32 (N, units) in [0, 1].

    Args:
        labels: int64 (N,), index into `classes`.
        intensity: float32 (N,) in [0, 1], strength of the whole expression.
        dropout: chance that a unit of the prototype stays away (people do not show textbook faces).
        stray: largest intensity of the up to two units per image that do not belong to the expression.
    """
    n, units = len(labels), len(AUS)
    mean = prototype_matrix(classes)[labels]
    # Only side units drop out: the strongest one is what makes the expression that expression.
    present = (draws.uniform("au-dropout", columns=units) >= dropout) | (mean >= mean.max(1, keepdims=True))
    shown = mean * intensity[:, None] * draws.uniform("au-jitter", 0.7, 1.25, units) * present
    extra = np.zeros((n, units), np.float32)
    for k in range(2):
        column = draws.choice(f"au-stray-{k}", np.ones(units))
        extra[np.arange(n), column] = stray * draws.uniform(f"au-stray-intensity-{k}") ** 2
    return np.clip(np.maximum(shown, extra), 0, 1).astype(np.float32)


def sample_affect(labels: np.ndarray, intensity: np.ndarray, classes: tuple[str, ...], draws: Draws) -> np.ndarray:
    """Valence and arousal, float32 (N, 2) in [-1, 1]: the class's circumplex point × intensity, with spread."""
    centre = np.array([CIRCUMPLEX[name] for name in classes], np.float32)[labels]
    return np.clip(centre * intensity[:, None] + draws.normal("affect", 0.08, columns=2), -1, 1)
