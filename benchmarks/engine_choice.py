"""What ``engine="auto"`` costs on a CPU: the same runs cross-validated with it and with ``"sequential"``.

    python benchmarks/engine_choice.py [--images 1500] [--epochs 20] [--rounds 2]

Four runs of two folds, in alternating turns, each from scratch. ``auto`` trains nothing on trial where
the work is small; here it always does, so that the time of the trial is inside. About five minutes on two cores.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from report_file import parser, write_report
from sample_faces import sample_faces

from fer_lib.artifacts.runs import Run
from fer_lib.datasets.labels import POLARITY
from fer_lib.progress import progress
from fer_lib.training import Experiment, TrainConfig, cross_validate, engine, schedule

ENGINES = ("sequential", "auto")
RUNS, FOLDS = 4, 2
CPU = torch.device("cpu")


def experiments(folder: Path, faces) -> list[Experiment]:
    """Guided networks on equal data, one run each."""
    images, masks, labels = faces
    names = np.array([f"face-{i:05d}" for i in range(len(labels))])
    common = Experiment(
        folder / "run", "guided_stn", images, masks, labels, POLARITY, np.arange(len(labels)) % FOLDS,
        np.arange(len(labels)), names,
    )  # fmt: skip
    return [replace(common, folder=folder / f"run{i}") for i in range(RUNS)]


def timed(faces, config: TrainConfig) -> tuple[float, float, Run]:
    """Seconds of the whole call, those in it that the choice of an engine took, and the first run."""
    choosing, choose = 0.0, schedule.choose_engine

    def timed_choice(*arguments):
        nonlocal choosing
        started = time.perf_counter()
        try:
            return choose(*arguments)
        finally:
            choosing += time.perf_counter() - started

    with tempfile.TemporaryDirectory() as folder, patch.object(schedule, "choose_engine", timed_choice):
        planned = experiments(Path(folder), faces)
        started = time.perf_counter()
        run = cross_validate(planned, config)[0]
        return time.perf_counter() - started, choosing, run


def measure(faces, config: TrainConfig, rounds: int) -> pd.DataFrame:
    """A row per turn: seconds of each engine, of the trial, and what was chosen."""
    rows = []
    with patch.object(engine, "CPU_WORTH_ASKING", 0):
        timed(faces, replace(config, engine="sequential", epochs=1))  # starts the workers
        for turn in progress(range(rounds), label="turns", unit="turn"):
            row = {"turn": turn}
            for name in ENGINES if turn % 2 == 0 else ENGINES[::-1]:
                row[name], choosing, run = timed(faces, replace(config, engine=name))
                if name == "auto":
                    row |= {"trial": choosing, "chosen": ", ".join(run.card["engine"])}
            rows.append(row)
    return pd.DataFrame(rows)


def report(table: pd.DataFrame, count: int, config: TrainConfig) -> list[str]:
    table["auto ÷ sequential"] = table["auto"] / table["sequential"]
    work = RUNS * FOLDS * count * config.epochs  # as choose_engine counts it
    trial, seconds = table["trial"].median(), table["sequential"].median()
    smallest = seconds * engine.CPU_WORTH_ASKING / work
    columns = ["turn", "sequential", "auto", "trial", "auto ÷ sequential", "chosen"]
    return [
        f"{RUNS} runs of {FOLDS} folds of `guided_stn`, {count:,} images, {config.epochs} epochs, seconds; "
        "`trial` is the time of the choice, which `auto` contains:",
        table[columns].round(2).to_markdown(index=False),
        f"Median of auto ÷ sequential: {table['auto ÷ sequential'].median():.3f}. The trial's length does not depend "
        f"on the job's. This job is {work:,} images × epochs; outside this benchmark `auto` tries both engines from "
        f"{engine.CPU_WORTH_ASKING:,} on, which at the same rate take {smallest:.0f} s: the trial is "
        f"{trial / smallest:.1%} of that.",
    ]


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--images", type=int, default=1500, help="of each run (default 1500)")
    asked.add_argument("--epochs", type=int, default=20)
    asked.add_argument("--rounds", type=int, default=2, help="turns of each engine (default 2)")
    given = asked.parse_args(arguments)
    faces = sample_faces(given.images)
    config = TrainConfig(epochs=given.epochs, patience=given.epochs, device="cpu").resolved()
    parts = report(measure(faces, config, given.rounds), given.images, config)
    write_report("engine_choice", "What choosing the engine costs on a CPU", parts, CPU, given.out)


if __name__ == "__main__":
    main()
