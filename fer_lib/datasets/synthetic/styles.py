"""The two looks, as ranges to draw from: `studio` (source domain) and `wild` (target domain)."""

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Style:
    """Ranges are (low, high) of a uniform draw; spreads are standard deviations; shares lie in [0, 1].

    Attributes:
        fill: side of the face's box (see ``truth.face_box``) as a share of the image's side.
        shift: largest displacement of the face, as a share of what keeps the features in the image.
        roll, yaw, pitch: spreads in radians.
        ambient: share of undirected light; sideways: largest angle of the light from the camera, radians.
        gain: exposure; cast_shadow: largest depth of a shadow with an edge across the picture.
        clutter: contrast of the background.
        noise: deviation of the sensor noise, 1 = white; blur: share of a 3 × 3 binomial blur.
        occluders: share of images with something in front of the face; glasses: share of subjects.
        intensity: strength of the expressions; stray: largest intensity of unrelated action units.
        dropout: chance that a unit of the prototype stays away.
        variety: scale of the differences between people.
        asymmetry: spread of the difference between the two sides of an expression.
    """

    fill: Range
    shift: float
    roll: float
    yaw: float
    pitch: float
    ambient: Range
    sideways: float
    gain: Range
    cast_shadow: float
    clutter: Range
    noise: Range
    blur: Range
    occluders: float
    glasses: float
    intensity: Range
    stray: float
    dropout: float
    variety: float
    asymmetry: float


STYLES: dict[str, Style] = {
    "studio": Style(
        fill=(0.65, 0.72), shift=0.15, roll=0.10, yaw=0.02, pitch=0.02,
        ambient=(0.64, 0.78), sideways=0.12, gain=(0.92, 1.04), cast_shadow=0.0, clutter=(0.0, 0.02),
        noise=(0.005, 0.012), blur=(0.0, 0.2), occluders=0.0, glasses=0.05,
        intensity=(0.70, 1.0), stray=0.10, dropout=0.06, variety=0.95, asymmetry=0.04,
    ),
    "wild": Style(
        fill=(0.70, 0.90), shift=0.8, roll=0.09, yaw=0.08, pitch=0.05,
        ambient=(0.40, 0.68), sideways=0.9, gain=(0.75, 1.2), cast_shadow=0.35, clutter=(0.2, 0.9),
        noise=(0.01, 0.03), blur=(0.0, 0.5), occluders=0.08, glasses=0.10,
        intensity=(0.65, 1.0), stray=0.20, dropout=0.08, variety=0.80, asymmetry=0.08,
    ),
}  # fmt: skip
