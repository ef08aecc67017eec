"""Compositions made per second, with the changes of appearance and without.

    python benchmarks/composition_rate.py [--sides 64 128] [--threads 1 2] [--batch 64] [--rounds 5]

Faces of 128 × 128 pixels over backgrounds of 256 × 256, placed anew in every composition, in the state of FERAtt's
public code that works at a side: "2018" from 128 pixels on, "2019" below. The ways take turns, as machines drift, and
the median of the turns counts. Under a minute on two cores.
"""

import numpy as np
import pandas as pd
import torch
from clock import now
from report_file import parser, write_report

from fer_lib.datasets.backgrounds import procedural_backgrounds
from fer_lib.datasets.synthetic import render, sample_parameters
from fer_lib.progress import progress
from fer_lib.resources import keep_freed_memory
from fer_lib.training.compositions import PRESETS, Compositions, appearance

TARGET = 1000  # compositions per second on two cores
FACES, FACE, BACKGROUND = 64, 128, 256
SECONDS = 1.0  # of each way and turn
CPU = torch.device("cpu")


def compositions(sides: list[int]) -> dict[int, tuple[str, Compositions]]:
    """What is measured, with its preset, by side."""
    faces = render(sample_parameters(FACES, seed=0, style="wild"), FACE)
    backgrounds = procedural_backgrounds(FACES, max(BACKGROUND, *sides), seed=0)
    presets = {side: "2018" if side >= PRESETS["2018"].size else "2019" for side in sides}
    return {
        side: (preset, Compositions(faces.images, faces.face_mask, backgrounds, preset, size=side))
        for side, preset in presets.items()
    }


def rate(made: Compositions, preset: str, batch: int, seconds: float) -> float:
    """Compositions per second; the first batch warms up."""
    generator, count = torch.Generator().manual_seed(0), 0
    index = torch.from_numpy(np.resize(np.arange(len(made)), batch))

    def one_batch() -> None:
        appearance(made.compose(index, generator).image, preset, generator)

    one_batch()
    started = now(CPU)
    while (passed := now(CPU) - started) < seconds:
        one_batch()
        count += batch
    return count / passed


def measure(sides: list[int], threads: list[int], batch: int, rounds: int, seconds: float = SECONDS) -> pd.DataFrame:
    """A row per turn, side and number of threads with compositions/s without and with changes of appearance."""
    rows, all_made = [], compositions(sides)
    for turn in progress(range(rounds), label="turns", unit="turn"):
        for count in threads:
            torch.set_num_threads(count)
            for side, (preset, made) in all_made.items():
                ways = {"plain": "none", "appearance": preset}
                rates = {way: rate(made, name, batch, seconds) for way, name in ways.items()}
                rows.append({"turn": turn, "side": side, "preset": preset, "threads": count, **rates})
    return pd.DataFrame(rows)


def report(table: pd.DataFrame, batch: int) -> list[str]:
    groups = table.drop(columns="turn").groupby(["side", "preset", "threads"])
    medians = groups.median().round()
    below = int((medians[["plain", "appearance"]] < TARGET).to_numpy().sum())
    return [
        f"Batches of {batch}, medians of {table['turn'].nunique()} turn(s), compositions/s:",
        medians.reset_index().to_markdown(index=False),
        "Smallest and largest of the turns:",
        groups.agg(lambda rates: f"{rates.min():.0f} – {rates.max():.0f}").reset_index().to_markdown(index=False),
        f"The target is {TARGET:,} on two cores; medians below it: {below} of {2 * len(medians)}.",
    ]


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--sides", type=int, nargs="+", default=[64, 128], help="in pixels (default 64 128)")
    asked.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="default 1 2")
    asked.add_argument("--batch", type=int, default=64, help="compositions made at a time (default 64)")
    asked.add_argument("--rounds", type=int, default=5, help="turns of each way (default 5)")
    given = asked.parse_args(arguments)
    keep_freed_memory()
    table = measure(given.sides, given.threads, given.batch, given.rounds)
    write_report("composition_rate", "Compositions per second", report(table, given.batch), CPU, given.out)


if __name__ == "__main__":
    main()
