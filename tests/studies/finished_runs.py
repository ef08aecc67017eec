"""A finished notebook 03 whose networks were never trained: their answers are written down."""

import numpy as np
import pandas as pd

from fer_lib.artifacts import save_table, write_card
from fer_lib.datasets import load_dataset
from fer_lib.datasets.labels import POLARITY, polarity
from fer_lib.reporting.first_page import GUIDED

OPTIONS = {"images": 120, "subjects": 20}
SEEDS = (2020, 2021)


def finish_guided(root, variants=("none", "soft"), seeds=SEEDS, folds=2, errors=0.3):
    """Prepared set, runs and card below `root` (``data``, ``reports/mine``), the same at every call.

    Every training errs on `errors` of the images, rows stand in random order, validation rows among them.
    """
    faces = polarity(load_dataset("synthetic", root / "data", **OPTIONS))
    reports, n = root / "reports" / "mine", len(faces)
    rng = np.random.default_rng(0)
    names = {}
    for variant in variants:
        names[variant] = [f"synthetic-{variant}-s{seed}" for seed in seeds]
        for seed, name in zip(seeds, names[variant], strict=True):
            predicted = np.where(rng.random(n) < errors, (faces.labels + rng.integers(1, 3, n)) % 3, faces.labels)
            probabilities = np.full((n, 3), 0.1, np.float16)
            probabilities[np.arange(n), predicted] = 0.8
            test = pd.DataFrame(
                {
                    "sample_id": faces.samples["sample_id"],
                    "fold": np.arange(n) % folds,
                    "split": "test",
                    "label": faces.labels,
                    "predicted": predicted,
                    **{f"p_{k}": probabilities[:, k] for k in range(3)},
                }
            )
            both = pd.concat([test.iloc[:10].assign(split="validation", predicted=0), test])
            folder = reports / "runs" / name
            save_table(folder / "predictions.parquet", both.sample(frac=1, random_state=seed))
            save_table(folder / "history.parquet", pd.DataFrame({"fold": [0], "epoch": [1]}))
            save_table(folder / "theta.parquet", pd.DataFrame({"sample_id": ["a"], "fold": [0]}))
            write_card(folder, "run", {"classes": list(POLARITY), "training": {"seed": seed}}, seconds=1.0)
    parameters = {
        "profile": "mine",
        "dataset": "synthetic",
        "dataset_options": OPTIONS,
        "label_space": "polarity",
        "landmarks": "dataset",
        "no_face_fill": "black",
        "seed": 2020,
        "protocol": "honest",
    }
    write_card(reports / GUIDED, "stage", parameters, runs=names)
    return faces


def values(root, **changes):
    """Parameters of a notebook that looks at these runs."""
    places = {"data_dir": str(root / "data"), "reports_dir": str(root / "reports"), "profile": "mine"}
    return {**places, "dataset_options": OPTIONS, **changes}
