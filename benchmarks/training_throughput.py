"""Images trained per second: this package against a plain per-image loop, in one run.

    python benchmarks/training_throughput.py [--images 6400] [--rounds 3]

*Plain*: what the public reference code does. PNG files, PIL, ``ToTensor`` and ``Normalize`` per
image, a ``DataLoader`` with two worker processes, float32, PyTorch's default threads.
*Ours*: uint8 in memory, normalised per batch, channels_last, two single-threaded processes (each
trains its own fold), in float32 and in the precision ``auto`` chooses.

Same networks, same batch of 128, same optimiser; the first epoch of each measurement is warm-up
and not counted. Machines drift, so the ways take turns and the ratio of each turn counts.
"""

import argparse
import tempfile
import time
from datetime import date
from multiprocessing import Manager
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from fer_lib.artifacts import provenance, save_text
from fer_lib.datasets import load_dataset
from fer_lib.datasets.labels import polarity
from fer_lib.guidance import render_guidance
from fer_lib.models import create_model
from fer_lib.progress import progress
from fer_lib.training import TrainConfig, fit
from fer_lib.training.batches import Batches
from fer_lib.training.device import choose_precision

BATCH, EPOCHS, WORKERS, CLASSES = 128, 3, 2, 3


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


def plain(folder: Path, labels: np.ndarray, model_name: str) -> float:
    """Images per second of the plain loop."""
    model = create_model(model_name, num_classes=CLASSES).train()
    faces = PngFaces(folder, labels, guided=model_name == "guided_stn")
    loader = DataLoader(faces, BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True)
    optimizer, loss_of = torch.optim.Adam(model.parameters(), lr=1e-3), nn.CrossEntropyLoss()
    seconds = []
    for _ in range(EPOCHS):
        started = time.perf_counter()
        for pictures, targets in loader:
            optimizer.zero_grad()
            loss_of(model(*pictures), targets).backward()
            optimizer.step()
        seconds.append(time.perf_counter() - started)
    return len(labels) / np.mean(seconds[1:])


def one_process(images, masks, labels, model_name: str, precision: str, ready) -> tuple[float, float]:
    """Start and end (clock time) of one single-threaded process that trains one fold, after a warm-up epoch."""
    torch.set_num_threads(1)
    guidance = masks if model_name == "guided_stn" else None
    batches = Batches(images, guidance, labels, CLASSES, torch.device("cpu"))
    model, everything = create_model(model_name, num_classes=CLASSES), np.arange(len(labels))
    config = TrainConfig(epochs=EPOCHS, batch_size=BATCH, precision=precision, device="cpu")
    started = []

    def after_epoch(row):
        if row["epoch"] == 1:
            ready.wait()
            started.append(time.time())

    # two images to select on: the scoring between epochs is not what is measured
    fit(model, batches, everything, everything[:2], config, seed=0, on_epoch=after_epoch)
    return started[0], time.time()


def ours(images, masks, labels, model_name: str, precision: str) -> float:
    """Images per second of all processes together, from the first start to the last end."""
    with Manager() as manager:
        ready = manager.Barrier(WORKERS)
        job = delayed(one_process)(images, masks, labels, model_name, precision, ready)
        spans = np.array(Parallel(n_jobs=WORKERS, inner_max_num_threads=1)(job for _ in range(WORKERS)))
    return WORKERS * (EPOCHS - 1) * len(labels) / (spans[:, 1].max() - spans[:, 0].min())


def measure(count: int, rounds: int, data_dir: str) -> pd.DataFrame:
    """A row per network and turn with images/s of each way."""
    faces = polarity(load_dataset("synthetic", data_dir))
    chosen = np.resize(np.arange(len(faces)), count)
    images, labels = np.asarray(faces.images)[chosen], faces.labels[chosen]
    masks = render_guidance("soft", images, np.asarray(faces.extras["landmarks"])[chosen])
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, pictures in (("image", images), ("mask", masks)):
            for index, picture in enumerate(pictures):
                Image.fromarray(picture).save(Path(scratch) / f"{name}-{index}.png")
        for turn in progress(range(rounds), label="turns", unit="turn"):
            for model_name in ("simple_cnn", "guided_stn"):
                rows.append(
                    {
                        "network": model_name,
                        "turn": turn,
                        "plain fp32": plain(Path(scratch), labels, model_name),
                        "ours fp32": ours(images, masks, labels, model_name, "fp32"),
                        "ours auto": ours(images, masks, labels, model_name, "auto"),
                    }
                )
    return pd.DataFrame(rows)


def report(table: pd.DataFrame, count: int) -> str:
    """Markdown: medians of images/s and of the ratio within each turn."""
    for way in ("fp32", "auto"):
        table[f"{way} ÷ plain"] = table[f"ours {way}"] / table["plain fp32"]
    groups = table.drop(columns="turn").groupby("network")
    medians = groups.median().round(
        {"plain fp32": 0, "ours fp32": 0, "ours auto": 0, "fp32 ÷ plain": 2, "auto ÷ plain": 2}
    )
    facts = provenance()
    auto = str(choose_precision("auto", torch.device("cpu"))).removeprefix("torch.")
    return "\n".join(
        [
            "# Training throughput, images/s",
            "",
            f"{count:,} synthetic faces of 48 × 48, batch {BATCH}, median of {table['turn'].nunique()} turns; "
            f"`auto` is {auto} here. {facts['machine']['cores']} cores ({facts['machine']['processor']}), "
            f"torch {torch.__version__}, revision `{facts['revision'][:10]}`, {date.today()}.",
            "",
            medians.to_markdown(),
            "",
            "Smallest and largest ratio of the turns:",
            "",
            groups[["fp32 ÷ plain", "auto ÷ plain"]].agg(["min", "max"]).round(2).to_markdown(),
            "",
        ]
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--images", type=int, default=6400, help="training images (default 6400)")
    arguments.add_argument("--rounds", type=int, default=3, help="turns of each way (default 3)")
    arguments.add_argument("--data", default="data", help="folder with prepared/ (default data)")
    arguments.add_argument("--out", type=Path, default=Path("reports/benchmarks"))
    given = arguments.parse_args()
    text = report(measure(given.images, given.rounds, given.data), given.images)
    path = given.out / f"{date.today()}-{provenance()['revision'][:10]}-training_throughput.md"
    save_text(path, text)
    print(text + f"\n{path}")


if __name__ == "__main__":
    main()
