"""``load_dataset("synthetic_shifted", …)``: faces to be cut out at a known distance from the middle."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import require
from ..faceset import FaceSet
from ..registry import register_dataset
from .action_units import CLASSES
from .dataset import split_subjects
from .draws import Draws
from .parameters import sample_parameters
from .renderer import landmarks, render
from .styles import STYLES

WINDOW = 48  # side of the pictures that are cut out
ROOM = 10  # largest shift in pixels
BOX = (25, 26)  # side of the face's box in pixels, so that brows, eyes, nose and mouth stay in the window
# Where a face stands shall be the only difficulty. The pictures are soft, because bilinear sampling blurs between
# pixels and not on them: in sharp ones the loss changes more with that than with where the face stands.
CLEAR = replace(
    STYLES["studio"], shift=0.0, roll=0.05, noise=(0.0, 0.003), blur=(1.0, 1.0), glasses=0.0, intensity=(0.9, 1.0),
    stray=0.0, dropout=0.0,
)  # fmt: skip


@register_dataset("synthetic_shifted")
def build_shifted(raw: Path, *, images: int = 1600, seed: int = 2020) -> FaceSet:
    """Draw clear faces in the middle of 68 × 68 pictures, from which :func:`cut_out` takes 48 × 48 ones.

    The background goes on beyond the cut, so that no border gives a shift away. Nothing is read from `raw`.

    Args:
        images: number of pictures, at least 40; one person per 20 of them, at least 10.
        seed: whole number ≥ 0; same options, same bits.

    Returns:
        FaceSet with the classes and the extras ``landmarks`` and ``face_mask`` of the set "synthetic"; the mean of
        the 68 landmarks is the middle of the picture, (33.5, 33.5).

    Raises:
        InputError: an option out of range.
    """
    for name, value, lowest in (("images", images, 40), ("seed", seed, 0)):
        good = isinstance(value, int) and not isinstance(value, bool) and value >= lowest
        require(good, f"synthetic_shifted: {name} {value!r}, expected a whole number of at least {lowest}")
    side, people = WINDOW + 2 * ROOM, max(10, images // 20)
    look = replace(CLEAR, fill=(BOX[0] / side, BOX[1] / side))
    parameters = sample_parameters(images, seed, look, subjects=people)
    pose = parameters.pose
    off = (landmarks(parameters, side).mean(1) - (side - 1) / 2) / side
    parameters = replace(parameters, pose=replace(pose, x=pose.x - off[:, 0], y=pose.y - off[:, 1]))
    drawn = render(parameters, side, label="synthetic faces with room to shift")
    samples = pd.DataFrame(
        {
            "sample_id": [f"shifted-{i:06d}" for i in range(images)],
            "label": parameters.label,
            "subject": [f"s{k:04d}" for k in parameters.subject],
            "split": split_subjects(people, seed)[parameters.subject].astype(str),
            "source": "synthetic/clear",
        }
    )
    extras = {"landmarks": drawn.landmarks, "face_mask": drawn.face_mask}
    return FaceSet("synthetic_shifted", drawn.images, samples, CLASSES, extras=extras)


def draw_shifts(count: int, pixels: int, seed: int) -> np.ndarray:
    """Whole pixels right and down, int64 (count, 2), uniform in −pixels … pixels.

    Raises:
        InputError: more than the pictures have room for.
    """
    require(0 <= pixels <= ROOM, f"shifts of {pixels} pixels, expected 0…{ROOM}")
    unit = Draws(seed, np.arange(count)).uniform(f"shift of {pixels}", columns=2)
    return np.floor(unit * (2 * pixels + 1)).astype(np.int64) - pixels


def cut_out(faces: FaceSet, shifts: np.ndarray) -> FaceSet:
    """The 48 × 48 pictures in which each face stands `shifts` pixels right of and below the middle.

    Args:
        faces: of the set "synthetic_shifted", or some of them.
        shifts: int (N, 2) in −10 … 10.

    Returns:
        FaceSet whose landmarks and face masks have moved along, with the columns ``shift_x`` and ``shift_y``. It is
        not stored, so maps are drawn with ``render_guidance``.
    """
    require(
        shifts.shape == (len(faces), 2) and np.abs(shifts).max(initial=0) <= ROOM,
        f"{faces.name}: shifts {shifts.shape} up to {np.abs(shifts).max(initial=0)} pixels, "
        f"expected ({len(faces)}, 2) and at most {ROOM}",
    )
    corner = ROOM - shifts
    rows, columns = (corner[:, axis, None] + np.arange(WINDOW) for axis in (1, 0))
    window = np.arange(len(faces))[:, None, None], rows[:, :, None], columns[:, None, :]
    return replace(
        faces,
        images=faces.images[window],
        samples=faces.samples.assign(shift_x=shifts[:, 0], shift_y=shifts[:, 1]),
        extras={
            "landmarks": faces.extras["landmarks"] - corner[:, None].astype(np.float32),
            "face_mask": faces.extras["face_mask"][window],
        },
    )
