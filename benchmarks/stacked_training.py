"""Images trained per second by 1 … 70 models: stacked, one after another, and by a plain loop, in one run.

    python benchmarks/stacked_training.py [--models 1 5 10 35 70] [--network guided_stn] [--quick]

Beside the rates stand two limits computed from network and device (see the report's own words). On
two cores ``--quick`` takes minutes and the whole run three times that; a CUDA GPU is used where there is one.
Machines drift, so the ways take turns and the ratio of each turn counts.
"""

from dataclasses import dataclass

import pandas as pd
import torch
from device_limits import copy_bandwidth, launch_seconds
from engine_loops import Faces, processes, sequential, stacked
from plain_loop import BATCH, plain, png_folder
from report_file import parser, write_report
from sample_faces import sample_faces
from step_cost import Cost, sequential_step, stacked_steps

from fer_lib.progress import progress
from fer_lib.resources import cores
from fer_lib.training.device import NAMES, choose_device, choose_precision

PLAIN_WORKERS = 6  # of the public reference code's DataLoader; fewer where there are fewer cores
#: (images per model and epoch, images of the plain loop), by type of device.
IMAGES = {"cpu": (2 * BATCH, 8 * BATCH), "cuda": (50 * BATCH, 50 * BATCH), "mps": (10 * BATCH, 10 * BATCH)}
EPOCHS = {"cpu": 1, "cuda": 3, "mps": 1}  # after one that warms up


@dataclass(frozen=True)
class Setting:
    """What is measured, and on what."""

    network: str
    models: list[int]
    images: int
    plain_images: int
    rounds: int
    device: torch.device
    precision: str

    @property
    def epochs(self) -> int:
        return EPOCHS[self.device.type]


def measure(setting: Setting) -> pd.DataFrame:
    """A row per turn and number of models with images/s of each way."""
    plain_faces, faces = sample_faces(setting.plain_images), sample_faces(setting.images)
    how = {"epochs": setting.epochs, "precision": setting.precision, "device": setting.device}
    workers, rows = min(PLAIN_WORKERS, cores()), []
    with png_folder(*plain_faces[:2]) as folder:
        for turn in progress(range(setting.rounds), label="turns", unit="turn"):
            # its models train one after another, so their number changes nothing
            rate = plain(folder, plain_faces[2], setting.network, epochs=1, workers=workers, device=setting.device)
            for models in setting.models:
                alone = sequential(faces, setting.network, models=models, **how)
                together = stacked(faces, setting.network, models=models, **how)
                row = {"models": models, "plain": rate, "sequential": alone, "stacked": together}
                rows.append({"turn": turn, **row})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Limits:
    """What bounds the rates: a step's cost, and the device's measured speeds."""

    alone: Cost
    together: dict[int, Cost]
    bandwidth: float
    launch: float

    @classmethod
    def of(cls, setting: Setting) -> "Limits":
        few: Faces = sample_faces(2 * BATCH)
        alone = sequential_step(few, setting.network, setting.precision)
        together = stacked_steps(few, setting.network, setting.precision, setting.models)
        return cls(alone, together, copy_bandwidth(setting.device), launch_seconds(setting.device))

    def table(self, device: torch.device) -> pd.DataFrame:
        """Images/s by number of models."""
        rows = [
            {
                "models": models,
                "memory-bound, sequential": self.bandwidth * BATCH / self.alone.bytes,
                "memory-bound, stacked": self.bandwidth * models * BATCH / cost.bytes,
                "launch-bound, sequential": processes(models, device) * BATCH / (self.alone.operators * self.launch),
                "launch-bound, stacked": models * BATCH / (cost.operators * self.launch),
            }
            for models, cost in self.together.items()
        ]
        return pd.DataFrame(rows).set_index("models")


def summary(rates: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By number of models: medians of rates and of the ratios of each turn; smallest and largest ratio."""
    rates = rates.assign(
        **{
            "sequential ÷ plain": rates["sequential"] / rates["plain"],
            "stacked ÷ plain": rates["stacked"] / rates["plain"],
            "stacked ÷ sequential": rates["stacked"] / rates["sequential"],
        }
    )
    groups = rates.drop(columns="turn").groupby("models")
    ratios = [column for column in rates if "÷" in column]
    spread = groups[ratios].agg(lambda values: f"{values.min():.2f} – {values.max():.2f}")
    medians = groups.median()
    return medians.round({column: 2 if column in ratios else 0 for column in medians}), spread


def report(setting: Setting, rates: pd.DataFrame, limits: Limits) -> list[str]:
    medians, spread = summary(rates)
    size, cost = max(setting.models), limits.together[max(setting.models)]
    return [
        f"`{setting.network}`, batch {BATCH}, {setting.precision}; the plain loop in float32. "
        f"{setting.epochs * setting.images // BATCH} steps of every model are timed after "
        f"{setting.images // BATCH} that warm up; the plain loop {setting.plain_images // BATCH} steps with "
        f"{min(PLAIN_WORKERS, cores())} workers. Sequential: {processes(size, setting.device)} process(es) at most. "
        f"Medians of {setting.rounds} turn(s), images/s:",
        medians.to_markdown(),
        "Smallest and largest ratio of the turns:",
        spread.to_markdown(),
        "Limits, images/s:",
        limits.table(setting.device).round(0).to_markdown(),
        "How they are computed: PyTorch's operators are counted during one training step of this network on a CPU, "
        "forward, backward and optimizer. "
        f"One model: {limits.alone.operators} operators, {limits.alone.bytes / BATCH / 1e6:.2f} MB read and written "
        f"per image. {size} models stacked: {cost.operators} operators for all, "
        f"{cost.bytes / BATCH / size / 1e6:.2f} MB per image. "
        f"Memory-bound: bytes over the bandwidth of a large copy, {limits.bandwidth / 1e9:.1f} GB/s here, measured "
        "in this run. It is what training would reach were memory all that counts and every operator read its "
        "inputs from it; what stays in a cache between two operators can be faster. "
        f"Launch-bound: operators times {1e6 * limits.launch:.2f} µs, what one addition of two numbers takes from "
        "Python here, each launched by itself"
        + (" in each process" if setting.device.type == "cpu" else "")
        + "; on CUDA the stack's steps are replayed as graphs and not bound by it.",
    ]


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--models", type=int, nargs="+", default=[1, 5, 10, 35, 70])
    asked.add_argument("--network", choices=["guided_stn", "simple_cnn"], default="guided_stn")
    asked.add_argument("--images", type=int, help="of each model and epoch, a multiple of the batch of 128")
    asked.add_argument("--rounds", type=int, default=3, help="turns of each way (default 3)")
    asked.add_argument("--device", default="auto")
    asked.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    asked.add_argument("--quick", action="store_true", help="one turn, the plain loop on few images")
    given = asked.parse_args(arguments)
    device = choose_device(given.device)
    images, plain_images = IMAGES[device.type]
    images = given.images or images
    if images % BATCH or images < 2 * BATCH:
        asked.error(f"--images {images}, expected a multiple of {BATCH} from {2 * BATCH}")
    setting = Setting(
        network=given.network,
        models=given.models,
        images=images,
        plain_images=4 * BATCH if given.quick else plain_images,
        rounds=1 if given.quick else given.rounds,
        device=device,
        precision=NAMES[choose_precision(given.precision, device)],
    )
    parts = report(setting, measure(setting), Limits.of(setting))
    write_report(f"stacked_training-{given.network}", "Stacked training, images/s", parts, device, given.out)


if __name__ == "__main__":
    main()
