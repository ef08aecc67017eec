"""How long the occlusion maps of notebook 12 take: every place of a square on every image.

    python benchmarks/occlusion_maps.py [--images 100] [--stride 2] [--rounds 2]

441 squares of 8 × 8 pixels per image of 48 × 48, both maps (flips and fall of probability) in one pass, and one map by
``captum.attr.Occlusion`` on a tenth of the images, scaled up. Networks are not trained, which costs the same.
Under two minutes on two cores.
"""

import time

import numpy as np
import pandas as pd
import torch
from report_file import parser, write_report
from sample_faces import sample_faces

from fer_lib.evaluation.explain.occlusion import occlusion_maps, squares
from fer_lib.models import create_model
from fer_lib.progress import progress
from fer_lib.resources import cores, keep_freed_memory
from fer_lib.training.batches import normalise

NETWORKS = ("simple_cnn", "guided_stn", "deep_emotion")
SIZE = 8
CPU = torch.device("cpu")


def ours(model, images, labels, stride: int) -> float:
    """Seconds of both maps of all images."""
    started = time.perf_counter()
    occlusion_maps(model, images, labels, size=SIZE, stride=stride)
    return time.perf_counter() - started


def by_captum(model, images, labels, stride: int) -> float:
    """Seconds of the map of the fall of probability."""
    from captum.attr import Occlusion

    pixels = normalise(torch.from_numpy(np.array(images)))
    started = time.perf_counter()
    with torch.inference_mode():
        Occlusion(lambda batch: model(batch).softmax(1)).attribute(
            pixels, sliding_window_shapes=(1, SIZE, SIZE), strides=(1, stride, stride),
            target=torch.from_numpy(np.array(labels)), baselines=0.0,
            perturbations_per_eval=max(1, 1024 // len(images)),
        )  # fmt: skip
    return time.perf_counter() - started


def measure(count: int, stride: int, rounds: int) -> pd.DataFrame:
    """The fastest of `rounds` turns of each network."""
    images, _, labels = sample_faces(count)
    few = max(2, count // 10)
    rows = []
    for name in progress(NETWORKS, label="networks", unit="network"):
        model = create_model(name, num_classes=3).eval()
        ours(model, images[:few], labels[:few], stride)  # warms up
        seconds = min(ours(model, images, labels, stride) for _ in range(rounds))
        captum = by_captum(model, images[:few], labels[:few], stride) * count / few
        places = len(squares(*images.shape[1:3], SIZE, stride))
        rows.append((name, count, places, seconds, 1000 * seconds / count, captum, 2 * captum / seconds))
    columns = ["network", "images", "squares", "seconds", "ms per image", "captum, one map (s)", "captum, both ÷ ours"]
    return pd.DataFrame(rows, columns=columns)


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--images", type=int, default=100)
    asked.add_argument("--stride", type=int, default=2, help="step of the square in pixels (default 2)")
    asked.add_argument("--rounds", type=int, default=2, help="turns of each network; the fastest counts (default 2)")
    given = asked.parse_args(arguments)
    keep_freed_memory()
    torch.set_num_threads(cores())
    table = measure(given.images, given.stride, given.rounds)
    parts = [
        f"Both occlusion maps of {given.images} images of 48 × 48, squares of {SIZE} × {SIZE}, stride {given.stride}, "
        f"{cores()} threads:",
        table.round(2).to_markdown(index=False),
    ]
    write_report("occlusion_maps", "Time of occlusion maps", parts, CPU, given.out)


if __name__ == "__main__":
    main()
