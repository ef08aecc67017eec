"""Images trained per second: this package against a plain per-image loop, in one run.

    python benchmarks/training_throughput.py [--images 6400] [--rounds 3]

*Plain*: what the public reference code does. PNG files, PIL, ``ToTensor`` and ``Normalize`` per
image, a ``DataLoader`` with two worker processes, float32, PyTorch's default threads.
*Ours*: uint8 in memory, normalised per batch, channels_last, two single-threaded processes (each
trains its own fold), in float32 and in the precision ``auto`` chooses.

Same networks, same batch of 128, same optimiser; the first epoch of each measurement is warm-up
and not counted. Machines drift, so the ways take turns and the ratio of each turn counts.
"""

import pandas as pd
import torch
from engine_loops import sequential
from plain_loop import BATCH, plain, png_folder
from report_file import parser, write_report
from sample_faces import sample_faces

from fer_lib.progress import progress
from fer_lib.training.device import NAMES, choose_precision

EPOCHS, WORKERS = 2, 2
CPU = torch.device("cpu")


def measure(count: int, rounds: int) -> pd.DataFrame:
    """A row per network and turn with images/s of each way."""
    faces, rows = sample_faces(count), []
    how = {"models": WORKERS, "epochs": EPOCHS, "device": CPU}
    with png_folder(*faces[:2]) as folder:
        for turn in progress(range(rounds), label="turns", unit="turn"):
            for model_name in ("simple_cnn", "guided_stn"):
                rows.append(
                    {
                        "network": model_name,
                        "turn": turn,
                        "plain fp32": plain(folder, faces[2], model_name, epochs=EPOCHS, workers=WORKERS),
                        "ours fp32": sequential(faces, model_name, precision="fp32", **how),
                        "ours auto": sequential(faces, model_name, precision="auto", **how),
                    }
                )
    return pd.DataFrame(rows)


def report(table: pd.DataFrame, count: int) -> list[str]:
    """Medians of images/s and of the ratio within each turn."""
    for way in ("fp32", "auto"):
        table[f"{way} ÷ plain"] = table[f"ours {way}"] / table["plain fp32"]
    groups = table.drop(columns="turn").groupby("network")
    medians = groups.median().round(
        {"plain fp32": 0, "ours fp32": 0, "ours auto": 0, "fp32 ÷ plain": 2, "auto ÷ plain": 2}
    )
    return [
        f"{count:,} synthetic faces of 48 × 48, batch {BATCH}, median of {table['turn'].nunique()} turns; "
        f"`auto` is {NAMES[choose_precision('auto', CPU)]} here.",
        medians.to_markdown(),
        "Smallest and largest ratio of the turns:",
        groups[["fp32 ÷ plain", "auto ÷ plain"]].agg(["min", "max"]).round(2).to_markdown(),
    ]


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--images", type=int, default=6400, help="training images (default 6400)")
    asked.add_argument("--rounds", type=int, default=3, help="turns of each way (default 3)")
    given = asked.parse_args(arguments)
    parts = report(measure(given.images, given.rounds), given.images)
    write_report("training_throughput", "Training throughput, images/s", parts, CPU, given.out)


if __name__ == "__main__":
    main()
