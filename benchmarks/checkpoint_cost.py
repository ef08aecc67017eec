"""What keeping a training in progress costs: the share of its time that goes into checkpoints.

    python benchmarks/checkpoint_cost.py [--seconds 5] [--images 3200] [--device auto]

Every training runs until it has written some checkpoints, at an interval far below the default, so that there are
enough of them; the time within the calls that ask whether one is due, and that write it, is summed. About two minutes
on two cores.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from report_file import parser, write_report
from sample_faces import CLASSES, sample_faces

from fer_lib.models import create_model
from fer_lib.progress import progress
from fer_lib.training import TrainConfig, fit, fit_stacked
from fer_lib.training.batches import Batches
from fer_lib.training.device import choose_device
from fer_lib.training.resuming import Checkpoint
from fer_lib.training.stacked import Member

#: (network, models in one stack; 1: trained by itself)
TRAININGS = (("simple_cnn", 1), ("guided_stn", 1), ("guided_stn", 8), ("resnet18", 1))
WRITTEN = 3  # checkpoints of each training


class Enough(Exception):
    """Ends a training."""


@contextmanager
def timed(written: int) -> Iterator[dict[str, float]]:
    """Seconds within ``due`` and ``save`` of all checkpoints, and how many were written; raises :class:`Enough` when
    these are `written`."""
    spent = {"due": 0.0, "save": 0.0, "written": 0}
    real = {name: getattr(Checkpoint, name) for name in ("due", "save")}

    def wrapped(name: str) -> Callable:
        def call(*arguments):
            started = time.perf_counter()
            answer = real[name](*arguments)
            spent[name] += time.perf_counter() - started
            spent["written"] += name == "save"
            if name == "save" and spent["written"] == written:
                raise Enough
            return answer

        return call

    try:
        for name in real:
            setattr(Checkpoint, name, wrapped(name))
        yield spent
    finally:
        for name, method in real.items():
            setattr(Checkpoint, name, method)


def measure(faces, network: str, models: int, config: TrainConfig, written: int) -> dict[str, object]:
    """One training until its last checkpoint of those is written."""
    images, masks, labels = faces
    guidance = masks if network == "guided_stn" else None
    batches = Batches(images, guidance, labels, CLASSES, choose_device(config.device))
    everything = np.arange(len(labels))
    members = [
        Member(create_model(network, num_classes=CLASSES), batches, everything, None, config, seed, name=str(seed))
        for seed in range(models)
    ]
    with tempfile.TemporaryDirectory() as folder, timed(written) as spent:
        path = Path(folder) / "checkpoint.safetensors"
        checkpoint = Checkpoint(path, {member.name: {} for member in members}, config)
        started = time.perf_counter()
        try:
            if models > 1:
                fit_stacked(members, checkpoint=checkpoint)
            else:
                fit(members[0].model, batches, everything, None, config, seed=0, checkpoint=checkpoint)
        except Enough:
            pass
        total = time.perf_counter() - started
        size = path.stat().st_size
    each = spent["save"] / spent["written"]
    asking = spent["due"] / total
    return {
        "network": network,
        "models": models,
        "checkpoint, MB": size / 1e6,
        "seconds each": each,
        f"share at {config.checkpoint_seconds:g} s, %": 100 * (spent["save"] + spent["due"]) / total,
        f"share at {TrainConfig.checkpoint_seconds:g} s, %": 100 * (each / TrainConfig.checkpoint_seconds + asking),
    }


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--seconds", type=float, default=5.0, help="between two checkpoints (default 5)")
    asked.add_argument("--images", type=int, default=3200)
    asked.add_argument("--written", type=int, default=WRITTEN, help=f"checkpoints of each (default {WRITTEN})")
    asked.add_argument("--networks", nargs="+", help="only these")
    asked.add_argument("--device", default="auto")
    given = asked.parse_args(arguments)
    device, faces = choose_device(given.device), sample_faces(given.images)
    config = TrainConfig(
        epochs=100_000, patience=100_000, checkpoint_seconds=given.seconds, device=given.device, class_weighted=False
    ).resolved()
    chosen = [each for each in TRAININGS if given.networks is None or each[0] in given.networks]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the workers
    try:
        rows = [measure(faces, *each, config, given.written) for each in progress(chosen, label="trainings")]
    finally:
        torch.set_num_threads(threads)
    parts = [
        f"Batches of {config.batch_size} among {given.images:,} synthetic faces, {config.precision}, one thread, "
        f"{given.written} checkpoints of each training, flushed to disk. A stack of several models is one training "
        "with one checkpoint.",
        pd.DataFrame(rows).to_markdown(index=False, floatfmt=".3f"),
        "The last column is what the default interval makes of the seconds that one takes, with what asking costs "
        "after every step. A checkpoint that took longer than 2 % of the interval is followed by a longer one.",
    ]
    write_report("checkpoint_cost", "What checkpoints cost", parts, device, given.out)


if __name__ == "__main__":
    main()
