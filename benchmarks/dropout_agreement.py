"""Whether both engines train networks with dropout alike: scores over seeds that they do not share.

    python benchmarks/dropout_agreement.py [--seeds 24] [--network simple_cnn] [--device auto]

With one seed the engines' masks differ on CUDA, so single trainings cannot be compared there. Every
training here has a seed of its own, so that the two samples of test scores are independent draws.
About three minutes on two cores.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from report_file import parser, write_report
from sample_faces import CLASSES, sample_faces
from scipy import stats

from fer_lib.models import create_model
from fer_lib.progress import progress
from fer_lib.training import TrainConfig, fit, fit_stacked
from fer_lib.training.batches import Batches
from fer_lib.training.device import choose_device
from fer_lib.training.stacked import Member

SCORES = {"watch_accuracy": "accuracy", "watch_loss": "loss"}


def members(faces, network: str, seeds: Sequence[int], config: TrainConfig) -> list[Member]:
    """One model per seed; every third image tests, the others train. The last epoch's weights are kept."""
    images, masks, labels = faces
    guidance = masks if network == "guided_stn" else None
    batches = Batches(images, guidance, labels, CLASSES, choose_device(config.device))
    positions, last = np.arange(len(labels)), replace(config, keep="last")
    test = positions % 3 == 0
    found = []
    for seed in seeds:
        torch.manual_seed(seed)
        model = create_model(network, num_classes=CLASSES)
        found.append(Member(model, batches, positions[~test], None, last, seed, watch=positions[test]))
    return found


def train_sequential(stack: list[Member]) -> pd.DataFrame:
    """Test scores after the last epoch, a row per member."""
    rows = []
    for m in progress(stack, label="sequential", unit="model"):
        result = fit(m.model, m.batches, m.train, None, m.config, seed=m.seed, watch=m.watch)
        rows.append(result.history[-1])
    return pd.DataFrame(rows)[list(SCORES)].rename(columns=SCORES)


def train_stacked(stack: list[Member]) -> pd.DataFrame:
    """The same, all at once."""
    return pd.DataFrame([result.history[-1] for result in fit_stacked(stack)])[list(SCORES)].rename(columns=SCORES)


def compare(sequential: pd.DataFrame, stacked: pd.DataFrame) -> pd.DataFrame:
    """By score: mean ± sd of both samples, their difference with its 95 % interval (Welch), and two tests."""
    rows = []
    for score in SCORES.values():
        one, other = stacked[score], sequential[score]
        welch = stats.ttest_ind(one, other, equal_var=False)
        low, high = welch.confidence_interval(0.95)
        rows.append(
            {
                "score": score,
                "sequential": f"{other.mean():.4f} ± {other.std():.4f}",
                "stacked": f"{one.mean():.4f} ± {one.std():.4f}",
                "stacked − sequential": f"{one.mean() - other.mean():+.4f}",
                "95 % interval": f"{low:+.4f} … {high:+.4f}",
                "Welch p": round(float(welch.pvalue), 3),
                "Kolmogorov–Smirnov p": round(float(stats.ks_2samp(one, other).pvalue), 3),
            }
        )
    return pd.DataFrame(rows)


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--seeds", type=int, default=24, help="trainings by each engine (default 24)")
    asked.add_argument("--images", type=int, default=1200, help="two thirds train, one third tests (default 1200)")
    asked.add_argument("--epochs", type=int, default=6)
    asked.add_argument("--network", choices=["guided_stn", "simple_cnn"], default="simple_cnn")
    asked.add_argument("--device", default="auto")
    given = asked.parse_args(arguments)
    faces = sample_faces(given.images, distinct=given.images)
    config = TrainConfig(epochs=given.epochs, batch_size=64, device=given.device).resolved()
    first, second = range(given.seeds), range(given.seeds, 2 * given.seeds)
    table = compare(
        train_sequential(members(faces, given.network, first, config)),
        train_stacked(members(faces, given.network, second, config)),
    )
    parts = [
        f"`{given.network}` with dropout, {config.precision}, {given.epochs} epochs on synthetic faces "
        f"({given.images:,}, two thirds of them train), {given.seeds} seeds per engine, none used by both. "
        "Scores of the test third after the last epoch, mean ± standard deviation over seeds:",
        table.to_markdown(index=False),
        "A small p would say that the engines' scores are distributed differently; the interval says how large a "
        "difference of the means these trainings leave possible.",
    ]
    device = choose_device(config.device)
    write_report(f"dropout_agreement-{given.network}", "Both engines with dropout on", parts, device, given.out)


if __name__ == "__main__":
    main()
