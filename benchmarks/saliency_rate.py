"""Saliency maps made per second: by MSI-Net on two canvases, and by the spectral residual.

    python benchmarks/saliency_rate.py [--canvases 240x320 120x120] [--images 32] [--rounds 3] [--device cpu]

Faces of 48 × 48 pixels. MSI-Net has the weights of a file (--weights), else random ones, which cost the same; what is
timed is from uint8 images to uint8 maps. The ways take turns, as machines drift, and the median of the turns counts.
Three minutes on two cores.
"""

from pathlib import Path

import pandas as pd
import torch
from clock import now
from report_file import parser, write_report
from sample_faces import sample_faces

from fer_lib.guidance import render_guidance
from fer_lib.guidance.msinet import canvas_size, saliency_maps
from fer_lib.models import create_model
from fer_lib.models.msinet import MSINet
from fer_lib.models.msinet_loading import load_msinet
from fer_lib.progress import progress
from fer_lib.resources import cores, keep_freed_memory
from fer_lib.training.device import choose_device

TARGET = 3000  # spectral maps per second
SPECTRAL = 3000  # images of a turn
CPU = torch.device("cpu")


def network(weights: Path | None, device: torch.device) -> MSINet:
    torch.manual_seed(0)
    model = create_model("msinet").eval() if weights is None else load_msinet(weights)
    return model.to(device, memory_format=torch.channels_last)


def canvas(text: str) -> tuple[int, int]:
    """ "240x320" → (240, 320)"""
    return canvas_size(tuple(int(side) for side in text.split("x")))


def seconds(make, device: torch.device) -> float:
    started = now(device)
    make()
    return now(device) - started


def measure(model: MSINet, canvases: list[str], images: int, rounds: int, device: torch.device) -> pd.DataFrame:
    """A row per turn and way with its maps/s. Each way warms up on two images."""
    faces = sample_faces(images)[0]
    many = sample_faces(SPECTRAL)[0]
    ways = {
        f"MSI-Net, {name}": (faces, lambda shown, name=name: saliency_maps(model, shown, canvas(name)))
        for name in canvases
    }
    if device == CPU:
        ways["spectral residual"] = (many, lambda shown: render_guidance("saliency_spectral", shown))
    for shown, make in ways.values():
        make(shown[:2])
    return pd.DataFrame(
        [
            {"turn": turn, "maps": way, "per second": len(shown) / seconds(lambda: make(shown), device)}  # noqa: B023
            for turn in progress(range(rounds), label="turns", unit="turn")
            for way, (shown, make) in ways.items()
        ]
    )


def report(table: pd.DataFrame, images: int, weights: Path | None, device: torch.device) -> list[str]:
    groups = table.groupby("maps", sort=False)["per second"]
    rows = groups.agg(["median", "min", "max"])
    rows["hours for 35,887 images"] = 35_887 / rows["median"] / 3600
    which = "random weights" if weights is None else f"weights of {weights.name}"
    where = f"{torch.get_num_threads()} threads" if device == CPU else "one GPU"
    turns = table["turn"].nunique()
    said = [
        f"Maps of faces of 48 × 48 pixels per second, {where}, {turns} turn(s) of {images} images for "
        f"MSI-Net ({which}):",
        rows.round(3).reset_index().to_markdown(index=False),
    ]
    if "spectral residual" in rows.index:
        reached = rows.loc["spectral residual", "median"] >= TARGET
        said.append(f"The target of {TARGET:,} spectral maps per second is {'reached' if reached else 'missed'}.")
    return said


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--canvases", nargs="+", default=["240x320", "120x120"], help="height x width (default both)")
    asked.add_argument("--images", type=int, default=32, help="shown to MSI-Net in a turn (default 32)")
    asked.add_argument("--rounds", type=int, default=3, help="turns of each way (default 3)")
    asked.add_argument("--weights", type=Path, help="of MSI-Net, as fer guidance saliency writes them (default random)")
    asked.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    given = asked.parse_args(arguments)
    keep_freed_memory()
    torch.set_num_threads(cores())
    device = choose_device(given.device)
    table = measure(network(given.weights, device), given.canvases, given.images, given.rounds, device)
    parts = report(table, given.images, given.weights, device)
    write_report("saliency_rate", "Saliency maps per second", parts, device, given.out)


if __name__ == "__main__":
    main()
