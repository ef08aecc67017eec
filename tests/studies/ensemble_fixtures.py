"""A profile with small trained networks to put together: two under folds by person, one of them guided, and the seeds
of one under the official split."""

import numpy as np

from fer_lib.artifacts import write_card
from fer_lib.datasets import load_dataset
from fer_lib.datasets.folds import make_folds, selecting_part, subjects_of
from fer_lib.guidance import deciding_options, network_inputs
from fer_lib.studies.ensembles_parameters import EnsembleStudy
from fer_lib.training import Experiment, TrainConfig, cross_validate

OPTIONS = {"images": 120, "subjects": 20, "style": "studio"}
SOURCE = "06_residual_masking"
QUICK = {"epochs": 3, "batch_size": 8, "device": "cpu", "precision": "fp32", "engine": "sequential"}


def places(root):
    return {"data_dir": str(root / "data"), "reports_dir": str(root / "reports"), "profile": "mine"}


def study_of(root, **changes):
    quick = {"tta": ["flip", "fixed", "reference"], "draws": 3, "device": "cpu", "precision": "fp32"}
    return EnsembleStudy.check({**places(root), **quick, **changes})


def planned(root, variant, model, scheme, guidance="none", **options):
    """One run to train."""
    faces = load_dataset("synthetic", root / "data", **OPTIONS)
    told = deciding_options(guidance, landmarks="dataset") if guidance != "none" else {}
    images, maps = network_inputs(guidance, faces, root / "data", **told)
    return Experiment(
        folder=root / "reports" / "mine" / "runs" / f"{variant}-{scheme}",
        model=model,
        images=np.asarray(images),
        guidance=None if maps is None else np.asarray(maps),
        labels=faces.labels,
        classes=faces.classes,
        folds=make_folds(scheme, faces, 2, 2020),
        groups=subjects_of(faces),
        sample_ids=faces.samples["sample_id"].to_numpy(),
        selecting=selecting_part(scheme, faces),
        model_options=options,
        identity={
            "dataset": {"dataset": "synthetic", **OPTIONS}, "label_space": "native", "variant": variant,
            "guidance": told, "fold_scheme": scheme, "folds": 1 if scheme == "official" else 2,
        },
    )  # fmt: skip


def train(experiments, **changes):
    """Names of the finished runs."""
    return [run.folder.name for run in cross_validate(experiments, TrainConfig(**{**QUICK, **changes}).resolved())]


def stage(root, runs, notebook=SOURCE):
    write_card(root / "reports" / "mine" / notebook, "stage", {"profile": "mine"}, runs=runs)
