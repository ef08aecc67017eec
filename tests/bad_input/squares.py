"""Faces as squares with masks."""

from dataclasses import replace

import numpy as np

from fer_lib.faces.squares import face_squares

from . import case, faces_of


def squares(name: str, **asked):
    """A case in which squares are cut from pictures with landmarks that are all unknown."""

    @case(name)
    def arrange(place):
        points = np.full((3, 68, 2), np.nan, np.float32)
        faces = faces_of([0, 1, 2], images=np.zeros((3, 9, 9), np.uint8))
        mine = place.stored(replace(faces, name="mine", extras={"landmarks": points}))
        return lambda: face_squares(mine, **{"size": 64, "scene_size": 64, **asked})


squares("squares-masks", masks="hul")
squares("squares-size", size=4)
squares("squares-scene-size", scene_size=2048)
squares("squares-side", side=1.5)
squares("squares-no-masks", masks="dataset")
squares("squares-no-landmarks", landmarks="dataset")
squares("squares-black", masks="black")
squares("squares-options", masks="black", upscale=2)
