"""Eight pictures in SALICON's layout, in each of which people look at the bright square."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for part, count in (("train", 6), ("val", 2)):
        for kind in ("images", "maps"):
            (tmp_path / "salicon" / kind / part).mkdir(parents=True)
        for number in range(count):
            picture, seen = rng.integers(0, 60, (24, 32, 3), dtype=np.uint8), np.zeros((24, 32), np.uint8)
            row, column = rng.integers(0, 16), rng.integers(0, 24)
            picture[row : row + 8, column : column + 8] = 255
            seen[row : row + 8, column : column + 8] = 200
            Image.fromarray(picture).save(tmp_path / "salicon" / "images" / part / f"{number}.jpg", quality=95)
            Image.fromarray(seen).save(tmp_path / "salicon" / "maps" / part / f"{number}.png")
    return tmp_path / "salicon"
