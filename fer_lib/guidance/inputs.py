"""Which image goes where: what is sampled and classified, and what the localization network sees."""

from pathlib import Path

import numpy as np

from ..datasets import FaceSet
from .registry import GUIDANCE
from .size import NETWORK_SIZE
from .store import make_guidance


def network_inputs(
    kind: str, faces: FaceSet, data_dir: str | Path = "data", *, size: int = NETWORK_SIZE, **options
) -> tuple[np.ndarray, np.ndarray | None]:
    """The two inputs of a guided network, uint8 (N, size, size) each.

    ======================================= ================ ======================
    kind                                    sampled image    localization
    ======================================= ================ ======================
    none                                    image            None (sees the image)
    patches                                 patch image      binary mask
    weighted                                weighted image   soft mask
    every other                             image            the map of that kind
    ======================================= ================ ======================

    RGB images become grey as in Pillow's mode "L"; images of another size are resized as a whole (bicubic,
    whatever their aspect ratio, as published). Guidance replaces the localization network's input; the
    classifier never sees a mask.

    Args:
        kind, faces, data_dir, size, options: as in :func:`~fer_lib.guidance.make_guidance`.

    Returns:
        (image, localization); memory-mapped where `faces` is a whole prepared set.
    """
    chosen = GUIDANCE[kind]
    options = {**options, "size": size}
    maps = make_guidance(kind, faces, data_dir, **options)
    if kind == "none":
        return maps, None
    if chosen.localization is not None:
        return maps, make_guidance(chosen.localization, faces, data_dir, **options)
    return make_guidance("none", faces, data_dir, size=size), maps
