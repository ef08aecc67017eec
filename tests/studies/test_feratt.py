"""Notebook 07 in small: faces and backgrounds, both tested parts, what is told to readers and to other notebooks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts.runs import load_run
from fer_lib.errors import InputError
from fer_lib.evaluation.ablation import MAJORITY
from fer_lib.evaluation.metrics import macro_scores
from fer_lib.models.feratt_units import NORMALIZE
from fer_lib.reporting import attention_tables as readers
from fer_lib.reporting import figures
from fer_lib.studies import feratt_attention as attends
from fer_lib.studies import feratt_faces as steps
from fer_lib.studies import feratt_pictures as pictures
from fer_lib.studies import feratt_results as found
from fer_lib.studies import feratt_training as training
from fer_lib.studies.ensemble_members import gather, inputs_of
from fer_lib.studies.ensembles_parameters import EnsembleStudy
from fer_lib.studies.feratt_parameters import FERAttStudy
from fer_lib.studies.leaderboard import LeaderboardParameters, load_boards
from fer_lib.training.composed import load_composed_table
from fer_lib.training.composed.scores import attention_mass

TARGET = {
    "dataset": "synthetic", "options": {"images": 84, "subjects": 12, "style": "studio"}, "splits": ["subject"],
    "folds": 2, "masks": "dataset", "square_size": 48,
}  # fmt: skip
VARIANTS = ["preact_slim", "feratt_cls_slim", "feratt_rep_cls_slim"]
TITLE = "synthetic faces"


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
    folder = tmp_path_factory.mktemp("feratt")

    def make(**changes):
        values = {
            "data_dir": str(folder / "data"), "reports_dir": str(folder / "reports"), "targets": [TARGET],
            "variants": VARIANTS, "image_size": 32, "background_count": 20, "appearance": "none", "epochs": 2,
            "epoch_length": 42, "batch_size": 14, "select_per_face": 1, "test_per_face": 2, "learning_rate": 1e-3,
            "noise": [0.1, 0.2], "device": "cpu", "precision": "fp32", **changes,
        }  # fmt: skip
        return FERAttStudy.check(values)

    return make


@pytest.fixture(scope="module")
def targets(study):
    return steps.prepare(study())


@pytest.fixture(scope="module")
def runs(study, targets):
    return training.train(study(), targets)


@pytest.fixture(scope="module")
def results(study, targets, runs):
    return found.results(study(), targets, runs)


def test_faces_come_with_squares_masks_and_backgrounds_of_three_kinds(targets):
    (target,) = targets
    assert target.faces.images.shape == (84, 32, 32) and target.squares.shape == target.masks.shape == (84, 48, 48)
    assert set(np.unique(target.masks)) == {0, 255}
    kinds = [target.backgrounds.train, target.backgrounds.select, target.backgrounds.test]
    assert [kind.shape for kind in kinds] == [(16, 64, 64), (2, 64, 64), (2, 64, 64)]
    assert len({picture.tobytes() for kind in kinds for picture in kind}) == 20
    assert "identity-disjoint: yes (12 subjects" in target.sentence(target.splits["subject"])


def test_two_targets_of_one_set_have_names_of_their_own_for_files(study):
    asked = study(targets=[TARGET, {**TARGET, "splits": ["random"]}, {**TARGET, "options": {"images": 40}}])
    first, second, third = prepared = steps.prepare(asked)
    assert first.name == first.faces.name == second.faces.name and second.name == f"{first.name}-2"
    assert third.name == third.faces.name != first.name
    assert len({target.title for target in prepared}) == 3


def test_photographs_are_divided_as_drawn_backgrounds_are(study, targets, tmp_path, monkeypatch):
    made = np.arange(7, dtype=np.uint8)[:, None, None] * np.ones((1, 96, 96), np.uint8)
    asked = {}
    monkeypatch.setattr(
        steps, "photographs", lambda folder, size, **how: asked.update(folder=folder, size=size, **how) or made
    )
    entry = {**targets[0].entry, "backgrounds": str(tmp_path)}
    parts = steps.backgrounds_of(study(), entry, 32)
    assert asked == {"folder": tmp_path, "size": 96, "at_most": 20, "seed": 2020}
    values = [part[:, 0, 0].tolist() for part in (parts.train, parts.select, parts.test)]
    assert [len(part) for part in values] == [5, 1, 1] and sorted(sum(values, [])) == list(range(7))
    assert steps.named_backgrounds(entry) == {"source": tmp_path.name, "count": 20}


def test_runs_differ_in_their_network_alone(study, targets, runs):
    tasks = training.tasks(study(), targets[0], targets[0].splits["subject"])
    cards = [
        load_run(training.one_run(runs, targets[0], "subject", name).folder).card["parameters"] for name in VARIANTS
    ]
    for name, card in zip(VARIANTS, cards, strict=True):
        assert card == tasks[name][2020].parameters()
        assert card["squares"] == targets[0].faces.card["squares"] and card["squares"]["scene_size"] == 32
        assert card["backgrounds"] == {"source": "procedural", "count": 20}
    different = {key for key in cards[0] if any(card.get(key) != cards[0][key] for card in cards)}
    assert different == {"model", "variant", "model_options"} - ({"model_options"} - cards[0].keys())


def test_both_parts_are_compared_with_the_classifier_alone(study, runs, results):
    assert results.groupby("part")["variant"].apply(list).to_dict() == {
        part: [*VARIANTS, MAJORITY] for part in ("real", "synthetic")
    }
    table = results.set_index(["part", "variant"])
    for part, count in (("real", 84), ("synthetic", 168)):
        row, baseline = table.loc[(part, "feratt_cls_slim")], table.loc[(part, "preact_slim")]
        assert (row["samples"], row["groups"]) == (count, 12)
        assert row["difference"] == pytest.approx(row["accuracy"] - baseline["accuracy"])
        tables = found.part_tables(runs[TITLE]["subject"], part)["feratt_cls_slim"]
        expected = {key: 100 * value for key, value in macro_scores(tables).items()}
        assert row[list(expected)].to_dict() == pytest.approx(expected)
    assert len(readers.paired_for_readers(results, "the classifier alone")) == 8


def test_compositions_of_one_person_are_one_group(targets, runs):
    tables = found.part_tables(runs[TITLE]["subject"], "synthetic")
    groups = found.groups_of(targets[0], tables)
    subjects = targets[0].faces.samples.set_index("sample_id")["subject"]
    assert len(groups) == 168
    people = pd.DataFrame({"group": groups, "subject": subjects[groups.index.str.split("#").str[0]].to_numpy()})
    assert people.groupby("subject")["group"].nunique().eq(1).all() and people["group"].nunique() == 12


def test_f1_is_what_was_asked_for(study, targets, runs, results):
    other = found.results(study(f1_mode="macro"), targets, runs)
    assert (other["f1"].dropna() <= results["f1"].dropna() + 1e-9).all()
    assert other["f1"].dropna().to_numpy() == pytest.approx(other["macro_f1"].dropna().to_numpy())


def test_the_four_published_tables_come_first(study, targets, results):
    tables = found.paper_tables(study(), targets, results)
    assert len(tables) == 6 and all("not run" in table.rows.to_string() for table in tables[:4])
    assert all(VARIANTS[1] in table.rows.to_string() for table in tables[4:])
    named = [replace(targets[0], title="CK+", entry={**targets[0].entry, "dataset": "ckplus"})]
    told = found.paper_tables(study(), named, results.assign(target="CK+"))
    assert len(told) == 4 and "slim" in told[3].note and "epoch chosen" in told[3].note
    assert (
        "Trained otherwise (published in brackets): backgrounds drawn (photographs); image size 32 (128);"
        in told[3].note
    )
    assert "epochs × compositions 2 × 42 (60 × 70,000)" in told[3].note


def test_attention_is_scored_for_variants_that_have_it(study, targets, runs):
    table = attends.attention_found(study(), targets, runs)
    assert table["variant"].unique().tolist() == VARIANTS[1:] and (table["groups"] <= 12).all()
    rows = load_composed_table(training.one_run(runs, targets[0], "subject", VARIANTS[1]).folder, "synthetic")
    whole = table[(table["variant"] == VARIANTS[1]) & (table["set"] == "all")].iloc[0]
    assert whole["n"] == 168 and whole["mass"] == pytest.approx(rows["mass"].mean())
    assert whole["untrained_mass"] == pytest.approx(rows["untrained_mass"].mean())
    figures.mass_bars(table, "attention")


def test_examples_are_the_compositions_that_were_scored(study, targets, runs):
    """Their masks and attention give the masses of the table, before and after training."""
    columns, names = pictures.examples(study(), targets[0], runs)
    assert names == list(targets[0].faces.classes)
    rows = load_composed_table(training.one_run(runs, targets[0], "subject", VARIANTS[2]).folder, "synthetic")
    masks = torch.from_numpy(columns["mask"] / 255)[:, None].float()
    for kind, column in ((f"attention: {VARIANTS[2]}", "mass"), ("untrained", "untrained_mass")):
        own = attention_mass(torch.from_numpy(columns[kind]).logit()[:, None], masks).numpy()
        first = rows[rows["sample_id"].str.endswith("#0")]
        for label, mass in enumerate(own):
            candidates = first[first["label"] == label][column].to_numpy()
            assert np.abs(candidates - mass).min() < 1e-4
    grey = 255 * np.array(NORMALIZE["cifar10"][0])
    outside = columns["target"][columns["mask"] == 0]
    assert np.abs(outside - grey).max() <= 1  # what 0 stands for in the network's units
    assert columns["reconstruction"].shape == (7, 32, 32, 3) and columns["features"].shape == (7, 32, 32)
    figures.attention_sheet(columns, names, "examples")


def test_classes_that_the_first_fold_does_not_test_come_from_the_next(study, targets, runs):
    target = targets[0]
    faces, folds = target.faces, target.splits["subject"].folds
    hidden = (folds == 0) & (faces.labels == 3)
    samples = faces.samples.assign(label=np.where(hidden, 2, faces.labels))
    split = replace(target.splits["subject"], faces=replace(faces, samples=samples))
    _, names = pictures.examples(study(), replace(target, splits={"subject": split}), runs)
    assert names == [name for k, name in enumerate(faces.classes) if k != 3] + [faces.classes[3]]


def test_material_shows_faces_masks_and_compositions(study, targets):
    rows = pictures.material(study(), targets[0])
    assert {len(images) for images in rows.values()} == {pictures.SHOWN}
    assert all(images.dtype == np.uint8 for images in rows.values())
    first, second = (rows[name] for name in ("composition", "another composition"))
    assert first.shape == (12, 32, 32) and (first != second).any(axis=(1, 2)).all()


def test_embeddings_of_real_tested_faces_are_scored_and_mapped(study, targets, runs):
    scores = attends.embedding_scores(study(), targets, runs)
    assert scores.groupby("variant", sort=False)["samples"].sum().to_dict() == dict.fromkeys(VARIANTS, 84)
    points, labels, notes = attends.embedding_points(study(), targets[0], runs, scores)
    tested = targets[0].splits["subject"].folds == 0
    assert (np.bincount(labels) == np.bincount(targets[0].faces.labels[tested])).all()
    assert all(placed.shape == (tested.sum(), 2) for placed in points.values())
    first = scores[(scores["variant"] == VARIANTS[1]) & (scores["fold"] == 0)].iloc[0]
    assert notes[VARIANTS[1]] == f"k-NN {first['knn_accuracy']:.0f} %, AMI {first['ami']:.2f}"
    assert len(readers.quality_for_readers(scores)) == 3


def test_what_neighbours_say_is_paired_as_predictions_are(study, targets, runs):
    table = attends.neighbours_found(study(), targets, runs)
    assert table["variant"].to_list() == [*VARIANTS, MAJORITY] and set(table["part"]) == {"real, by k-NN"}
    scores = attends.embedding_scores(study(), targets, runs)
    right = (scores["knn_accuracy"] * scores["samples"]).groupby(scores["variant"]).sum() / 84
    rows = table.set_index("variant")
    assert rows.loc[VARIANTS, "accuracy"].to_dict() == pytest.approx(right.to_dict())
    assert rows.loc[VARIANTS[2], "difference"] == pytest.approx(right[VARIANTS[2]] - right[VARIANTS[0]])
    assert (rows.loc[VARIANTS, "groups"] == 12).all() and (
        rows.loc[VARIANTS, "low"] <= rows.loc[VARIANTS, "high"]
    ).all()


def test_a_limit_of_training_faces_is_told_where_it_holds(study, targets, runs, monkeypatch):
    assert attends.neighbour_sentence(study(), targets, runs) == "k-NN: the 11 nearest training faces answer."
    folder = training.one_run(runs, targets[0], "subject", VARIANTS[0]).folder
    kept = load_composed_table(folder, "embeddings").query("split == 'train'").groupby("fold").size().max()
    composed = FERAttStudy.composed
    monkeypatch.setattr(FERAttStudy, "composed", lambda *asked: replace(composed(*asked), embedded=int(kept)))
    told = attends.neighbour_sentence(study(neighbours=5), targets, runs)
    assert (
        told == f"k-NN: the 5 nearest training faces answer; {TITLE}: of {kept} training faces of a fold, evenly taken."
    )


def test_noise_curves_start_at_the_faces_as_they_are(study, targets, runs, results):
    curves, differences = attends.noise_found(study(), targets, runs)
    assert curves["sigma"].unique().tolist() == [0, 0.1, 0.2]
    clear = curves[curves["sigma"] == 0].set_index("variant")["accuracy"]
    real = results[results["part"] == "real"].set_index("variant")["accuracy"]
    assert clear.to_dict() == pytest.approx(real[VARIANTS].to_dict())
    assert set(differences["variant"]) == set(VARIANTS[1:]) and set(differences["baseline"]) == {VARIANTS[0]}
    assert differences["sigma"].unique().tolist() == [0.1, 0.2]  # without noise they stand in the results
    shown = readers.noise_for_readers(curves, differences, found.published_under_noise(targets))
    assert len(shown) == 3
    alone, none = attends.noise_found(
        study(), targets, {TITLE: {"subject": {VARIANTS[1]: runs[TITLE]["subject"][VARIANTS[1]]}}}
    )
    assert none is None and len(alone) == 3


def test_facts_name_runs_and_what_compositions_were_made_of(study, targets, runs):
    stage = study().stage()
    told = found.facts(study(), targets, runs)
    stage.finish(**told)
    assert list(told["runs"][TITLE]["subject"]) == VARIANTS
    made = told["compositions"][TITLE]
    assert (made["masks"], made["left_out"], made["test_backgrounds"]) == ("dataset", 0, 2)
    board = LeaderboardParameters.check({"data_dir": str(study().data), "reports_dir": study().reports_dir})
    (one,) = load_boards(board)
    assert set(one.entries) == set(VARIANTS)


def test_an_ensemble_asks_them_about_the_real_pictures(study, targets, runs):
    study().stage().finish(**found.facts(study(), targets, runs))
    places = {"data_dir": str(study().data), "reports_dir": study().reports_dir}
    (group,), _ = gather(EnsembleStudy.check({**places, "sources": [FERAttStudy.notebook], "device": "cpu"}))
    images, guidance = inputs_of(EnsembleStudy.check(places), group, group.runs[VARIANTS[2]])
    faces = targets[0].faces
    place = faces.samples.set_index("sample_id").index.get_indexer(group.faces.samples["sample_id"])
    assert guidance is None and np.array_equal(images, np.asarray(faces.images)[place])


def test_finished_runs_are_not_trained_again(study, targets, runs):
    again = training.train(study(), targets)
    before = training.one_run(runs, targets[0], "subject", VARIANTS[0])
    assert training.one_run(again, targets[0], "subject", VARIANTS[0]).card["written"] == before.card["written"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"variants": ["preact", "feratt_cls_slim"], "image_size": None}, r"different sizes \(preact 128, feratt_cls"),
        ({"weights": "imagenet"}, "weights = 'imagenet', which none of feratt_slim, preact_slim has"),
        ({"image_size": 48}, "as a multiple of 32"),
        ({"decay_every": 1, "schedule": "one_cycle"}, "expected one of the two"),
        ({"weight_decay": 0.1}, "weight_decay = 0.1 has no effect"),
        ({"rotation": 400.0}, "rotation 400.0, expected"),
        ({"device": "cudaa"}, "device 'cudaa'"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_faces_are_cut(study, changes, sentence, monkeypatch):
    monkeypatch.setattr(steps, "load_faces", lambda *_, **__: pytest.fail("too late"))
    with pytest.raises(InputError, match=sentence):
        steps.prepare(study(**changes))


def test_two_photographs_are_too_few(study, targets, tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "photographs", lambda *_, **__: np.zeros((2, 96, 96), np.uint8))
    with pytest.raises(InputError, match="photographs: 2, expected at least 3, to train, select and test"):
        steps.backgrounds_of(study(), {**targets[0].entry, "backgrounds": str(tmp_path)}, 32)
