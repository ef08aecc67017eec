"""Notebook 09 in small: who may answer together, with which views, chosen by what, and what it was worth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import ndimage
from sklearn.metrics import f1_score

from fer_lib.artifacts.runs import load_run
from fer_lib.errors import InputError
from fer_lib.evaluation.calibration import expected_calibration_error
from fer_lib.evaluation.comparable import Design
from fer_lib.evaluation.ensembles import PUBLISHED_MEMBERS, accuracy
from fer_lib.evaluation.temperature import negative_log_likelihood, tempered
from fer_lib.evaluation.tta import fixed_views, reference_views
from fer_lib.reporting import ensemble_tables, figures
from fer_lib.studies import ensemble_members as who
from fer_lib.studies import ensemble_results as tables
from fer_lib.studies import ensemble_views as views
from fer_lib.studies import ensembles as steps
from fer_lib.training.batches import normalise
from fer_lib.training.trained import trained_network

from .ensemble_fixtures import planned, stage, study_of, train


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
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("ensembles")
    people = [
        planned(root, "simple_cnn", "simple_cnn", "subject"),
        planned(root, "soft", "guided_stn", "subject", guidance="soft"),
    ]
    official = planned(root, "simple_cnn", "simple_cnn", "official")
    again = replace(official, folder=official.folder.with_name("simple_cnn-official-2"))
    runs = [*train(people), *train([official], seed=1), *train([again], seed=2)]
    stage(root, {"synthetic": runs})
    return root


@pytest.fixture(scope="module")
def groups(root):
    return who.gather(study_of(root))[0]


@pytest.fixture(scope="module")
def found(root, groups):
    """Probabilities of each group."""
    return [views.probabilities(study_of(root), group) for group in groups]


@pytest.fixture(scope="module")
def invented(groups):
    """Probabilities of five members that know something, for the images of the group under folds."""
    group = groups[0]
    rng = np.random.default_rng(0)
    truth = np.eye(len(group.faces.classes))[group.rows["label"]]
    members = rng.dirichlet(np.ones(truth.shape[1]), (5, len(truth))) + 0.5 * truth * rng.random((5, len(truth), 1))
    members /= members.sum(-1, keepdims=True)
    runs = {f"m{k}": next(iter(group.runs.values())) for k in range(5)}
    return replace(group, runs=runs), {form: np.roll(members, k, 0) for k, form in enumerate(("none", "fixed"))}


def test_members_share_images_folds_and_what_validates(groups):
    people, official = groups
    assert people.members == ["simple_cnn", "soft"] and people.folds == [0, 1] and people.unit == "persons"
    assert official.members == ["simple_cnn, seed 1", "simple_cnn, seed 2"] and official.folds == [0]
    assert people.title == "synthetic faces, native, subject split" and people.name == "synthetic-native-subject"
    for group in groups:
        samples = group.faces.samples
        assert (samples["sample_id"].to_numpy()[group.rows["position"]] == group.rows["sample_id"]).all()
        assert (group.faces.labels[group.rows["position"]] == group.rows["label"]).all()
        subject = samples["subject"].to_numpy()[group.rows["position"]]
        assert pd.Series(group.rows["unit"]).groupby(subject).nunique().max() == 1
        for fold in group.folds:
            ids = {part: set(group.rows["sample_id"][group.part(part, fold)]) for part in who.PARTS}
            assert ids["validation"] and not ids["validation"] & ids["test"]
    assert people.design.samples == len(people.part("test")) == 120


def test_seeds_that_validated_on_other_images_are_not_put_together(root, groups):
    """What one of them selects on, the other was trained on."""
    other = planned(root, "simple_cnn", "simple_cnn", "subject")
    names = train([replace(other, folder=other.folder.with_name("simple_cnn-seed7"))], seed=7, epochs=1)
    stage(root, {"synthetic": ["simple_cnn-subject", *names]}, "07_other")
    apart, _ = who.gather(study_of(root, sources=["06_residual_masking", "07_other"], splits=["subject"]))
    assert [group.members for group in apart] == [["simple_cnn", "soft"], ["simple_cnn"]]
    assert [group.name for group in apart] == ["synthetic-native-subject", "synthetic-native-subject-2"]
    assert [group.title.rpartition(", ")[2] for group in apart] == ["seed 2020", "seed 7"]


def test_runs_without_a_part_that_validates_are_left_out(root):
    names = train([planned(root, "reference", "simple_cnn", "subject")], protocol="reference", epochs=1)
    stage(root, {"synthetic": names}, "05_reference")
    groups, left_out = who.gather(study_of(root, sources=["05_reference", "06_residual_masking"]))
    assert len(groups) == 2 and len(left_out) == 1 and "reference-subject is left out" in left_out[0]
    with pytest.raises(InputError, match="05_reference: no run has a part that validates"):
        who.gather(study_of(root, sources=["05_reference"]))


def test_variants_and_splits_are_chosen_by_name(root):
    (group,), _ = who.gather(study_of(root, variants=["soft"]))
    assert group.members == ["soft"]
    (group,), _ = who.gather(study_of(root, splits=["official"]))
    assert len(group.members) == 2
    with pytest.raises(InputError, match="no runs of 'sotf'; did you mean 'soft'"):
        who.gather(study_of(root, variants=["sotf"]))
    with pytest.raises(InputError, match="04_deep_emotion: no card.json"):
        who.gather(study_of(root, sources=["04_deep_emotion"]))


def test_without_augmentation_members_answer_what_their_runs_wrote_down(groups, found):
    for group, asked in zip(groups, found, strict=True):
        for number, run in enumerate(group.runs.values()):
            told = group.rows.merge(run.predictions, on=["split", "fold", "sample_id"], how="left", validate="1:1")
            np.testing.assert_allclose(asked["none"][number], told.filter(regex=r"^p_\d$"), atol=1e-3)
        assert all(values.shape == asked["none"].shape for values in asked.values())


def softmax_of(model, arrays, mirror, degrees):
    """Twin: one image (and its guidance) turned by scipy, asked alone."""
    turned = [ndimage.rotate(a[:, ::-1] if mirror else a, -degrees, reshape=False, order=1, mode="grid-constant")
              for a in (array.astype(float) for array in arrays)]  # fmt: skip
    with torch.inference_mode():
        return model(*(normalise(torch.from_numpy(one)[None].float()) for one in turned)).softmax(1)[0].numpy()


@pytest.mark.parametrize("member", ["simple_cnn", "soft"])
def test_views_equal_their_slow_twin(root, groups, found, member):
    """The guided network's guidance is turned with its image."""
    group, study = groups[0], study_of(root)
    run, number = group.runs[member], group.members.index(member)
    images, guidance = who.inputs_of(study, group, run)
    assert (guidance is not None) == (member == "soft")
    fixed, drawn = fixed_views(), reference_views(study.draws, study.seed, len(group.rows))
    for row in (0, len(group.rows) - 1):
        place, fold = group.rows["position"][row], group.rows["fold"][row]
        model = trained_network(run.folder, int(fold))
        arrays = [array[place] for array in (images, guidance) if array is not None]
        pairs = {
            "flip": list(zip(fixed.mirror[:2, 0], fixed.degrees[:2, 0], strict=True)),
            "fixed": list(zip(fixed.mirror[:, 0], fixed.degrees[:, 0], strict=True)),
            "reference": list(zip(drawn.mirror[:, row], drawn.degrees[:, row], strict=True)),
        }
        for form, wanted in pairs.items():
            slow = np.mean([softmax_of(model, arrays, *pair) for pair in wanted], 0)
            np.testing.assert_allclose(found[0][form][number, row], slow, atol=2e-4)


def test_a_second_run_asks_no_network(root, groups, found, monkeypatch):
    asked = []
    original = views.view_probabilities
    monkeypatch.setattr(views, "view_probabilities", lambda *a, **k: asked.append(1) or original(*a, **k))
    again = views.probabilities(study_of(root), groups[0])
    assert not asked
    assert all(np.array_equal(again[form], found[0][form]) for form in again)
    views.probabilities(study_of(root, fill="border", tta=["flip"], final="flip"), groups[1])
    assert len(asked) == 2  # one network each
    monkeypatch.undo()
    views.probabilities(study_of(root), groups[1])


def test_other_weights_than_the_run_was_scored_with_are_noticed(root, groups):
    group, run = groups[1], next(iter(groups[1].runs.values()))
    answers = views._kept(study_of(root), group, run, "fixed", fixed_views())[0]
    assert views._require_repeats(run, group, answers) == 1
    other = replace(run, predictions=run.predictions.assign(predicted=(run.predictions["predicted"] + 1) % 7))
    with pytest.raises(InputError, match="its weights repeat 0 % of the answers that it wrote down"):
        views._require_repeats(other, group, answers)


def spoiled(group):
    """The same group with other labels of every tested image."""
    tested = group.rows["split"] == "test"
    return replace(
        group, rows=group.rows.assign(label=group.rows["label"].where(~tested, (group.rows["label"] + 1) % 7))
    )


@pytest.mark.parametrize("method", ["single", "greedy", "subset"])
def test_no_test_label_or_answer_reaches_the_choice(root, invented, method):
    group, probabilities = invented
    study, other = study_of(root), spoiled(group)
    test = np.isin(np.arange(len(group.rows)), group.part("test"))
    for form, values in probabilities.items():
        noise = np.where(test[:, None], np.random.default_rng(1).dirichlet(np.ones(7), values.shape[:2]), values)
        for fold in group.folds:
            chosen = steps.choose(study, group, values, method, fold)
            assert chosen == steps.choose(study, other, values, method, fold)
            assert chosen == steps.choose(study, group, noise, method, fold), form
        for fold in group.folds:
            rows = group.part("test", fold)
            searched = steps.choose(study_of(root, select_on="test"), group, values, method, fold)
            assert searched == steps.CHOOSE[method](values[:, rows], steps.labels_of(group, rows))


def test_what_was_chosen_on_the_tested_images_says_so(root, invented):
    group, probabilities = invented
    study = study_of(root, select_on="test", methods=["all", "greedy"])
    table = tables.results(study, group, steps.answers(study, group, probabilities))
    label = " (chosen on the test part, as published)"
    assert list(table["method"])[:3] == ["single" + label, "all", "greedy" + label]
    honest = tables.results(study_of(root), group, steps.answers(study_of(root), group, probabilities))
    assert table["accuracy"][2] >= honest.set_index(["method", "tta"])["accuracy"]["greedy", "none"]


def test_each_fold_is_answered_by_its_own_members(root, invented):
    group, probabilities = invented
    study = study_of(root)
    found = steps.answers(study, group, probabilities)
    assert [(a.method, a.form) for a in found] == [
        (method, form) for form in ("none", "fixed") for method in ("single", "all", "greedy", "subset")
    ]
    test = group.part("test")
    for answer in found:
        assert answer.probabilities.shape == (120, 7)
        for place, row in enumerate(test):
            members = answer.members[group.rows["fold"][row]]
            slow = sum(probabilities[answer.form][m, row] for m in members)
            np.testing.assert_allclose(answer.probabilities[place], slow / slow.sum())
            warm = tempered(answer.probabilities[place][None], answer.temperatures[group.rows["fold"][row]])[0]
            np.testing.assert_allclose(answer.tempered[place], warm)
    chosen = steps.chosen_members(study, group, found)
    assert len(chosen) == 8 * 2 and (chosen["size"] == chosen["members"].str.split(", ").map(len)).all()


def test_the_curve_counts_the_images_of_all_folds(root, invented):
    group, probabilities = invented
    table = steps.greedy_curve(study_of(root), group, probabilities)
    labels = group.rows["label"].to_numpy()
    for form in ("none", "fixed"):
        values, shown = probabilities[form], table[table["tta"] == form].set_index("size")
        for size in (1, 3, 5):
            for part in who.PARTS:
                right = images = 0
                for fold in group.folds:
                    validation = group.part("validation", fold)
                    order = steps.greedy_order(values[:, validation], labels[validation])[:size]
                    rows = group.part(part, fold)
                    right += (values[list(order)][:, rows].sum(0).argmax(1) == labels[rows]).sum()
                    images += len(rows)
                assert shown.loc[size, part] == pytest.approx(100 * right / images)
        assert (shown["validation"].max() >= shown["validation"]).all() and len(shown) == 5


def test_results_equal_their_slow_twins(root, invented):
    group, probabilities = invented
    study = study_of(root)
    answers = steps.answers(study, group, probabilities)
    table = tables.results(study, group, answers).set_index(["method", "tta"])
    labels = group.rows["label"].to_numpy()[group.part("test")]
    right = {(a.method, a.form): a.probabilities.argmax(1) == labels for a in answers}
    for answer in answers:
        row = table.loc[(answer.method, answer.form)]
        own = right[answer.method, answer.form]
        assert row["accuracy"] == pytest.approx(100 * own.mean()) and row["low"] < row["accuracy"] < row["high"]
        assert row["macro_f1"] == pytest.approx(100 * f1_score(labels, answer.probabilities.argmax(1), average="macro"))
        if answer.method != "single":
            other = right["single", answer.form]
            assert row["against"] == "single" and row["difference"] == pytest.approx(100 * (own.mean() - other.mean()))
            assert (row["only_this"], row["only_other"]) == ((own & ~other).sum(), (other & ~own).sum())
            assert row["p_mcnemar_holm"] >= row["p_mcnemar"]
    alone = table.loc[("single", "fixed")]
    assert alone["against"] == "single, no TTA"
    assert alone["difference"] == pytest.approx(
        100 * (right["single", "fixed"].mean() - right["single", "none"].mean())
    )
    assert pd.isna(table.loc[("single", "none"), "difference"]) and table.index[-1][0] == tables.MAJORITY


def test_members_stand_beside_themselves_without_augmentation(root, groups, found):
    study, group = study_of(root), groups[0]
    table = tables.member_table(study, group, found[0])
    assert list(table["tta"]) == ["none", "flip", "fixed", "reference"] * 2
    accuracy = table.set_index(["member", "tta"])["accuracy"]
    for member, run in group.runs.items():
        test = run.predictions.query("split == 'test'")
        assert accuracy[member, "none"] == pytest.approx(100 * (test["label"] == test["predicted"]).mean(), abs=1e-6)
        for form in study.tta:
            row = table.set_index(["member", "tta"]).loc[(member, form)]
            assert row["difference"] == pytest.approx(row["accuracy"] - accuracy[member, "none"])
    assert list(table["parameters"].unique()) == [run.card["parameters_in_model"] for run in group.runs.values()]


def test_one_network_alone_is_looked_at_too(root):
    study = study_of(root, variants=["soft"])
    (group,), _ = who.gather(study)
    asked = views.probabilities(study, group)
    answers = steps.answers(study, group, asked)
    assert {answer.method for answer in answers} == {"single"}
    table = tables.results(study, group, answers)
    assert len(table) == 3 and len(steps.greedy_curve(study, group, asked)) == 2
    shown = tables.reliability_of(study, group, answers)
    assert list(shown) == ["single, no TTA", "single, TTA fixed", "single, TTA fixed, tempered"]


def test_the_published_ensemble_is_recognised_by_network_and_head():
    def card(model, **options):
        return {"model": model, **({"model_options": options} if options else {})}

    names = [
        who._published_name(given)
        for given in (
            card("residual_masking", weights="imagenet"), card("residual_masking", head="linear"), card("resnet18"),
            card("resnet50"), card("residual_masking", mask_mode="off"), card("residual_masking_slim"),
            card("efficientnet_b2b"),
        )
    ]  # fmt: skip
    assert names == ["resmasking_dropout1", "resmasking", "resnet18", None, None, None, "efficientnet_b2b"]
    assert set(who.PUBLISHED_AS.values()) == set(PUBLISHED_MEMBERS) - {"resnet50 pre-trained on VGG-Face2"}


def test_the_published_ensemble_says_who_is_missing_and_rounds_as_its_script(root, invented, monkeypatch):
    group, probabilities = invented
    assert steps.published_sentence(group).startswith(
        "0 of the 7 members of the published ensemble are here; missing: "
    )
    names = ["resmasking", None, "resnet18", None, "resnet101"]
    monkeypatch.setattr(who.Group, "published_names", property(lambda self: names))
    study = study_of(root, methods=["published"], round_as_published=True, temperature=False)
    answer = steps.answers(study, group, probabilities)[-1]
    assert (answer.method, answer.form) == ("published", "fixed") and answer.members[0] == (2, 4, 0)
    row = group.part("test")[0]
    slow = sum(np.round(10 * probabilities["fixed"][m, row], 4) for m in (2, 4, 0))
    np.testing.assert_allclose(answer.probabilities[0], slow / slow.sum(), rtol=1e-12)
    assert answer.tempered is None


def test_calibration_before_and_after(root, invented):
    group, probabilities = invented
    answers = steps.answers(study_of(root), group, probabilities)
    table = tables.calibration(study_of(root), group, answers)
    labels = steps.labels_of(group, group.part("test"))
    for row, answer in zip(table.to_dict("records"), answers, strict=True):
        assert row["nll"] == negative_log_likelihood(answer.probabilities, labels)
        assert row["ece_tempered"] == expected_calibration_error(answer.tempered, labels)
        assert row["accuracy"] == accuracy(answer.probabilities, labels)
        assert row["temperature"] == np.mean(list(answer.temperatures.values()))
    assert "temperature" not in tables.calibration(
        study_of(root), group, [replace(answer, tempered=None) for answer in answers]
    )


def test_pairs_are_shares_of_the_tested_images(groups, found):
    group = groups[0]
    different, both = tables.pairs(group, found[0])
    test = group.part("test")
    predicted = found[0]["none"][:, test].argmax(-1)
    assert different.loc["simple_cnn", "soft"] == pytest.approx(100 * (predicted[0] != predicted[1]).mean())
    wrong = predicted != group.rows["label"].to_numpy()[test]
    assert both.loc["soft", "simple_cnn"] == pytest.approx(100 * wrong.all(0).mean())


def test_published_numbers_are_comparable_only_where_they_are(root, invented):
    group, probabilities = invented
    study = study_of(root, methods=["all"])
    table = tables.results(study, group, steps.answers(study, group, probabilities))
    beside = tables.beside_published(study, group, table)
    assert list(beside["published"]) == [74.14, 76.82] and list(beside["ours"]) == ["single", "all"]
    assert beside["reason"].str.contains("measured on fer2013, ours on synthetic").all()
    classes = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    alike = replace(group, design=Design("fer2013", "native", classes, "honest", "official", 1, 3589))
    reasons = list(tables.beside_published(study, alike, table)["reason"])
    assert reasons[0] == "" and "in a way that is not known" in reasons[1]
    searched = study_of(root, methods=["all"], select_on="test")
    assert "epoch chosen" in tables.beside_published(searched, alike, table)["reason"][0]


def test_tables_and_figures_for_readers(root, groups, found, invented):
    group, probabilities = invented
    study = study_of(root)
    answers = steps.answers(study, group, probabilities)
    results = tables.results(study, group, answers)
    shown = ensemble_tables.ensembles_for_readers(results)
    assert shown["TTA"].to_list()[-1] == "–" and shown["Δ (points) [95 %]"][0] == "–"
    assert ensemble_tables.members_for_readers(tables.member_table(study, groups[0], found[0])).shape == (8, 8)
    assert " → " in ensemble_tables.calibration_for_readers(tables.calibration(study, group, answers))["ECE"][0]
    beside = ensemble_tables.published_for_readers(tables.beside_published(study, group, results))
    assert beside["published %"][0] == "74.14"
    figures.reliability_diagrams(tables.reliability_of(study, group, answers), "t")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"final": "fixed", "tta": ["flip"]}, r"'final' = 'fixed' \(str\): expected one of those in tta \(flip\)"),
        ({"rotations": [10.0, 0.0]}, "expected 0 at the beginning"),
        ({"tta": ["flip", "flip"]}, "tta names something twice"),
        ({"methods": ["gredy"]}, "did you mean 'greedy'"),
    ],
)
def test_parameters_that_do_not_fit_together(root, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        study_of(root, **changes)


def test_runs_of_the_fixture_are_complete(root):
    assert load_run(root / "reports" / "mine" / "runs" / "soft-subject").card["samples"] == 120
