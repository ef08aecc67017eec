"""Which options decide a kind's maps: what the record of a run has to name."""

from dataclasses import asdict

from ..errors import require
from ..faces.options import DetectorOptions
from ..registry import nearest
from .registry import GUIDANCE, list_guidance

#: Named in every record, at their defaults too.
ALWAYS = ("no_face_fill", "seed")


def deciding_options(kind: str, *, landmarks: str = "dlib", landmark_options: dict | None = None, **options) -> dict:
    """The options of :func:`~fer_lib.guidance.make_guidance` that decide this kind's maps.

    ``{}`` for "none", ``{"seed": 2020}`` for "noise", ``{"no_face_fill": "white"}`` for "soft". An option that the
    kind takes is named where it is not at its default, `no_face_fill` and `seed` always. For kinds drawn
    from landmarks `landmarks` and `landmark_options` count in the same way.

    Returns:
        Plain values, fit for JSON.

    Raises:
        InputError: unknown kind, or an option that no kind takes.
    """
    chosen = GUIDANCE[kind]
    known = {option for name in list_guidance() for option in GUIDANCE[name].options}
    for key in options:
        require(key in known, f"guidance has no option {key!r}{nearest(key, known)}")
    decides = {
        key: options.get(key, default)
        for key, default in chosen.options.items()
        if key in ALWAYS or options.get(key, default) != default
    }
    if chosen.landmarks:
        if landmarks != "dlib":
            decides["landmarks"] = landmarks
        elif changed := _changed(landmark_options or {}):
            decides["landmark_options"] = changed
    return decides


def _changed(landmark_options: dict) -> dict:
    asked, usual = asdict(DetectorOptions(**landmark_options)), asdict(DetectorOptions())
    changed = {key: value for key, value in asked.items() if value != usual[key]}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in changed.items()}
