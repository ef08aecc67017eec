"""What the public reference code does: the loop that every training benchmark compares with.

PNG files, PIL, ``ToTensor`` and ``Normalize`` per image, a ``DataLoader`` with worker processes,
float32, PyTorch's default threads; one model after another.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from clock import now
from PIL import Image
from sample_faces import CLASSES
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from fer_lib.models import create_model

BATCH = 128


class PngFaces(Dataset):
    """One image (and mask) per item, opened with PIL."""

    def __init__(self, folder: Path, labels: np.ndarray, guided: bool):
        self.folder, self.labels, self.guided = folder, labels, guided
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        names = ["image", "mask"] if self.guided else ["image"]
        pictures = [self.transform(Image.open(self.folder / f"{name}-{index}.png").convert("L")) for name in names]
        return pictures, int(self.labels[index])


@contextmanager
def png_folder(images: np.ndarray, masks: np.ndarray) -> Iterator[Path]:
    """A folder with ``image-<i>.png`` and ``mask-<i>.png``, there for the time of the block."""
    with tempfile.TemporaryDirectory() as folder:
        for name, pictures in (("image", images), ("mask", masks)):
            for index, picture in enumerate(pictures):
                Image.fromarray(picture).save(Path(folder) / f"{name}-{index}.png")
        yield Path(folder)


def plain(
    folder: Path, labels: np.ndarray, model_name: str, *, epochs: int, workers: int, device: torch.device | None = None
) -> float:
    """Images per second of `epochs` epochs, after one more that warms up."""
    device = device or torch.device("cpu")
    model = create_model(model_name, num_classes=CLASSES).to(device).train()
    faces = PngFaces(folder, labels, guided=model_name == "guided_stn")
    loader = DataLoader(faces, BATCH, shuffle=True, num_workers=workers, persistent_workers=True)
    optimizer, loss_of = torch.optim.Adam(model.parameters(), lr=1e-3), nn.CrossEntropyLoss()
    marks = []
    for _ in range(1 + epochs):
        for pictures, targets in loader:
            optimizer.zero_grad()
            loss_of(model(*[picture.to(device) for picture in pictures]), targets.to(device)).backward()
            optimizer.step()
        marks.append(now(device))
    return epochs * len(labels) / (marks[-1] - marks[0])
