"""Photographs in ``train/<class>/`` and ``val/<class>/``, as ImageNet lies on disk for torchvision."""

import hashlib
import re
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ...errors import InputError, require
from .config import ImageNetConfig

PARTS = ("train", "val")


class Photographs(Dataset):
    """One part of the folder. An item is asked for by its position and epoch, and is (uint8 (3, size, size), label), or
    an InputError that names a file which cannot be read: raised in a reading process, it would lose its sentence.

    In training, the part of the photograph that is shown, and whether it is mirrored, are drawn from seed, epoch and
    position alone. So neither the number of processes nor an interruption changes what a network sees.

    Args:
        folder: with ``train`` and ``val``.
        part: one of these.

    Raises:
        InputError: no such folder; no class in it; a class without a photograph.
    """

    def __init__(self, folder: Path, part: str, config: ImageNetConfig):
        from torchvision.datasets import ImageFolder  # slow to import, and no other training needs it

        self.root, self.random, self.seed = folder / part, part == "train", config.seed
        require(folder.is_dir(), f"{folder}: no such folder, expected one with train/ and val/")
        require(
            self.root.is_dir(),
            f"{folder}: no folder {part}/, expected train/ and val/, each with a folder for each class",
        )
        require(
            any(path.is_dir() for path in self.root.iterdir()), f"{self.root}: no folders, expected one for each class"
        )
        files = ImageFolder(self.root, allow_empty=True)
        counts = np.bincount(files.targets, minlength=len(files.classes))
        empty = [name for name, count in zip(files.classes, counts, strict=True) if count == 0]
        require(not empty, f"{self.root}: no photograph of {_some(set(empty))}, expected some of each class")
        self.samples, self.classes = files.samples, tuple(files.classes)
        self.transform = _training_part(config.image_size) if self.random else _centre(config)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, asked: tuple[int, int]) -> tuple[Tensor, int] | InputError:
        from torchvision.datasets.folder import pil_loader

        position, epoch = asked
        path, label = self.samples[position]
        try:
            photograph = pil_loader(path)
        except Exception as error:  # each of Pillow's formats raises its own
            reason, *_ = (str(error) or type(error).__name__).splitlines()
            reason = re.sub(r":? ['\"<].*", "", reason)  # which may end with the file's name
            return InputError(f"{path}: not a readable photograph ({reason}); repair or delete it")
        if not self.random:
            return self.transform(photograph), label
        with torch.random.fork_rng([]):
            torch.manual_seed(int(np.random.SeedSequence((self.seed, epoch, position)).generate_state(1)[0]))
            return self.transform(photograph), label

    def fingerprint(self) -> str:
        """Of the names of classes and files; millions of photographs are not read for it."""
        digest = hashlib.sha256()
        for path, _ in self.samples:
            digest.update(f"{Path(path).relative_to(self.root).as_posix()}\n".encode())
        return digest.hexdigest()[:16]


def both_parts(folder: Path, config: ImageNetConfig) -> tuple[Photographs, Photographs]:
    """Training and validation photographs.

    Raises:
        InputError: what :class:`Photographs` says; parts of different classes.
    """
    train, val = (Photographs(folder, part, config) for part in PARTS)
    alone = (("train", set(train.classes) - set(val.classes)), ("val", set(val.classes) - set(train.classes)))
    different = "; ".join(f"{_some(names)} in {part}/ alone" for part, names in alone if names)
    require(not different, f"{folder}: {different}, expected the same classes in train/ and val/")
    require(len(train.classes) >= 2, f"{folder}: a single class, expected at least 2")
    return train, val


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:3]) + (" …" if len(names) > 3 else "")


def _training_part(size: int):
    from torchvision.transforms import Compose, PILToTensor, RandomHorizontalFlip, RandomResizedCrop

    return Compose([RandomResizedCrop(size), RandomHorizontalFlip(), PILToTensor()])


def _centre(config: ImageNetConfig):
    from torchvision.transforms import CenterCrop, Compose, PILToTensor, Resize

    return Compose([Resize(config.resize), CenterCrop(config.image_size), PILToTensor()])
