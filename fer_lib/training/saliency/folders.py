"""Pictures and where people looked in them, as SALICON lies on disk."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ...datasets.image_files import is_image, open_image
from ...errors import require
from ...guidance.msinet import fit

PARTS = ("train", "val")


class Fixations(Dataset):
    """One part of the folder: ``images/<part>/`` and, by the same names, ``maps/<part>/``.

    An item is (picture float (3, H, W) RGB in 0…255, map float (1, H, W) in 0…255), both fitted into the canvas with
    their aspect ratio, with 126 around a picture and 0 around a map.

    Args:
        folder: with ``images`` and ``maps``.
        part: "train" or "val".
        canvas: (H, W).

    Raises:
        InputError: a folder that is not there or empty; a picture without a map, or a map without a picture. From an
            item: a file that cannot be read, a map of another size than its picture, or one in which nobody looked
            anywhere.
    """

    def __init__(self, folder: str | Path, part: str, canvas: tuple[int, int]):
        self.canvas = canvas
        layout = f"expected images/{part} and maps/{part} with files of the same names"
        found = {}
        for kind in ("images", "maps"):
            place = Path(folder, kind, part)
            require(place.is_dir(), f"{place}: no such folder, {layout}")
            found[kind] = {path.stem: path for path in sorted(place.iterdir()) if is_image(path)}
            require(bool(found[kind]), f"{place}: no images, {layout}")
        for kind, other in (("images", "maps"), ("maps", "images")):
            alone = sorted(found[kind].keys() - found[other].keys())
            require(
                not alone,
                f"{Path(folder, other, part)}: nothing for {found[kind][alone[0]].name}, {layout}" if alone else "",
            )
        self.files = [(path, found["maps"][name]) for name, path in found["images"].items()]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, position: int) -> tuple[Tensor, Tensor]:
        picture_file, map_file = self.files[position]
        picture, seen = _pixels(picture_file, "rgb"), _pixels(map_file, "grey")
        require(
            picture.shape[1:] == seen.shape[1:],
            f"{map_file}: {seen.shape[1]} × {seen.shape[2]} pixels, expected {picture.shape[1]} × {picture.shape[2]} "
            f"as {picture_file.name}",
        )
        require(bool(seen.any()), f"{map_file}: black throughout, expected brightness where people looked")
        return fit(picture[None], self.canvas)[0], fit(seen[None], self.canvas, filling=0)[0]

    def fingerprint(self) -> str:
        """Of the files' names and sizes; thousands of pictures are not read for it."""
        digest = hashlib.sha256()
        for paths in self.files:
            digest.update("".join(f"{path.name} {path.stat().st_size}\n" for path in paths).encode())
        return digest.hexdigest()[:16]


def _pixels(path: Path, channels: str) -> Tensor:
    """float (3 or 1, h, w)"""
    pixels = torch.from_numpy(np.array(open_image(path, channels), np.float32))
    return pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)
