"""How a face is laid over a background: the two states of FERAtt's public code, and what may differ from them."""

from dataclasses import dataclass, fields, replace

from ...errors import require
from ...registry import nearest

STRETCHES = ("range", "max", "none")
LIGHTS = ("face", "canvas", "none")


@dataclass(frozen=True)
class Recipe:
    """Specification, §3. Lengths are shares of the composition's side.

    Attributes:
        size: of the compositions in pixels.
        face_side: side of a face's square before it is changed at random. The public code pads it by 10 pixels.
        zoom: the square becomes larger or smaller by up to this share.
        flip: whether every other face is mirrored.
        rotation: degrees to either side.
        translation: to either side, in x and in y.
        warp: how far three corners of the composition are moved at most, in x and in y; with a quarter they could come
            to lie on one line.
        stretch: of grey values, of the face and of the background each: ``"range"`` to all of 0…255; ``"max"``, the
            public code's (v − least) / largest, which leaves what has no black dark; ``"none"``.
        light: whether the face is made as light as the background is on average, ``"face"`` where the face
            covers it, ``"canvas"`` all of it, or remains as it is, ``"none"``.
        kernel: side of the window that cleans masks (:func:`~fer_lib.training.compositions.masks.cleaned`), in shares
            of a face's square.
    """

    size: int = 64
    face_side: float = 128 / 148
    zoom: float = 0.2
    flip: bool = True
    rotation: float = 30.0
    translation: float = 0.2
    warp: float = 0.1
    stretch: str = "range"
    light: str = "face"
    kernel: float = 7 / 128

    def __post_init__(self):
        require(type(self.size) is int and 8 <= self.size <= 1024, f"compositions: size {self.size!r}, expected 8…1024")
        for name, low, high in (
            ("face_side", 0.1, 2), ("zoom", 0, 0.9), ("rotation", 0, 180), ("translation", 0, 1), ("warp", 0, 0.24),
            ("kernel", 0, 0.5),
        ):  # fmt: skip
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            require(number and low <= value <= high, f"compositions: {name} {value!r}, expected {low}…{high}")
        for name, known in (("stretch", STRETCHES), ("light", LIGHTS)):
            value = getattr(self, name)
            require(value in known, f"compositions: {name} {value!r}, expected one of {', '.join(known)}")
        require(isinstance(self.flip, bool), f"compositions: flip {self.flip!r}, expected true or false")


#: "2018" and "2019" are the public code's two states; "2019_wide" is what the later one evaluates on.
PRESETS = {
    "2018": Recipe(
        size=128, face_side=256 / 276, flip=False, rotation=45.0, translation=0.3, warp=0.2, light="canvas",
        kernel=7 / 256,
    ),
    "2019": Recipe(),
    "2019_wide": Recipe(rotation=45.0, translation=0.3, warp=0.2),
}  # fmt: skip


def resolve_recipe(preset: str | Recipe, **changes) -> Recipe:
    """A preset, or a recipe, with some fields changed. Raises InputError for unknown presets and fields and values out
    of range."""
    if isinstance(preset, str):
        require(
            preset in PRESETS,
            f"compositions: unknown preset {preset!r}{nearest(preset, PRESETS)} (known: {', '.join(PRESETS)})",
        )
        preset = PRESETS[preset]
    known = [field.name for field in fields(Recipe)]
    for name in changes:
        require(
            name in known, f"compositions: unknown option {name!r}{nearest(name, known)} (known: {', '.join(known)})"
        )
    return replace(preset, **changes)
