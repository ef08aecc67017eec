"""Whether training twice gives the same weights, bit for bit: each engine under three settings of PyTorch.

    python benchmarks/cuda_determinism.py [--device auto] [--epochs 3]

Every training is a process of its own. The guided transformer warps the raw image, which needs no
gradient; only that gradient of the sampler is summed in any order on CUDA, so its operator is named by
PyTorch as not deterministic and yet may be. Under ``use_deterministic_algorithms`` the operators
that PyTorch warns about are listed. Some minutes on two cores, where every training agrees.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import torch
from plain_loop import BATCH
from report_file import parser, write_report
from sample_faces import CLASSES, sample_faces

from fer_lib.models import create_model
from fer_lib.progress import progress
from fer_lib.training import TrainConfig, fit, fit_stacked
from fer_lib.training.batches import Batches
from fer_lib.training.device import choose_device
from fer_lib.training.stacked import Member

ENGINES = ("sequential", "stacked")
SETTINGS = ("default", "cudnn.deterministic", "use_deterministic_algorithms")
STACK = 3  # models
WARNED = re.compile(r"^(\S+) does not have a deterministic implementation")


def train(setting: str, engine: str, images: int, epochs: int, device: str, precision: str) -> dict:
    """``{"weights": SHA-256 of all trained weights, "warned": operators}`` of one training in this process."""
    torch.backends.cudnn.deterministic = setting == "cudnn.deterministic"
    torch.use_deterministic_algorithms(setting == "use_deterministic_algorithms", warn_only=True)
    config = TrainConfig(epochs=epochs, batch_size=BATCH, keep="last", device=device, precision=precision)
    faces, masks, labels = sample_faces(images)
    batches = Batches(faces, masks, labels, CLASSES, choose_device(device))
    everything, models = np.arange(images), []
    for seed in range(STACK if engine == "stacked" else 1):
        torch.manual_seed(seed)
        models.append(create_model("guided_stn", num_classes=CLASSES))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if engine == "stacked":
            fit_stacked([Member(m, batches, everything, None, config, i) for i, m in enumerate(models)])
        else:
            fit(models[0], batches, everything, None, config, seed=0)
    said = {match[1] for entry in caught if (match := WARNED.match(str(entry.message)))}
    return {"weights": weights_hash(models), "warned": sorted(said)}


def weights_hash(models) -> str:
    digest = hashlib.sha256()
    for model in models:
        for value in model.state_dict().values():
            digest.update(value.cpu().contiguous().numpy())
    return digest.hexdigest()


def in_new_process(given: argparse.Namespace, setting: str, engine: str) -> dict:
    """:func:`train` there. Raises CalledProcessError; what it wrote to stderr has been shown."""
    environment = dict(os.environ)
    if setting == "use_deterministic_algorithms":
        environment["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # without it cuBLAS is not
    words = [given.images, given.epochs, given.device, given.precision]
    asked = json.dumps([setting, engine, *words])
    done = subprocess.run(
        [sys.executable, __file__, "--train", asked], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(given: argparse.Namespace) -> pd.DataFrame:
    """A row per engine and setting."""
    rows = []
    for engine, setting in progress([(e, s) for e in given.engines for s in given.settings], unit="setting"):
        one, other = (in_new_process(given, setting, engine) for _ in range(2))
        rows.append(
            {
                "engine": engine,
                "setting": setting,
                "bit for bit the same": "yes" if one["weights"] == other["weights"] else "no",
                "weights (SHA-256)": " / ".join(dict.fromkeys(r["weights"][:12] for r in (one, other))),
                "warned": ", ".join(f"`{name}`" for name in one["warned"]) or "–",
            }
        )
    return pd.DataFrame(rows)


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--images", type=int, default=5 * BATCH)
    asked.add_argument("--epochs", type=int, default=3)
    asked.add_argument("--device", default="auto")
    asked.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    asked.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    asked.add_argument("--settings", nargs="+", default=SETTINGS, choices=SETTINGS)
    asked.add_argument("--train", metavar="JSON", help=argparse.SUPPRESS)  # one training, asked for by measure
    given = asked.parse_args(arguments)
    if given.train:
        print(json.dumps(train(*json.loads(given.train))))
        return
    config = TrainConfig(device=given.device, precision=given.precision).resolved()
    parts = [
        f"`guided_stn`, {given.images} images, {given.epochs} epochs, {config.precision}; {STACK} models in the stack, "
        "dropout on. Each training ran twice with the same seeds, in a process of its own:",
        measure(given).to_markdown(index=False),
        "Warned: operators that PyTorch calls not deterministic, told only under `use_deterministic_algorithms`.",
    ]
    write_report("determinism", "Training twice", parts, choose_device(config.device), given.out)


if __name__ == "__main__":
    main()
