"""AffectNet in both releases as source and as target of transfer learning, on generated trees."""

import pytest

from fer_lib.studies import transfer as steps
from fer_lib.studies.transfer_parameters import TransferStudy

from ..datasets.affectnet_tree import Row, write_arrays, write_tree

FACES = {"dataset": "synthetic", "options": {"images": 60, "subjects": 10}, "folds": 2}
AFFECTNET = {"dataset": "affectnet", "options": {"max_unreadable": 0.1}, "fold_scheme": "published", "folds": 2}
VALENCE = {1: 0.7, 0: 0.0, 4: -0.6}  # expression: valence


def rows(names):
    kinds = list(VALENCE.items())
    return [Row(name, *kinds[i % 3]) for i, name in enumerate(names)]


def lists(raw):
    write_tree(raw, rows(f"12/t{i}.jpg" for i in range(36)), rows(f"7/v{i}.jpg" for i in range(12)))


def arrays(raw):
    write_arrays(raw, "train_set", rows(range(36)))
    write_arrays(raw, "val_set", rows(range(100, 112)))


@pytest.mark.parametrize("write", [lists, arrays])
@pytest.mark.parametrize("source", [AFFECTNET, FACES], ids=["from", "to"])
def test_from_and_to_affectnet(tmp_path, monkeypatch, write, source):
    monkeypatch.setenv("FER_CORES", "1")
    write(tmp_path / "data" / "raw" / "affectnet")
    target = FACES if source is AFFECTNET else AFFECTNET
    study = TransferStudy.check(
        {
            "data_dir": str(tmp_path / "data"), "reports_dir": str(tmp_path / "reports"),
            "source_dataset": source["dataset"], "source_options": source["options"], "source_epochs": 1,
            "targets": [target], "variants": ["none"], "modes": ["scratch", "full"], "epochs": 1, "batch_size": 16,
            "device": "cpu", "precision": "fp32",
        }
    )  # fmt: skip
    faces, sources = steps.train_sources(study)
    targets = steps.prepare_targets(study, faces)
    runs = steps.train(study, targets, sources)
    table = steps.results(targets, steps.predictions(targets, sources, runs))
    expected = {"affectnet": 48, "synthetic": 55}  # surprised faces have no polarity
    assert len(faces) == expected[source["dataset"]] and set(table["samples"]) == {expected[target["dataset"]]}
    assert set(table["mode"]) >= {"scratch", "full"}
