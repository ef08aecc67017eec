"""One table of guidance kinds: how each is drawn, and what it needs for that."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..errors import require
from ..registry import Registry, nearest

GUIDANCE = Registry("guidance kind")


@dataclass(frozen=True)
class Kind:
    """A registered kind of guidance.

    Attributes:
        render: ``render(images, points, *, size, rows, **options) -> uint8 (B, h, w)`` for a batch:
            images uint8 (B, H, W) grey; points float32 (B, 68, 2) in their pixels, NaN where no face was
            found, or None unless `landmarks`; size (h, w) of the maps; rows int64 (B,), positions in the
            whole set.
        landmarks: whether it is drawn from landmarks.
        options: the options it takes and their defaults; only these enter its fingerprint.
        localization: the kind that the localization network sees when *this* kind replaces the
            image itself (patches, weighted); None where this kind is what it sees.
        donors: ``donors(has_face, **options) -> int64 (N,)``: whose image and landmarks each map is
            drawn from; None means its own.
        colour: whether it takes images as they are, uint8 (B, H, W) or (B, H, W, 3), and not their grey version.
        source: ``source(**options) -> dict``: what the maps depend on beside images, landmarks and options, such as
            the hash of a weights file; stored maps are used again only while it is the same.
        at_once: images of a batch at most, where one takes so long that progress would not show otherwise.
        read: ``read(faces, folder, size, **options) -> uint8 (N, h, w)`` of maps that something above this floor
            computed and left in `folder`; None where :attr:`render` makes them.
        title: what pictures of its maps are called, the name where there is no other: a substitute for learned
            saliency says what it is.
    """

    name: str
    render: Callable[..., np.ndarray]
    landmarks: bool = False
    options: dict = field(default_factory=dict)
    localization: str | None = None
    donors: Callable[..., np.ndarray] | None = None
    colour: bool = False
    source: Callable[..., dict] | None = None
    at_once: int | None = None
    read: Callable[..., np.ndarray] | None = None
    title: str = ""

    def titled(self, fold: int | None = None) -> str:
        """The title; of maps by the network of a fold, which one: ``saliency[Grad-CAM, fold 0]``."""
        return self.title if fold is None else f"{self.title.removesuffix(']')}, fold {fold}]"


def register_guidance(
    name: str,
    *,
    landmarks: bool = False,
    localization: str | None = None,
    donors=None,
    colour: bool = False,
    source=None,
    at_once: int | None = None,
    read=None,
    title: str = "",
    **options,
):
    """Decorator for a render function; `options` are its options with their defaults."""

    def add(render):
        also = {"colour": colour, "source": source, "at_once": at_once, "read": read, "title": title or name}
        kind = Kind(name, render, landmarks, options, localization, donors, **also)
        GUIDANCE.register(name)(kind)
        return render

    return add


def list_guidance() -> list[str]:
    return GUIDANCE.names()


def kind_options(kind: Kind, given: dict, common: dict) -> dict:
    """The kind's options with defaults filled in.

    Args:
        given: options meant for this very kind; one it does not take is an error.
        common: options every kind may be called with; those it does not take are left out.

    Raises:
        InputError: an option the kind does not take.
    """
    for key in given:
        require(key in kind.options, f"guidance kind {kind.name!r} has no option {key!r}{nearest(key, kind.options)}")
    return {**kind.options, **{key: value for key, value in common.items() if key in kind.options}, **given}
