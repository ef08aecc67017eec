"""Seven guidance variants × five published folds of FER-2013 polarity under the full protocol, all stacked.

    python benchmarks/full_protocol_gpu.py [--data data] [--variants none soft] [--epochs 500]
    python benchmarks/full_protocol_gpu.py --dataset synthetic --images 300 --landmarks dataset --folds 2 --epochs 2

35 networks, at most 500 epochs each, patience 30: minutes on a large CUDA GPU. Nothing is detected
or drawn that is there already, so a machine without dlib needs ``prepared/fer2013`` and, of
``guidance/fer2013``, landmarks.npy, faces.parquet and landmarks.card.json (and OpenCV, which draws masks), or
all the kinds' arrays with their cards. Finished folds stay in ``--runs``: called again, it goes on with
the others.
"""

import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from plain_loop import BATCH, plain, png_folder
from report_file import parser, write_report

from fer_lib.artifacts.runs import Run
from fer_lib.resources import cores
from fer_lib.studies.guided_transformers import GuidedStudy, experiments, prepare
from fer_lib.training import Experiment, cross_validate
from fer_lib.training.device import choose_device

VARIANTS = ("none", "binary", "soft", "dilated", "saliency_spectral", "patches", "weighted")
PLAIN_WORKERS = 6  # of the public reference code's DataLoader; fewer where there are fewer cores


def results(runs: dict[str, Run]) -> pd.DataFrame:
    """A row per variant: accuracy in percent over folds, epochs, and images trained."""
    rows = []
    for variant, run in runs.items():
        tested = run.predictions.query("split == 'test'")
        accuracy = 100 * (tested["label"] == tested["predicted"]).groupby(tested["fold"]).mean()
        folds = run.card["folds"]
        rows.append(
            {
                "variant": variant,
                "accuracy": f"{accuracy.mean():.2f} ± {accuracy.std():.2f}",
                "epochs": sum(fold["epochs_run"] for fold in folds),
                "best epochs": ", ".join(str(fold["best_epoch"]) for fold in folds),
                "images trained": sum(fold["epochs_run"] * fold["samples"]["train"] for fold in folds),
                "seconds": run.card["seconds"],
            }
        )
    return pd.DataFrame(rows)


def plain_rate(experiment: Experiment, count: int, device: torch.device) -> float:
    """Images/s of the plain loop on the first `count` images of a guided run."""
    images = experiment.images[:count]
    masks = images if experiment.guidance is None else experiment.guidance[:count]
    with png_folder(images, masks) as folder:
        workers = min(PLAIN_WORKERS, cores())
        return plain(folder, experiment.labels[:count], "guided_stn", epochs=2, workers=workers, device=device)


def report(study: GuidedStudy, runs: dict[str, Run], times: dict[str, float], plain_images_per_s: float) -> list[str]:
    table = results(runs)
    seconds, images = table["seconds"].sum(), table["images trained"].sum()
    rate = images / seconds
    engines = sorted({engine for run in runs.values() for engine in run.card["engine"]})
    precisions = sorted({precision for run in runs.values() for precision in run.card["precision"]})
    memory = f", peak memory {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if torch.cuda.is_available() else ""
    return [
        f"{study.dataset}, {len(runs)} variants × {study.folds} folds ({study.fold_scheme}), {study.protocol} "
        f"protocol, at most {study.epochs} epochs, patience {study.patience}, {', '.join(precisions)}; "
        f"engine: {', '.join(engines)}.",
        f"Training: **{seconds:.0f} s** ({images:,} images, {rate:,.0f} images/s, scoring of both parts after every "
        f"epoch included). The plain loop on this machine, without scoring: {plain_images_per_s:,.0f} images/s. "
        f"Ratio: **{rate / plain_images_per_s:.1f}**.",
        "This call, wall clock: " + ", ".join(f"{what} {time:.0f} s" for what, time in times.items()) + memory + ". "
        "Folds of an earlier call that was cut off are not in it; training seconds come from the folds' cards.",
        table.to_markdown(index=False),
        "Accuracy in percent, mean ± standard deviation over folds.",
    ]


def main(arguments: list[str] | None = None) -> None:
    asked = parser(__doc__)
    asked.add_argument("--variants", nargs="+", default=list(VARIANTS), help="guidance kinds")
    asked.add_argument("--epochs", type=int, default=500)
    asked.add_argument("--patience", type=int, default=30)
    asked.add_argument("--folds", type=int, default=5)
    asked.add_argument("--dataset", default="fer2013")
    asked.add_argument("--images", type=int, help="of the synthetic set, for a trial without a GPU")
    asked.add_argument("--landmarks", choices=["dlib", "dataset"], default="dlib", help="see make_guidance")
    asked.add_argument("--protocol", choices=["honest", "reference"], default="honest")
    asked.add_argument("--precision", choices=["auto", "fp32", "bf16"], default="auto")
    asked.add_argument("--device", default="auto")
    asked.add_argument("--engine", choices=["stacked", "auto", "sequential"], default="stacked")
    asked.add_argument("--plain-images", type=int, default=50 * BATCH, help="of the plain loop (default 6400)")
    asked.add_argument("--data", type=Path, default=Path("data"))
    asked.add_argument(
        "--runs", type=Path, default=Path("reports"), help="runs go to RUNS/full-protocol (default reports)"
    )
    given = asked.parse_args(arguments)
    study = GuidedStudy.check(
        {
            "profile": "full-protocol",
            "data_dir": str(given.data.resolve()),
            "reports_dir": str(given.runs.resolve()),
            "dataset_options": {"images": given.images} if given.images else {},
            "fold_scheme": "published" if given.dataset == "fer2013" else "duplicate_safe",
            **{
                name: getattr(given, name)
                for name in (
                    *("dataset", "landmarks", "variants", "epochs", "patience", "folds", "protocol"),
                    *("precision", "device"),
                )
            },
        }
    )
    (seed,) = study.seeds
    started = time.perf_counter()
    planned = {variant: by_seed[seed] for variant, by_seed in experiments(study, prepare(study)).items()}
    ready = time.perf_counter()
    config = replace(study.training(seed), engine=given.engine)
    runs = dict(zip(planned, cross_validate(list(planned.values()), config), strict=True))
    times = {"preparing": ready - started, "training and storing": time.perf_counter() - ready}
    device = choose_device(config.device)
    guided = next(e for e in planned.values() if e.model == "guided_stn")
    parts = report(study, runs, times, plain_rate(guided, given.plain_images, device))
    write_report("full_protocol", "The full protocol at once", parts, device, given.out)


if __name__ == "__main__":
    main()
