"""Kinds of clutter: random draws in, one float32 field a picture out, about 0 to 1, coordinates 0 … 1 over the side."""

import numpy as np

from ..synthetic.draws import Draws

OCTAVES = (3, 6, 12, 24, 48)  # cells along a side; photographs' amplitudes fall with the frequency too


def gradients(draws: Draws, name: str, size: int) -> np.ndarray:
    """Light that falls off, straight across or around a place."""
    x, y = _pixels(size)
    angle = draws.uniform(f"{name}-angle", 0, 2 * np.pi)[:, None, None]
    straight = (x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle) + 0.5
    place = draws.uniform(f"{name}-place", columns=2)
    around = np.hypot(x - place[:, 0, None, None], y - place[:, 1, None, None])
    return np.where(draws.chance(f"{name}-round", 0.5)[:, None, None], around, straight).astype(np.float32)


def blobs(draws: Draws, name: str, size: int, count: int = 14) -> np.ndarray:
    """Soft spots, bright and dark, of many sizes. A Gaussian is a product, so a picture is a product of matrices."""
    place = draws.uniform(f"{name}-place", -0.1, 1.1, 2 * count).reshape(-1, count, 2, 1)
    width = (0.03 * 8 ** draws.uniform(f"{name}-width", columns=2 * count)).reshape(-1, count, 2, 1)
    height = draws.uniform(f"{name}-height", -1, 1, count)
    bells = np.exp(-0.5 * ((_centres(size) - place) / width) ** 2)  # (N, count, 2, size)
    return (bells[:, :, 1] * height[:, :, None]).transpose(0, 2, 1) @ bells[:, :, 0] + np.float32(0.5)


def stripes(draws: Draws, name: str, size: int) -> np.ndarray:
    """Waves of any direction, from soft to sharp, bent as curtains, blinds and shelves are."""
    x, y = _pixels(size)
    angle = draws.uniform(f"{name}-angle", 0, np.pi)[:, None, None]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    frequency = 2 * np.pi * (2 * 10 ** draws.uniform(f"{name}-frequency"))[:, None, None]
    bend = draws.uniform(f"{name}-bend", 0, 0.04)[:, None, None]
    phase = draws.uniform(f"{name}-phase", 0, 2 * np.pi)[:, None, None]
    wave = np.sin((along + bend * np.sin(9 * across + 3 * phase)) * frequency + phase)
    sharpness = 8 ** draws.uniform(f"{name}-sharpness")[:, None, None]
    return (0.5 + 0.5 * np.tanh(sharpness * wave)).astype(np.float32)


def cells(draws: Draws, name: str, size: int, count: int = 12) -> np.ndarray:
    """Areas of one grey with straight edges: every pixel takes the grey of the nearest of `count` places."""
    x, y = _pixels(size)
    place, grey = draws.uniform(f"{name}-place", columns=2 * count), draws.uniform(f"{name}-grey", columns=count)
    field, least = np.empty((len(place), size, size), np.float32), np.full((len(place), size, size), np.inf, np.float32)
    for k in range(count):
        distance = (x - place[:, 2 * k, None, None]) ** 2 + (y - place[:, 2 * k + 1, None, None]) ** 2
        field = np.where(distance < least, grey[:, k, None, None], field)
        least = np.minimum(distance, least)
    return field


def noise(draws: Draws, name: str, size: int) -> np.ndarray:
    """Random values on grids of :data:`OCTAVES`, interpolated smoothly; how fast they fall is drawn."""
    fall = draws.uniform(f"{name}-fall", 0.45, 0.95)
    total = np.zeros((len(fall), size, size), np.float32)
    for octave, cells_ in enumerate(OCTAVES):
        side = cells_ + 1
        grid = draws.uniform(f"{name}-{cells_}", -1, 1, side * side).reshape(-1, side, side)
        spread = interpolation(size, cells_)
        total += (fall**octave)[:, None, None] * (spread @ grid @ spread.T)
    return total


def shapes(draws: Draws, name: str, size: int, count: int = 9) -> np.ndarray:
    """Ellipses and boxes over one another, turned, shaded from one side; some as large as a face."""
    x, y = _pixels(size)
    drawn = draws.uniform(f"{name}-drawn", columns=7 * count).reshape(-1, count, 7)[..., None, None]
    field = np.broadcast_to(draws.uniform(f"{name}-ground")[:, None, None], (len(drawn), size, size))
    boxes = draws.uniform(f"{name}-box", columns=count)[..., None, None] < 0.5
    for k in range(count):
        px, py, turn, wide, high, grey, slope = (drawn[:, k, i] for i in range(7))
        cos, sin = np.cos(np.pi * turn), np.sin(np.pi * turn)
        u = ((x - px) * cos + (y - py) * sin) / (0.04 * 8**wide)
        v = ((y - py) * cos - (x - px) * sin) / (0.04 * 8**high)
        inside = np.where(boxes[:, k], np.maximum(np.abs(u), np.abs(v)), u * u + v * v) < 1
        field = np.where(inside, grey + 0.4 * (slope - 0.5) * u, field)
    return field.astype(np.float32)


def interpolation(size: int, cells: int) -> np.ndarray:
    """float32 (size, cells + 1): weights of the grid's values for every pixel along one axis, cubic between two of
    them (Hermite's 3t² − 2t³, whose slope is zero on the grid)."""
    at = _centres(size) * cells
    left = np.minimum(at.astype(int), cells - 1)
    t = at - left
    t = t * t * (3 - 2 * t)
    weights = np.zeros((size, cells + 1), np.float32)
    rows = np.arange(size)
    weights[rows, left], weights[rows, left + 1] = 1 - t, t
    return weights


def _centres(size: int) -> np.ndarray:
    return (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)


def _pixels(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Column and row, float32 (1, 1, size) and (1, size, 1)."""
    centres = _centres(size)
    return centres[None, None, :], centres[None, :, None]


KINDS = {
    "gradients": gradients,
    "blobs": blobs,
    "stripes": stripes,
    "cells": cells,
    "noise": noise,
    "shapes": shapes,
}
