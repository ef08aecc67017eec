"""``load_dataset("synthetic", …)``: a stored set with subjects, splits, pairs and truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import require
from ..faceset import FaceSet
from ..registry import register_dataset
from .action_units import AUS, CLASSES, CONTEMPT
from .draws import Draws
from .parameters import SESSION, Parameters, resolve_style, sample_parameters
from .renderer import render


def _whole(value) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _number(value) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _pair_of_shares(value) -> bool:
    if not (isinstance(value, list | tuple) and len(value) == 2 and all(map(_number, value))):
        return False
    return 0 <= value[0] <= value[1] <= 1


def split_subjects(subjects: int, seed: int) -> np.ndarray:
    """str (subjects,): a tenth of the people to "test", a tenth to "validation", at least one each."""
    order = np.argsort(Draws(seed, np.arange(subjects)).uniform("split"), kind="stable")
    tenth = max(1, round(subjects / 10))
    split = np.full(subjects, "train", dtype=object)
    split[order[:tenth]] = "test"
    split[order[tenth : 2 * tenth]] = "validation"
    return split


@register_dataset("synthetic")
def build(
    raw: Path,
    *,
    images: int = 3000,
    subjects: int | None = None,
    size: int = 48,
    channels: str = "grey",
    style: str = "wild",
    seed: int = 2020,
    contempt: bool = False,
    occluders: float | None = None,
    noise: float | None = None,
    intensity: tuple[float, float] | None = None,
) -> FaceSet:
    """Draw the set; nothing is read from `raw`.

    A quarter of the pictures are neutral: each session of one person is a neutral picture and three expressions
    under the same pose, light and background (one ``pair`` id). Over all pictures: angry 12, disgust 10, fear 11,
    happy 21, sad 12, surprise 9, neutral 25 %; over polarity (surprise dropped) 49 % negative, the majority.

    Args:
        images: number of pictures, at least 40.
        subjects: number of people, 3 … images / 4; default images / 20, at least 10.
        size: side in pixels, 48…256.
        channels: "grey" or "rgb".
        style: "studio" or "wild".
        seed: whole number ≥ 0; same options, same bits.
        contempt: adds the class "contempt" (index 7).
        occluders: share of pictures with something before the face; None = the style's (wild 0.08, studio 0).
        noise: largest deviation of the sensor noise, white = 1, in [0, 0.3]; None = the style's.
        intensity: (lowest, highest) strength of the expressions in [0, 1]; None = the style's.

    Returns:
        FaceSet; further columns ``valence``, ``arousal`` in [-1, 1], ``pair``, ``phase`` ("neutral" or "apex"),
        ``intensity`` in [0, 1], ``near_duplicate_group`` (int64, the session); extras ``landmarks`` float32
        (N, 68, 2), ``face_mask`` uint8 (N, H, W) and ``action_units`` float32 (N, 18), columns as the card's
        ``action_units``.

    Raises:
        InputError: an option out of range.
    """
    require(_whole(images) and images >= 40, f"synthetic: images {images!r}, expected a whole number of at least 40")
    require(
        subjects is None or (_whole(subjects) and 3 <= subjects <= images // SESSION),
        f"synthetic: subjects {subjects!r}, expected 3…{images // SESSION} for {images} images",
    )
    require(_whole(size) and 48 <= size <= 256, f"synthetic: size {size!r}, expected 48…256")
    require(channels in ("grey", "rgb"), f"synthetic: channels {channels!r}, expected 'grey' or 'rgb'")
    require(_whole(seed) and seed >= 0, f"synthetic: seed {seed!r}, expected a whole number of at least 0")
    require(isinstance(contempt, bool), f"synthetic: contempt {contempt!r}, expected true or false")
    people = subjects or max(10, images // 20)
    parameters = _parameters(images, people, style, seed, contempt, occluders, noise, intensity)
    drawn = render(parameters, size, channels, label="synthetic faces")
    samples = pd.DataFrame(
        {
            "sample_id": [f"synthetic-{i:06d}" for i in range(images)],
            "label": parameters.label,
            "subject": [f"s{k:04d}" for k in parameters.subject],
            "split": split_subjects(people, seed)[parameters.subject].astype(str),
            "source": f"synthetic/{style}",
            "valence": parameters.affect[:, 0],
            "arousal": parameters.affect[:, 1],
            "pair": [f"p{k:05d}" for k in parameters.pair],
            "phase": np.where(parameters.apex, "apex", "neutral"),
            "intensity": parameters.intensity,
            # one person in one pose and light: what would be near-duplicates among photographs
            "near_duplicate_group": np.asarray(parameters.pair, np.int64),
        }
    )
    return FaceSet(
        name="synthetic",
        images=drawn.images,
        samples=samples,
        classes=CLASSES + ((CONTEMPT,) if contempt else ()),
        card={"action_units": list(AUS)},
        extras={
            "landmarks": drawn.landmarks,
            "face_mask": drawn.face_mask,
            "action_units": parameters.action_units,
        },
    )


def drawn_parameters(faces: FaceSet) -> Parameters:
    """What the pictures of a stored set "synthetic", or of a subset of it, were drawn from.

    Raises:
        InputError: another data set.
    """
    drawn = faces.card.get("parameters", {}).get("dataset") == "synthetic"
    require(drawn, f"{faces.name}: not drawn, expected pictures of the data set 'synthetic'")
    options = {key: value for key, value in faces.card["options"].items() if key not in ("size", "channels")}
    images, subjects = options.pop("images"), options.pop("subjects")
    return _parameters(images, subjects or max(10, images // 20), **options).take(faces.rows)


def _parameters(
    images: int,
    people: int,
    style: str,
    seed: int,
    contempt: bool,
    occluders: float | None,
    noise: float | None,
    intensity: tuple[float, float] | None,
) -> Parameters:
    look = resolve_style(style)
    if occluders is not None:
        require(_number(occluders) and 0 <= occluders <= 1, f"synthetic: occluders {occluders!r}, expected 0…1")
        look = replace(look, occluders=float(occluders))
    if noise is not None:
        require(_number(noise) and 0 <= noise <= 0.3, f"synthetic: noise {noise!r}, expected 0…0.3")
        look = replace(look, noise=(min(look.noise[0], float(noise)), float(noise)))
    if intensity is not None:
        require(_pair_of_shares(intensity), f"synthetic: intensity {intensity!r}, expected (lowest, highest) in 0…1")
        look = replace(look, intensity=tuple(map(float, intensity)))
    return sample_parameters(images, seed, look, subjects=people, contempt=contempt)
