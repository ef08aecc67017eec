"""Who it is: lengths at rest, skin, hair, eyes, beard, glasses. Drawn per subject."""

from dataclasses import dataclass

import numpy as np

from .draws import Draws
from .geometry import NAMES, VALUES
from .rows import Rows

_SKIN = np.array([[0.96, 0.80, 0.70], [0.90, 0.71, 0.58], [0.80, 0.60, 0.45], [0.62, 0.44, 0.32], [0.42, 0.29, 0.22]])
_HAIR = np.array([[0.08, 0.07, 0.07], [0.20, 0.13, 0.09], [0.36, 0.23, 0.13], [0.70, 0.55, 0.32], [0.62, 0.61, 0.60]])
_IRIS = np.array([[0.22, 0.14, 0.09], [0.33, 0.24, 0.13], [0.30, 0.42, 0.50], [0.33, 0.42, 0.27]])


@dataclass(frozen=True)
class Identity(Rows):
    """One row per image; colours are RGB float32 in [0, 1], shares and switches float32 in [0, 1].

    Attributes:
        values: (N, values) lengths and folds at rest, columns as in ``geometry.NAMES``.
        skin, hair, iris, cloth: (N, 3).
        hairline: (N,) v of the hairline at the middle of the forehead.
        temples: (N,) how far the hairline comes down at the temples.
        volume: (N,) thickness of the hair above the skull; parting: (N,) its asymmetry in [-1, 1].
        long_hair, bald: (N,) switches; beard, moustache: (N,) strength.
        brow_dark: (N,) opacity of the brows; lip_dark: (N,) how far lips differ from skin.
        relief: (N,) how deep the features are; glasses: (N,) switch.
        aspect: (N,) width relative to the mean face.
    """

    values: np.ndarray
    skin: np.ndarray
    hair: np.ndarray
    iris: np.ndarray
    cloth: np.ndarray
    hairline: np.ndarray
    temples: np.ndarray
    volume: np.ndarray
    parting: np.ndarray
    long_hair: np.ndarray
    bald: np.ndarray
    beard: np.ndarray
    moustache: np.ndarray
    brow_dark: np.ndarray
    lip_dark: np.ndarray
    relief: np.ndarray
    glasses: np.ndarray
    aspect: np.ndarray


def _blend(table: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Colours between neighbouring rows of a table, position in [0, rows − 1]."""
    low = np.clip(position.astype(int), 0, len(table) - 2)
    share = (position - low)[:, None]
    return (table[low] * (1 - share) + table[low + 1] * share).astype(np.float32)


def sample_identity(draws: Draws, *, variety: float, glasses: float) -> Identity:
    """Identities for the subjects that `draws` is indexed by.

    Args:
        variety: scale of the spread between people; 1 is lifelike, 0 makes everyone the mean face.
        glasses: share of people with spectacles.
    """
    mean = np.array([VALUES[name][0] for name in NAMES], np.float32)
    spread = np.array([VALUES[name][1] for name in NAMES], np.float32) * variety
    values = mean + spread * draws.normal("lengths", columns=len(NAMES), limit=2.0)
    # Brows, mouth and chin move as wholes between people before their parts do.
    for names, size in (
        (("brow_inner_y", "brow_mid_y", "brow_outer_y"), 0.030),
        (("corner_y", "seam_y"), 0.04),
        (("nose_tip_y", "nose_base_y", "nose_wing_y"), 0.03),
    ):
        values[:, [NAMES.index(name) for name in names]] += draws.normal(names[0] + "-whole", size * variety)[:, None]
    values[:, NAMES.index("brow_width")] = np.maximum(values[:, NAMES.index("brow_width")], 0.022)

    tone = draws.uniform("tone") ** 1.3 * (len(_SKIN) - 1)
    dark = np.clip(1 - tone / 3, 0, 1)  # dark skin goes with dark hair and eyes
    male = draws.chance("male", 0.5)
    whiskers = draws.uniform("beard")
    return Identity(
        values=values.astype(np.float32),
        skin=np.clip(_blend(_SKIN, tone) + draws.normal("skin", 0.02, columns=3), 0.1, 1),
        hair=_blend(_HAIR, draws.uniform("hair") * (len(_HAIR) - 1) * (0.25 + 0.75 * dark)),
        iris=_blend(_IRIS, draws.uniform("iris") * (len(_IRIS) - 1) * dark),
        cloth=draws.uniform("cloth", 0.08, 0.85, 3),
        hairline=draws.normal("hairline", 0.06) - 0.80,
        temples=draws.uniform("temples", 0.25, 0.75),
        volume=draws.uniform("volume", 0.03, 0.22),
        parting=draws.uniform("parting", -1, 1),
        long_hair=(~male & draws.chance("long", 0.7)).astype(np.float32),
        bald=(male & draws.chance("bald", 0.12)).astype(np.float32),
        beard=np.where(male & (whiskers > 0.7), draws.uniform("beard-strength", 0.15, 0.55), 0).astype(np.float32),
        moustache=np.where(male & (whiskers > 0.8), draws.uniform("moustache", 0.2, 0.8), 0).astype(np.float32),
        brow_dark=draws.uniform("brow-dark", 0.7, 0.98),
        lip_dark=draws.uniform("lip-dark", 0.35, 0.9),
        relief=draws.uniform("relief", 0.8, 1.25),
        glasses=draws.chance("glasses", glasses).astype(np.float32),
        aspect=np.clip(1 + draws.normal("aspect", 0.035 * variety), 0.9, 1.1).astype(np.float32),
    )
