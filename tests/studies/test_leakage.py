"""Which images have a twin in training, and what that is worth on a small set."""

import numpy as np
import pytest

from fer_lib.datasets import load_dataset
from fer_lib.studies import guided_transformers as steps
from fer_lib.studies.leakage import measure_leaks, twins

OPTIONS = {"images": 120, "subjects": 20}


def test_an_image_counts_as_its_closest_kind_of_twin(make_faces):
    """0 = 1 exactly; 2 is 0 with a grey level more; 3 … are other pictures."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (8, 6, 6), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
    pictures[1] = pictures[0]
    pictures[2] = pictures[0] + 1
    faces = make_faces([0, 1] * 4, images=pictures)
    together = twins(faces, np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    assert not any(mask.any() for mask in together.values())
    apart = twins(faces, np.array([0, 1, 0, 0, 1, 1, 1, 1]))
    assert np.flatnonzero(apart["equal image in training"]).tolist() == [0, 1]
    assert np.flatnonzero(apart["near-equal image in training"]).tolist() == [2]
    assert set(apart) == {"equal image in training", "near-equal image in training"}  # nobody is identified here


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    root = tmp_path_factory.mktemp("leak")
    load_dataset("synthetic", root / "data", **OPTIONS)
    study = steps.GuidedStudy.check(
        {
            "data_dir": str(root / "data"),
            "reports_dir": str(root),
            "dataset_options": OPTIONS,
            "variants": ["none"],
            "leak_variant": "none",
            "fold_scheme": "subject",
            "folds": 2,
            "epochs": 1,
            "seeds": [1, 2],
        }
    )
    return study, measure_leaks(study, steps.prepare(study))


def test_persons_are_the_leak_where_they_are_known(measured):
    _, leak = measured
    assert leak.safe == "subject"
    table = leak.table.set_index("images tested")
    assert "same person in training" in table.index
    kinds = table.drop("all images")
    assert kinds["images"].sum() == table.loc["all images", "images"]
    assert kinds["worth"].sum() == pytest.approx(table.loc["all images", "difference"])


def test_the_studys_own_runs_are_used_again(measured):
    study, _ = measured
    safe = {run.folder for run in steps.train(study, steps.experiments(study, steps.prepare(study)))["none"].values()}
    runs = set((study.reports / "runs").iterdir())
    assert safe < runs and len(runs) == 4
