"""The 68-point scheme (iBUG 300-W): which points make which part of the face."""

POINTS = 68

#: Half-open index ranges. Left and right are the *subject's*, as in the scheme.
REGIONS: dict[str, slice] = {
    "jaw": slice(0, 17),
    "right_brow": slice(17, 22),
    "left_brow": slice(22, 27),
    "nose": slice(27, 36),
    "right_eye": slice(36, 42),
    "left_eye": slice(42, 48),
    "mouth": slice(48, 68),
    "inner_mouth": slice(60, 68),
}
