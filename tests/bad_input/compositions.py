"""Faces over backgrounds."""

import numpy as np
import torch

from fer_lib.datasets.backgrounds import photographs, procedural_backgrounds
from fer_lib.faces.hulls import upright_faces
from fer_lib.training.compositions import Compositions, appearance

from . import case


def composing(*changed, side=64, masks=255, **options):
    faces = np.zeros((3, 32, 32), np.uint8)
    filled = np.zeros_like(faces) + np.uint8(masks)
    filled[list(changed)] = 0
    return lambda: Compositions(faces, filled, np.zeros((1, side, side), np.uint8), **options)


@case("compositions-preset")
def _(place):
    return composing(preset="2019wide")


@case("compositions-option")
def _(place):
    return composing(rotaton=3)


@case("compositions-warp")
def _(place):
    return composing(warp=0.3)


@case("compositions-backgrounds")
def _(place):
    return composing(side=48)


@case("compositions-mask")
def _(place):
    return composing(1)


@case("compositions-appearance")
def _(place):
    return lambda: appearance(torch.zeros(2, 1, 64, 64), "2109")


@case("compositions-appearance-shape")
def _(place):
    return lambda: appearance(torch.zeros(2, 3, 64, 64), "2019")


@case("backgrounds-kind")
def _(place):
    return lambda: procedural_backgrounds(2, 64, kinds=["blob"])


@case("backgrounds-folder")
def _(place):
    return lambda: photographs("data/photographs", 128)


@case("backgrounds-empty")
def _(place):
    place.write("data/notes.txt", "none")
    return lambda: photographs("data", 128)


@case("upright-no-landmarks")
def _(place):
    points = np.random.default_rng(0).uniform(0, 40, (3, 68, 2))
    points[1] = np.nan
    return lambda: upright_faces(np.zeros((3, 48, 48), np.uint8), points, 64)
