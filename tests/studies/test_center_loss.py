"""Notebook 12's embeddings: both networks, their table, their sentence and what is plotted of them."""

import numpy as np
import pytest

from fer_lib.errors import InputError
from fer_lib.evaluation.proportions import wilson
from fer_lib.evaluation.scatter import scatter_ratio
from fer_lib.studies import center_loss as steps
from fer_lib.studies.center_loss_parameters import WITH, WITHOUT, CenterLossParameters
from fer_lib.training import center_runs
from fer_lib.training.center_loss import CenterConfig

ASKED = {
    "center_options": {"images": 120, "subjects": 12, "style": "studio"}, "center_label_space": "polarity",
    "center_activation": "none", "center_epochs": 4, "center_start_epoch": 1, "center_weight": 0.5,
    "center_snapshots": 2, "center_batch_size": 16, "center_learning_rate": 3e-3, "device": "cpu",
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = tmp_path_factory.mktemp("center")
    return CenterLossParameters.check(
        {**ASKED, "data_dir": str(root / "data"), "reports_dir": str(root / "reports"), "profile": "mine"}
    )


@pytest.fixture(scope="module")
def found(study):
    return steps.train(study)


def test_both_networks_differ_in_nothing_but_the_loss(study):
    config, variants = study.center_training(), study.center_variants()
    assert list(variants) == [WITHOUT, WITH] and config.keep == "last" and config.epochs == 4
    assert variants[WITHOUT] == CenterConfig(weight=0.0, start_epoch=1, snapshot_every=2)
    assert variants[WITH] == CenterConfig(weight=0.5, start_epoch=1, snapshot_every=2)


def test_both_are_asked_about_the_same_people_who_were_not_trained_on(found):
    tested = [set(run.predictions.query("split == 'test'")["sample_id"]) for run in found.runs.values()]
    assert tested[0] == tested[1]
    for run in found.runs.values():
        people = {
            split: {found.groups[name] for name in rows["sample_id"]} for split, rows in run.features.groupby("split")
        }
        assert not people["test"] & people["train"] and not people["test"] & people["validation"]


def test_the_table_is_that_of_predictions_and_kept_features(found):
    table = steps.table(found).set_index("training")
    assert list(table.index) == [WITHOUT, WITH]
    for name, run in found.runs.items():
        tested, row = run.predictions.query("split == 'test'"), table.loc[name]
        right = (tested["label"] == tested["predicted"]).mean()
        assert row["accuracy"] == pytest.approx(100 * right) and row["images"] == len(tested)
        assert [row["low"], row["high"]] == pytest.approx([100 * float(end) for end in wilson(right, len(tested))])
        last = run.features.query("epoch == 4 and split == 'train'")
        expected = scatter_ratio(last[["x_0", "x_1"]].to_numpy(), last["label"].to_numpy())
        assert row["scatter_train"] == pytest.approx(expected)
    shown = steps.for_readers(table.reset_index())
    assert list(shown["epoch"]) == [4, 4] and shown["95 % interval"].str.contains("–").all()


def test_the_sentence_names_the_paired_difference(found):
    table = steps.table(found).set_index("training")
    change = table.loc[WITH, "accuracy"] - table.loc[WITHOUT, "accuracy"]
    sentence = steps.sentence(found)
    assert f"by {change:+.1f} points" in sentence and "of one network each" in sentence


def test_panels_show_kept_epochs_and_snapshots(found):
    panels = steps.panels(found)
    assert {name: list(row) for name, row in panels.items()} == {
        name: ["training part", "held-out part"] for name in (WITHOUT, WITH)
    }
    assert panels[WITHOUT]["training part"].centers is None
    run = found.runs[WITH]
    held_out, last = panels[WITH]["held-out part"], run.features.query("epoch == 4 and split == 'test'")
    assert np.array_equal(held_out.points, last[["x_0", "x_1"]].to_numpy())
    assert np.array_equal(held_out.labels, last["label"].to_numpy())
    assert np.array_equal(held_out.centers, run.centers.query("epoch == 4")[["x_0", "x_1"]].to_numpy())
    way = steps.on_the_way(found)
    assert [list(row) for row in way.values()] == [["epoch 2", "epoch 4"]] * 2


def test_what_is_on_disk_is_not_trained_again(study, found, monkeypatch):
    monkeypatch.setattr(center_runs, "fit_center_loss", None)
    assert steps.table(steps.train(study)).equals(steps.table(found))


def test_bad_parameters_are_told():
    with pytest.raises(InputError, match="unknown label space 'polarty'; did you mean 'polarity'"):
        CenterLossParameters.check({"center_label_space": "polarty"})
    with pytest.raises(InputError, match="did you mean 'center_slim'"):
        CenterLossParameters.check({"center_model": "center_slm"})
