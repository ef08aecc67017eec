"""Notebook 05 in small: folds of neutral faces, masks, both stages, what is told to readers and to other notebooks."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts.runs import load_run
from fer_lib.datasets import load_dataset
from fer_lib.datasets.labels import label_space
from fer_lib.errors import InputError
from fer_lib.evaluation.ablation import MAJORITY
from fer_lib.evaluation.fold_scores import fold_means
from fer_lib.models.frame import to_size
from fer_lib.recognizer import Recognizer
from fer_lib.reporting import motion_tables, split_tables
from fer_lib.studies import motion_masks, motion_results
from fer_lib.studies import motion_priors as steps
from fer_lib.studies import motion_training as training
from fer_lib.studies.ensemble_members import gather, inputs_of
from fer_lib.studies.ensembles_parameters import EnsembleStudy
from fer_lib.studies.explained_runs import ExplanationParameters, chosen
from fer_lib.studies.leaderboard import LeaderboardParameters, load_boards
from fer_lib.studies.motion_parameters import MotionPriorStudy
from fer_lib.training.motion.batches import MotionBatches

TARGET = {
    "dataset": "synthetic", "options": {"images": 96, "subjects": 12, "style": "studio"}, "splits": ["subject"],
    "folds": 2, "landmarks": "dataset",
}  # fmt: skip
NOTEBOOK = MotionPriorStudy.notebook


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small networks on several threads wait for each other, beside other test workers all the more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CORES", "1")
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """``study(epochs=1, …)``; everything it trains is shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("motion_priors")

    def make(**changes):
        values = {
            "data_dir": str(folder / "data"),
            "reports_dir": str(folder / "reports"),
            "targets": [TARGET],
            "variants": ["fmpn_slim", "classifier_slim", "oracle_slim", "shuffled_slim"],
            "image_size": 32,
            "width": 4,
            "blocks": 1,
            "mask_epochs": 2,
            "mask_decay": 1,
            "epochs": 2,
            "decay": 1,
            "mask_learning_rate": 1e-3,
            "learning_rate": 1e-3,
            "device": "cpu",
            "precision": "fp32",
            **changes,
        }
        return MotionPriorStudy.check(values)

    return make


@pytest.fixture(scope="module")
def targets(study):
    return steps.prepare(study())


@pytest.fixture(scope="module")
def runs(study, targets):
    return training.train(study(), targets)


def test_faces_are_aligned_at_frame_size_and_neutral_ones_are_not_classified(targets):
    (target,) = targets
    assert target.frame == 34 and target.faces.images.shape[1:] == (34, 34)
    assert "neutral" not in target.faces.classes and len(target.faces) == 72
    assert target.masks["subject"].masks.shape == (2, 6, 70, 70)


def test_neutral_faces_go_to_the_fold_that_tests_their_person(study, targets):
    whole = load_dataset("synthetic", study().data, **TARGET["options"])
    chosen = label_space("expression6")(whole)
    folds = targets[0].splits["subject"].folds
    found = steps.folds_of_all(whole, chosen, folds)
    by_person = pd.DataFrame({"person": whole.samples["subject"], "fold": found}).groupby("person")["fold"].nunique()
    assert (by_person == 1).all() and set(found) == {0, 1}
    mixed = np.arange(len(chosen)) % 2  # persons are tested in both folds
    alone = steps.folds_of_all(whole, chosen, mixed)
    assert set(alone[whole.samples["phase"] == "neutral"]) == {-1}
    assert (alone[chosen.rows] == mixed).all()


def test_what_is_shown_is_another_class_for_shuffled_and_the_own_one_for_oracle():
    labels = np.arange(600) % 6
    shuffled = training.shown("shuffled", labels, 6, seed=1)
    assert (shuffled != labels).all() and set(shuffled) == set(range(6))
    assert np.bincount((shuffled - labels) % 6, minlength=6)[1:].min() > 80  # of 120 expected
    assert (training.shown("shuffled", labels, 6, seed=1) == shuffled).all()
    assert (training.shown("shuffled", labels, 6, seed=2) != shuffled).any()
    assert (training.shown("oracle", labels, 6, seed=1) == labels).all() and training.shown(None, labels, 6, 1) is None


def test_results_compare_with_the_classifier_alone_and_mark_what_knows_the_class(study, targets, runs):
    table = motion_results.results(study(), targets, runs).set_index("variant")
    assert list(table.index) == ["fmpn_slim", "classifier_slim", "oracle_slim", "shuffled_slim", MAJORITY]
    assert table.loc["oracle_slim", "control"] == "oracle" and pd.isna(table.loc["fmpn_slim", "control"])
    difference = table.loc["fmpn_slim", "accuracy"] - table.loc["classifier_slim", "accuracy"]
    assert table.loc["fmpn_slim", "difference"] == pytest.approx(difference)
    shown = split_tables.splits_for_readers(table.reset_index(), "the classifier alone").set_index("variant")
    assert shown.loc["shuffled_slim", "knows the class"] == "yes" and shown.loc["fmpn_slim", "knows the class"] == "no"
    assert "Δ to the classifier alone [95 %]" in shown


def test_fold_tables_count_every_tested_image(targets, runs):
    folds = motion_results.fold_table(targets, runs)
    assert (folds.groupby("variant")["samples"].sum() == 72).all()
    means = motion_results.mean_table(targets, runs).set_index("variant")
    own = folds[folds["variant"] == "fmpn_slim"]
    assert means.loc["fmpn_slim", "mean"] == pytest.approx(own["accuracy"].mean())
    assert means.loc["fmpn_slim", "pooled"] == pytest.approx(100 * own["correct"].sum() / 72)
    assert pd.isna(means.loc["fmpn_slim", "mean_clean"])  # nothing leaks in synthetic folds


def test_published_folds_stand_beside_the_same_folds_alone(targets):
    (target,) = targets
    jaffe = {**target.entry, "dataset": "jaffe"}
    loso = steps.MotionTarget("JAFFE", jaffe, target.faces, {"leave_one_subject_out": None}, 34, {})
    other = steps.MotionTarget("JAFFE", jaffe, target.faces, {"subject": None}, 34, {})
    published = motion_results.published_by_fold(loso)
    assert fold_means(published)["mean"] == pytest.approx(82.24, abs=0.01)
    assert fold_means(published, motion_results.leaking(loso))["mean"] == pytest.approx(77.8, abs=0.01)
    stratified = steps.MotionTarget("JAFFE", jaffe, target.faces, {"published": None}, 34, {})  # it has no own folds
    for folds in (other, stratified):
        assert not len(motion_results.published_by_fold(folds)) and motion_results.leaking(folds) == ()
    both = steps.MotionTarget("JAFFE", jaffe, target.faces, {"subject": None, "leave_one_subject_out": None}, 34, {})
    assert motion_results.leaking(both) == (3, 4) and motion_results.leaking(both, "subject") == ()


def test_class_scores_both_ways(study, targets, runs):
    table = motion_results.class_table(study(), targets, runs)
    assert set(table["average"]) == {"pooled", "per_fold_average"}
    assert set(table["variant"]) == {"fmpn_slim", "classifier_slim"}  # controls are no results
    pooled, averaged = motion_results.classes_of(study(), targets[0], runs)
    assert pooled["samples"].sum() == 72
    assert len(motion_tables.class_scores_for_readers(pooled, averaged)) == 6


def test_masks_are_scored_after_both_stages(study, targets, runs):
    table = motion_masks.error_table(study(), targets, runs)
    assert set(table["stage"]) == {"generator", "joint"} and set(table["variant"]) == {"fmpn_slim"}
    assert table[table["class"] == "all"]["samples"].tolist() == [72, 72]


def test_swapped_masks_change_the_answers_of_the_same_network(study, targets, runs):
    table = motion_masks.swap_table(study(), targets, runs).set_index("mask")
    run = training.one_run(runs, targets[0], "subject", "fmpn_slim")
    assert table.loc["predicted", "accuracy"] == pytest.approx(
        100 * (run.test["label"] == run.test["predicted"]).mean()
    )
    assert table.loc["predicted", "changed"] == 0 and (table["samples"] == 72).all()
    logits = motion_masks.swapped_logits(targets[0], "subject", run)
    assert not np.allclose(logits["predicted"], logits["of another class"])
    assert not np.allclose(logits["of the true class"], logits["of another class"])


def test_examples_show_a_tested_face_of_every_class(study, targets, runs):
    faces, rows, names = motion_masks.examples(targets[0], *motion_masks.example_run(study(), targets[0], runs))
    assert names == list(targets[0].faces.classes) and faces.shape == (6, 32, 32)
    assert all(part.shape[:3] == (6, 32, 32) and part.min() >= 0 and part.max() <= 1 for part in rows.values())
    seen = rows["after stage 2"] * faces / 255
    assert np.allclose(rows["masked face"][..., 0], seen, atol=0.01) and rows["masked face"].shape[3] == 3
    assert not np.allclose(rows["after stage 1"], rows["after stage 2"])


def test_facts_keep_controls_from_the_leaderboard(study, targets, runs):
    stage = study().stage()
    told = motion_results.facts(study(), runs)
    stage.finish(**told)
    assert list(told["control_runs"]["synthetic faces"]["subject"]) == ["oracle_slim", "shuffled_slim"]
    board = LeaderboardParameters.check({"data_dir": str(study().data), "reports_dir": study().reports_dir})
    (found,) = load_boards(board)
    assert set(found.entries) == {"fmpn_slim", "classifier_slim"}
    assert (found.table["macs"].dropna() > 0).all()


def test_finished_runs_are_not_trained_again(study, targets, runs):
    again = training.train(study(), steps.prepare(study()))
    before = training.one_run(runs, targets[0], "subject", "fmpn_slim")
    assert training.one_run(again, targets[0], "subject", "fmpn_slim").card["written"] == before.card["written"]


def test_trained_runs_answer_in_the_recogniser(targets, runs):
    run = training.one_run(runs, targets[0], "subject", "fmpn_slim")
    face = np.asarray(load_dataset("synthetic", run.folder.parents[3] / "data", **TARGET["options"]).images[5])
    label, share, every = Recognizer(False, run.folder, device="cpu").detect_emotion_for_single_face_image(face)
    assert label in targets[0].faces.classes and 0 < share <= 1 and len(every) == 6


def test_runs_that_are_given_masks_do_not_answer_in_the_recogniser(targets, runs):
    run = training.one_run(runs, targets[0], "subject", "oracle_slim")
    with pytest.raises(InputError, match="mask"):
        Recognizer(False, run.folder, device="cpu").load()


def test_an_ensemble_asks_them_about_aligned_faces(study, targets, runs):
    study().stage().finish(**motion_results.facts(study(), runs))
    places = {"data_dir": str(study().data), "reports_dir": study().reports_dir}
    (group,), _ = gather(EnsembleStudy.check({**places, "sources": [NOTEBOOK], "device": "cpu"}))
    images, guidance = inputs_of(EnsembleStudy.check(places), group, group.runs["fmpn_slim"])
    faces = targets[0].faces
    place = faces.samples.set_index("sample_id").index.get_indexer(group.faces.samples["sample_id"])
    assert guidance is None and np.array_equal(images, np.asarray(faces.images)[place])


def test_they_are_not_explained_on_images_that_they_do_not_see(study, runs):
    study().stage().finish(**motion_results.facts(study(), runs))
    places = {"data_dir": str(study().data), "reports_dir": study().reports_dir}
    with pytest.raises(InputError, match="its networks see aligned faces"):
        chosen(ExplanationParameters.check({**places, "sources": [NOTEBOOK]}))


def test_shown_masks_are_resized_as_in_training(study, targets, runs):
    (target,) = targets
    run = training.one_run(runs, target, "subject", "fmpn_slim")
    _, rows, _ = motion_masks.examples(target, "subject", run)
    faces, masks = target.splits["subject"].faces, target.masks["subject"].masks
    for label in range(6):
        position = next(p for p, _, tested in motion_masks.folds_of(target, "subject") if label in faces.labels[tested])
        data = MotionBatches(faces.images[:1], masks[position], None, np.array([label]), 6, torch.device("cpu"))
        seen = to_size(data.targets(torch.tensor([0])), 32)[0, 0].numpy()
        np.testing.assert_allclose(rows["of the true class"][label], seen, atol=1e-6)


def test_cards_name_alignment_and_source_of_masks(targets, runs):
    card = load_run(training.one_run(runs, targets[0], "subject", "fmpn_slim").folder).card["parameters"]
    assert card["alignment"] == {"points": "eyes", "landmarks": "dataset", "frame": 34}
    assert card["mask_source"] == "pairs" and card["guidance"] == {}
    alone = training.one_run(runs, targets[0], "subject", "classifier_slim").card["parameters"]
    assert "mask_source" not in alone


def test_a_label_space_with_neutral_faces_is_refused(study):
    with pytest.raises(InputError, match=r"has the class 'neutral', whose faces do not move"):
        steps.prepare(study(targets=[{**TARGET, "label_space": "native"}]))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"decay": 3}, "decay = 3, expected 0 … epochs = 2"),
        ({"mask_decay": 3}, "mask_decay = 3, expected 0 … mask_epochs = 2"),
        ({"weight_decay": 0.1}, "weight_decay = 0.1 has no effect"),
        ({"classifier": "vgg_compat"}, "did you mean 'vgg_compact'"),
        ({"normalize": "legacy"}, "expected inception_v3 or googlenet"),
        ({"device": "cudaa"}, "device 'cudaa'"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_faces_are_aligned(study, changes, sentence, monkeypatch):
    monkeypatch.setattr(steps, "_target", lambda *_: pytest.fail("too late"))
    with pytest.raises(InputError, match=sentence):
        steps.prepare(study(**changes))


def test_variants_of_different_sizes_are_refused(study):
    with pytest.raises(InputError, match=r"different sizes \(fmpn 299, fmpn_slim 96\)"):
        steps.prepare(study(image_size=None, variants=["fmpn", "fmpn_slim"]))
