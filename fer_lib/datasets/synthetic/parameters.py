"""What is to be drawn: one record with everything the renderer needs and everything that is true of the picture."""

from dataclasses import dataclass

import numpy as np

from ...errors import require
from ...registry import nearest
from .action_units import CLASSES, CONTEMPT, sample_action_units, sample_affect
from .draws import Draws
from .identity import Identity, sample_identity
from .pose import Pose
from .rows import Rows
from .scene import Light, Scene, sample_light, sample_scene
from .styles import STYLES, Style

# A session is one neutral picture and three expressions under the same pose, light and background.
SESSION = 4
# Shares of the expressions among the apex pictures, in the order of CLASSES without neutral. With a quarter of
# all pictures neutral this gives, over polarity (surprise dropped), about 49 % negative, 28 % neutral, 23 % positive.
APEX_SHARES = (0.16, 0.13, 0.15, 0.28, 0.16, 0.12)
BOX_UNITS = 2.02  # mean side of truth.face_box in face units


@dataclass(frozen=True)
class Parameters(Rows):
    """N pictures. Arrays have N rows; see the classes of the nested records for theirs.

    Attributes:
        label: int64, index into the classes; intensity: float32 in [0, 1], 0 for neutral.
        action_units: float32 (N, units) in [0, 1], columns as ``action_units.AUS``.
        laterality: float32 in [-1, 1], see ``geometry.face_values``.
        gaze: float32 (N, 2), face units; affect: float32 (N, 2), valence and arousal in [-1, 1].
        subject: int64, person; pair: int64, session; apex: bool, False for the neutral picture.
    """

    identity: Identity
    pose: Pose
    light: Light
    scene: Scene
    label: np.ndarray
    intensity: np.ndarray
    action_units: np.ndarray
    laterality: np.ndarray
    gaze: np.ndarray
    affect: np.ndarray
    subject: np.ndarray
    pair: np.ndarray
    apex: np.ndarray

    def __len__(self) -> int:
        return len(self.label)


def resolve_style(style: str | Style) -> Style:
    if isinstance(style, Style):
        return style
    require(style in STYLES, f"synthetic: unknown style {style!r}{nearest(style, STYLES)} (known: {', '.join(STYLES)})")
    return STYLES[style]


def sample_pose(draws: Draws, identity: Identity, style: Style) -> Pose:
    """Poses that keep the 68 points in the picture (give or take strong rolls)."""
    fill = draws.uniform("fill", *style.fill)
    # Brows to chin are as long as the box's side, the jaw is as wide: what is left decides how far the face moves.
    room = np.maximum(0.97 - 1.03 * fill, 0.0) * 0.5 * style.shift
    # The pivot (nose) lies 0.07 of the box above the middle between brows and chin.
    x = 0.5 + room * draws.uniform("x", -1, 1)
    y = 0.5 - 0.066 * fill + room * draws.uniform("y", -1, 1)
    return Pose(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        scale=(fill / BOX_UNITS).astype(np.float32),
        roll=draws.normal("roll", style.roll, limit=2.0),
        yaw=draws.normal("yaw", style.yaw, limit=2.0),
        pitch=draws.normal("pitch", style.pitch, limit=2.0),
        aspect=identity.aspect,
    )


def sample_labels(n: int, seed: int, contempt: bool) -> np.ndarray:
    """int64 (N,). Apex classes follow APEX_SHARES; contempt, where asked for, takes 0.12 of them."""
    shares = np.array(APEX_SHARES + ((0.12,) if contempt else ()))
    classes = np.array([CLASSES.index(name) for name in CLASSES[:6]] + ([7] if contempt else []))
    index = np.arange(n)
    start = Draws(seed, np.zeros(1, np.int64)).uniform("label-start", 0, 1)[0]
    # A golden-ratio sequence instead of independent draws: shares hold in every stretch of the set.
    position = (start + 0.6180339887498949 * index) % 1.0
    apex = classes[np.searchsorted(np.cumsum(shares / shares.sum()), position, side="right").clip(0, len(classes) - 1)]
    return np.where(index % SESSION == 0, CLASSES.index("neutral"), apex).astype(np.int64)


def sample_parameters(
    n: int, seed: int, style: str | Style, *, subjects: int | None = None, contempt: bool = False
) -> Parameters:
    """Draw n pictures; picture i does not depend on n as long as `subjects` is given.

    Args:
        subjects: number of people, default one per 20 pictures (at least 10).
        contempt: add the eighth class.

    Raises:
        InputError: unknown style.
    """
    style = resolve_style(style)
    subjects = subjects or max(10, n // 20)
    classes = CLASSES + ((CONTEMPT,) if contempt else ())
    index = np.arange(n)
    pair = index // SESSION
    subject = pair % subjects
    people, place, shot = Draws(seed, subject), Draws(seed, pair), Draws(seed, index)

    label = sample_labels(n, seed, contempt)
    apex = label != CLASSES.index("neutral")
    intensity = np.where(apex, shot.uniform("intensity", *style.intensity), 0).astype(np.float32)
    action_units = sample_action_units(label, intensity, classes, shot, dropout=style.dropout, stray=style.stray)
    laterality = place.normal("laterality", style.asymmetry)
    if contempt:  # the one expression that is one-sided by nature
        one_sided = np.where(place.chance("contempt-side", 0.5), 0.9, -0.9)
        laterality = np.where(label == classes.index(CONTEMPT), one_sided, laterality)

    identity = sample_identity(people, variety=style.variety, glasses=style.glasses)
    return Parameters(
        identity=identity,
        pose=sample_pose(place, identity, style),
        light=sample_light(place, identity.skin, style),
        scene=sample_scene(place, shot, style),
        label=label,
        intensity=intensity,
        action_units=action_units,
        laterality=laterality.astype(np.float32),
        gaze=place.normal("gaze", 0.015, columns=2),
        affect=sample_affect(label, intensity, classes, shot),
        subject=subject,
        pair=pair,
        apex=apex,
    )
