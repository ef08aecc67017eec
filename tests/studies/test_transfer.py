"""Notebook 08 in small: sources, targets, the same folds for every mode, and what is refused."""

import numpy as np
import pytest
import torch

from fer_lib.artifacts import read_card
from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.evaluation.metrics import scores
from fer_lib.evaluation.statistics import compare_folds, holm
from fer_lib.reporting import figures, tables
from fer_lib.studies import transfer as steps
from fer_lib.studies.guided_transformers import GuidedStudy
from fer_lib.studies.transfer_parameters import TransferStudy
from fer_lib.training.checkpoints import read_weights

SOURCE = {"images": 60, "subjects": 10, "style": "studio", "seed": 11}
TARGETS = [
    {"dataset": "synthetic", "options": {"images": 60, "subjects": 10, "style": "wild"}, "folds": 2},
    {"dataset": "synthetic", "options": {"images": 64, "subjects": 12}, "fold_scheme": "published", "folds": 3},
]
MODES = ["scratch", "full", "head", "gradual"]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small networks on several threads wait for each other, beside other test workers all the more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """``study(epochs=1, …)``; everything it trains is shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("transfer")

    def make(**changes):
        values = {
            "data_dir": str(folder / "data"),
            "reports_dir": str(folder / "reports"),
            "source_options": SOURCE,
            "source_epochs": 1,
            "targets": TARGETS,
            "variants": ["simple_cnn"],
            "seeds": [1, 2],
            "epochs": 1,
            "batch_size": 16,
            "device": "cpu",
            "precision": "fp32",
            **changes,
        }
        return TransferStudy.check(values)

    return make


@pytest.fixture(scope="module")
def finished(study):
    """Sources, targets and runs of one small study."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CORES", "1")  # this process: starting others costs more than the training
        source, sources = steps.train_sources(study())
        targets = steps.prepare_targets(study(), source)
        return source, sources, targets, steps.train(study(), targets, sources)


@pytest.fixture(scope="module")
def results(finished):
    _, sources, targets, runs = finished
    return steps.results(targets, steps.predictions(targets, sources, runs))


def test_a_source_per_variant_and_seed_learns_from_every_image(study, finished):
    source, sources, *_ = finished
    assert list(sources) == ["simple_cnn"] and list(sources["simple_cnn"]) == [1, 2]
    one, two = sources["simple_cnn"].values()
    assert one.sha256 != two.sha256 and one.trained_on["seed"] == 1
    card = read_card(one.weights.parents[1])
    assert card["samples"] == len(source) and "folds" not in card["parameters"]


def test_every_mode_has_the_folds_of_the_target(finished):
    *_, targets, runs = finished
    assert [target.title for target in targets] == ["synthetic faces (wild)", "synthetic faces"] == list(runs)
    for target in targets:
        by_mode = runs[target.title]["simple_cnn"]
        assert list(by_mode) == MODES
        folds = dict(zip(target.faces.samples["sample_id"], target.folds, strict=True))
        for by_seed in by_mode.values():
            for run in by_seed.values():
                assert dict(run.test[["sample_id", "fold"]].itertuples(index=False)) == folds
    assert [len(np.unique(target.folds)) for target in targets] == [2, 3]


def test_modes_start_and_train_as_they_say(finished):
    _, sources, targets, runs = finished
    stored = read_weights(sources["simple_cnn"][2].weights)
    by_mode = runs[targets[0].title]["simple_cnn"]
    kept = {mode: read_weights(by_mode[mode][2].folder / "weights" / "fold0.safetensors") for mode in MODES}
    for mode, same in (("scratch", False), ("full", False), ("head", True), ("gradual", True)):
        assert np.array_equal(kept[mode]["conv1.weight"], stored["conv1.weight"]) == same, mode
    cards = {mode: by_mode[mode][2].card["parameters"] for mode in MODES}
    assert "initial" not in cards["scratch"] and cards["full"]["initial"] == sources["simple_cnn"][2].record()
    assert [cards[mode]["training"].get("fine_tune", "full") for mode in MODES] == ["full", "full", "head", "gradual"]
    assert len({run.folder for by_seed in by_mode.values() for run in by_seed.values()}) == 8


def test_scratch_is_the_run_of_notebook_03(study, finished):
    *_, targets, runs = finished
    planned = targets[0].experiments["simple_cnn"][1].folder
    assert runs[targets[0].title]["simple_cnn"]["scratch"][1].folder == planned


def test_results_equal_their_slow_twins(finished, results):
    """Differences of the same seed and fold, adjusted over the rows of both targets."""
    *_, targets, runs = finished
    rows = results.set_index(["target", "variant", "mode"])
    for target in targets:
        accuracy = {
            mode: [
                100 * scores(run.test[run.test["fold"] == fold])["accuracy"]
                for run in runs[target.title]["simple_cnn"][mode].values()
                for fold in np.unique(target.folds)
            ]
            for mode in ("scratch", "head")
        }
        row = rows.loc[target.title, "simple_cnn", "head"]
        slow = compare_folds(accuracy["head"], accuracy["scratch"], train_share=1 - 1 / target.study.folds)
        assert row["difference"] == pytest.approx(slow.difference.mean)
        assert row["p_value"] == pytest.approx(slow.p_value)
        assert row["accuracy"] == pytest.approx(np.mean(accuracy["head"]))
    assert np.allclose(results["p_holm"], holm(results["p_value"]), equal_nan=True)
    assert results["p_value"].notna().sum() == 8  # two targets, four modes against scratch


def test_no_training_is_the_sources_own_answer(finished, results):
    _, sources, targets, _ = finished
    tables_ = steps.predictions(targets, sources, finished[-1])
    table = tables_[targets[0].title]["simple_cnn"][steps.UNTRAINED]
    assert sorted(table["seed"].unique()) == [1, 2] and len(table) == 2 * len(targets[0].faces)
    row = results.set_index(["target", "mode"]).loc[(targets[0].title, steps.UNTRAINED)]
    by_fold = table.groupby(["seed", "fold"]).apply(lambda part: (part["label"] == part["predicted"]).mean())
    assert row["accuracy"] == pytest.approx(100 * by_fold.mean())


def test_tables_and_figures_show_every_mode(finished, results):
    *_, runs = finished
    shown = tables.transfer_for_readers(results)
    assert list(shown["mode"].unique()) == ["no training", *MODES, "majority class"]
    assert {"accuracy % [95 %]", "Δ to scratch [95 %]", "p (Holm)", "macro-F1 %", "balanced %"} <= set(shown)
    assert (shown["identity-disjoint"] == "yes").sum() == 6 and (shown["identity-disjoint"] == "no").sum() == 6
    accuracy = figures.transfer_accuracy(results, "t")
    assert [axis.get_title() for axis in accuracy.axes] == list(runs)
    assert [label.get_text() for label in accuracy.axes[0].get_yticklabels()] == ["no training", *MODES]
    curves = figures.transfer_curves(steps.histories(runs), results, "t")
    lines = {line.get_label(): line.get_xdata() for line in curves.axes[0].get_lines()}
    assert list(lines) == MODES and lines["full"][0] == 0 and lines["scratch"][0] == 1


def test_persons_in_several_folds_are_told(finished):
    *_, targets, _ = finished
    assert targets[0].persons == "synthetic faces (wild): identity-disjoint: yes (10 subjects, each in one part)"
    assert targets[1].persons.startswith("synthetic faces: identity-disjoint: no (")


def test_facts_name_every_run_once(finished):
    _, sources, _, runs = finished
    facts = steps.facts(sources, runs)
    assert len(set(facts["runs"])) == 16 and len(facts["sources"]["simple_cnn"]) == 2
    assert facts["engines"] and facts["training_seconds"] > 0


def test_a_network_trained_elsewhere_is_taken_where_it_fits(study, finished):
    _, sources, *_ = finished
    folder = str(sources["simple_cnn"][1].weights.parents[1])
    _, taken = steps.train_sources(study(source_runs={"simple_cnn": folder}))
    assert taken["simple_cnn"] == dict.fromkeys([1, 2], sources["simple_cnn"][1])
    for change, key in (
        ({"source_options": {**SOURCE, "images": 64}}, "dataset"),
        ({"label_space": "expression6"}, "label_space"),
        ({"variants": ["none"], "source_runs": {"none": folder}}, "variant"),
    ):
        with pytest.raises(InputError, match=f"was trained with {key} "):
            steps.train_sources(study(**{"source_runs": {"simple_cnn": folder}, **change}))
    with pytest.raises(InputError, match="source_runs names 'nne'; did you mean 'none'"):
        steps.train_sources(study(variants=["none"], source_runs={"nne": folder}))


def test_a_target_that_shares_images_with_the_source_is_refused(study, finished):
    source, *_ = finished
    with pytest.raises(InputError, match=f"{len(source)} of {len(source)} images are in the source set"):
        steps.prepare_targets(study(targets=[{"dataset": "synthetic", "options": SOURCE, "folds": 2}]), source)


def test_shared_images_are_counted_as_their_slow_twin_does():
    rng = np.random.default_rng(0)
    source, target = (rng.integers(0, 2, (n, 2, 2), dtype=np.uint8) for n in (6, 20))
    slow = sum(any(np.array_equal(one, other) for other in source) for one in target)
    assert steps.shared_images(source, target) == slow > 0
    assert steps.shared_images(source, np.repeat(target[..., None], 3, -1)) == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"targets": []}, "targets"),
        ({"targets": [{"options": {}}]}, "a target names no dataset"),
        ({"targets": [{"dataset": "ckplus", "fold": 10}]}, "a target has no 'fold'; did you mean 'folds'"),
        ({"targets": [{"dataset": "ckplus", "folds": 1}]}, "parameter 'folds' = 1"),
        ({"variants": ["sotf"]}, "did you mean 'soft'"),
        ({"modes": ["full", "full"]}, "a mode is named twice"),
        ({"modes": ["ful"]}, "did you mean 'full'"),
        ({"engine": "stacked"}, "cannot train head and gradual, which fix layers"),
        ({"label_space": "expression9"}, "unknown label space 'expression9'; did you mean"),
    ],
)
def test_bad_parameters_are_told(study, change, sentence):
    with pytest.raises(InputError, match=sentence):
        study(**change)


def test_published_numbers_of_other_designs_stay_apart(finished):
    *_, targets, _ = finished
    comparable, apart = steps.published_beside(targets[0])
    assert len(comparable) == 0 and apart == ""


def test_published_transfer_stands_beside_the_published_protocol(make_faces):
    """And says what it starts from."""
    asked = GuidedStudy.check({"dataset": "fer2013", "protocol": "reference"})
    faces = make_faces(np.arange(31885) % 3, ("neutral", "positive", "negative"), np.zeros((31885, 1, 1), np.uint8))
    comparable, _ = steps.published_beside(steps.Target("FER-2013", asked, faces, {}))
    assert comparable.loc["tl_none", "accuracy"] == 74.52 and "AffectNet" in comparable.loc["tl_none", "uses"]
    assert {"half_width", "status", "source"} <= set(comparable)


def test_guided_variants_start_from_their_own_kind(study, finished):
    """The localization network sees masks on both sides."""
    asked = study(variants=["none", "soft"], landmarks="dataset", seeds=[1], targets=TARGETS[:1], modes=["full"])
    source, sources = steps.train_sources(asked)
    (target,) = steps.prepare_targets(asked, source)
    tables_ = steps.predictions([target], sources, steps.train(asked, [target], sources))
    assert sources["none"][1].sha256 != sources["soft"][1].sha256
    assert sources["soft"][1].trained_on["variant"] == "soft" and target.experiments["soft"][1].guidance is not None
    assert {variant: list(by_mode) for variant, by_mode in tables_[target.title].items()} == dict.fromkeys(
        ("none", "soft"), ["no training", "full"]
    )
    results = steps.results([target], tables_)
    assert "p_value" not in results and "Δ to scratch [95 %]" not in tables.transfer_for_readers(results)


@pytest.mark.parametrize("name", ["ckplus", "jaffe"])
def test_real_sets_bring_their_classes_in_the_sources_order(name, request, study):
    data = request.getfixturevalue(f"{name}_data")
    scheme = {"ckplus": "published", "jaffe": "subject"}[name]
    asked = study(
        data_dir=str(data), label_space="expression6",
        targets=[{"dataset": name, "fold_scheme": scheme, "folds": 10}],
    )  # fmt: skip
    drawn = load_dataset("synthetic", data, images=60, subjects=10)
    (target,) = steps.prepare_targets(asked, drawn)
    assert target.faces.classes == ("angry", "disgust", "fear", "happy", "sad", "surprise")
    assert len(target.faces) == {"ckplus": 927, "jaffe": 183}[name]
    assert "identity-disjoint: yes" in target.persons
