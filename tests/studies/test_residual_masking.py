"""Notebook 06 in small: networks with their costs, what masks are worth, what other notebooks read."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import write_card
from fer_lib.errors import InputError
from fer_lib.evaluation.ablation import MAJORITY
from fer_lib.evaluation.metrics import scores
from fer_lib.models.cost import forward_macs
from fer_lib.reporting.backbone_tables import gains_for_readers
from fer_lib.reporting.first_page import GUIDED
from fer_lib.studies import backbone_costs, residual_masking_results
from fer_lib.studies import residual_masking as steps
from fer_lib.studies.deep_emotion import Split, Target
from fer_lib.studies.leaderboard import LeaderboardParameters, load_boards
from fer_lib.studies.residual_masking_parameters import BENCHMARK, ResidualMaskingStudy

TARGET = {"dataset": "synthetic", "options": {"images": 42, "subjects": 6, "style": "studio"}, "folds": 2}
SEVEN = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Small networks on several threads wait for each other, beside other test workers all the more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CORES", "1")  # this process: starting others costs more than the training
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """``study(epochs=1, …)``; everything it trains is shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("residual_masking")

    def make(**changes):
        values = {
            "data_dir": str(folder / "data"),
            "reports_dir": str(folder / "reports"),
            "targets": [TARGET],
            "variants": ["residual_masking_slim", "slim_unmasked", "simple_cnn"],
            "measured": ["simple_cnn"],
            "measured_batch": 2,
            "measured_seconds": 0.01,
            "epochs": 1,
            "batch_size": 16,
            "device": "cpu",
            "precision": "fp32",
            "engine": "sequential",
            **changes,
        }
        return ResidualMaskingStudy.check(values)

    return make


@pytest.fixture(scope="module")
def targets(study):
    return steps.prepare(study())


@pytest.fixture(scope="module")
def runs(study, targets):
    return steps.train(study(), targets)


@pytest.fixture(scope="module")
def costs(study, targets):
    return backbone_costs.costs(study(), targets)


@pytest.fixture(scope="module")
def speeds(study, targets):
    return backbone_costs.speeds(study(), targets)


@pytest.fixture(scope="module")
def results(study, targets, runs, costs, speeds):
    return residual_masking_results.results(study(), targets, runs, costs, speeds)


def test_runs_are_trained_as_the_recipe_says(runs):
    by_variant = runs["synthetic faces"]["subject"]
    cards = {name: by_seed[1234].card["parameters"] for name, by_seed in by_variant.items()}
    assert [card["variant"] for card in cards.values()] == list(cards) == list(by_variant)
    assert (
        cards["slim_unmasked"]["model_options"] == {"mask_mode": "off"} and "model_options" not in cards["simple_cnn"]
    )
    for card in cards.values():
        assert card["training"]["optimizer"] == "radam" and card["training"]["augmentation"] == "rotate"
        assert (card["training"]["plateau_factor"], card["training"]["seed"]) == (0.1, 1234)


def test_costs_stand_beside_what_was_reached(targets, runs, costs, speeds, results):
    rows = results.set_index("variant")
    assert list(rows.index) == ["residual_masking_slim", "slim_unmasked", "simple_cnn", MAJORITY]
    for variant, by_seed in runs["synthetic faces"]["subject"].items():
        (run,) = by_seed.values()
        row = rows.loc[variant]
        assert row["accuracy"] == pytest.approx(100 * scores(run.test)["accuracy"])
        assert row["parameters"] == run.card["parameters_in_model"]
        given = run.card["parameters"]
        options = given.get("model_options", {})
        assert row["macs"] == forward_macs(given["model"], num_classes=7, image_shape=(1, 48, 48), **options)
    assert rows.loc["residual_masking_slim", "macs"] > rows.loc["slim_unmasked", "macs"]
    assert rows["images_per_second"].notna().to_dict() == {name: name == "simple_cnn" for name in rows.index}
    assert (rows["side"].drop(MAJORITY) == 48).all() and rows.loc[MAJORITY, ["side", "macs"]].isna().all()
    assert rows["published"].isna().all()  # nobody else has these faces
    (speed,) = speeds.to_dict("records")
    assert (speed["variant"], speed["batch"], speed["device"], speed["precision"]) == ("simple_cnn", 2, "cpu", "fp32")


def test_nothing_needs_to_be_timed(study, targets, runs, costs, results):
    none = backbone_costs.speeds(study(measured=[]), targets)
    table = residual_masking_results.results(study(), targets, runs, costs, none)
    assert none.empty and table["images_per_second"].isna().all()
    assert table["accuracy"].equals(results["accuracy"]) and len(table) == len(results)


def test_masks_are_compared_with_the_same_network_without_them(study, targets, runs):
    table = residual_masking_results.masking_gains(study(), targets, runs)
    (row,) = table.to_dict("records")
    assert gains_for_readers(table)["n"].to_list() == ["42"]
    assert (row["masked"], row["unmasked"], row["split"]) == ("residual_masking_slim", "slim_unmasked", "subject")
    by_variant = runs["synthetic faces"]["subject"]
    right = [
        run.test.set_index("sample_id").eval("label == predicted").sort_index()
        for run in (by_variant[name][1234] for name in ("residual_masking_slim", "slim_unmasked"))
    ]
    assert row["difference"] == pytest.approx(100 * (right[0].mean() - right[1].mean()))
    assert row["difference"] == pytest.approx(row["accuracy"] - row["accuracy_unmasked"])
    assert row["low"] <= row["difference"] <= row["high"] and row["samples"] == 42


def test_only_equal_recipes_are_paired(study):
    long, longer = {"epochs": 9}, {"epochs": 10}
    recipes = {
        "a": {"variant": "sigmoid", **long}, "b": {"variant": "naive", **long}, "c": {"variant": "naive", **longer},
    }  # fmt: skip
    names = ["a", "b", "c", "residual_masking", "naive", "resnet34"]
    pairs = residual_masking_results.controls(study(recipes=recipes), names)
    assert pairs == [("a", "b"), ("residual_masking", "naive")]
    empty = residual_masking_results.masking_gains(study(), [], {})
    assert empty.empty and {"difference", "p_holm"} <= set(empty)


def test_networks_for_photographs_are_costed_at_the_size_they_see(study, targets):
    asked = study(targets=[{**TARGET, "variants": ["simple_cnn"]}], measured=["resnet18", "efficientnet_b2b"])
    rows = backbone_costs.costs(asked, steps.prepare(asked)).set_index("variant")
    assert rows["side"].to_dict() == {"simple_cnn": 48, "resnet18": 224, "efficientnet_b2b": 260}
    small = study(targets=asked.targets, measured=["resnet18"], image_size=64)
    smaller = backbone_costs.costs(small, steps.prepare(small)).set_index("variant").loc["resnet18"]
    assert smaller["side"] == 64 and smaller["macs"] < rows.loc["resnet18", "macs"] / 10
    assert smaller["parameters"] == rows.loc["resnet18", "parameters"] == 11_180_103


def test_the_benchmark_says_what_was_not_run(results):
    table = backbone_costs.benchmark(results).set_index("variant")
    assert list(table.index) == [*BENCHMARK, "residual_masking"] and table["ours"].isna().all()
    row = table.loc["residual_masking"]
    assert (row["published"], row["status"], row["published_parameters"]) == (74.14, "verified", 142.9e6)
    assert row["parameters"] == 137_796_423 and row["macs"] == pytest.approx(21.9e9, rel=2e-3)
    assert table.loc["inception_v3", "macs"] < 3e9  # at 224, not at 299
    own = {
        "dataset": "fer2013",
        "split": "official",
        "variant": "resnet34",
        "accuracy": 71.0,
        "low": 69.5,
        "high": 72.5,
    }
    ours = backbone_costs.benchmark(pd.DataFrame([own, {**own, "split": "random", "accuracy": 99.0}]))
    assert ours.set_index("variant").loc["resnet34", ["ours", "low", "high"]].to_list() == [71.0, 69.5, 72.5]
    assert ours["ours"].notna().sum() == 1


def test_published_numbers_stand_beside_fer2013_with_what_differs(study, make_faces):
    faces = make_faces(np.arange(40) % 7, SEVEN)
    folds = np.where(np.arange(40) < 10, 0, -1)
    splits = {scheme: Split(scheme, faces, folds, None) for scheme in ("official", "random")}
    made = [Target(name, {"dataset": name, "label_space": "native"}, faces, splits) for name in ("fer2013", "jaffe")]
    found = pd.DataFrame(
        [
            {"target": target.title, "split": scheme, "variant": variant, "samples": 3589}
            for target in made for scheme in splits for variant in ("resnet34", "slim_unmasked")
        ]
    )  # fmt: skip
    table = residual_masking_results._published(study(), made, found).set_index(["target", "split"])
    assert list(table["variant"]) == ["resnet34"] * 2 and (table["published"] == 72.42).all()
    assert table.loc[("fer2013", "official"), "reason"] == ""
    assert "split official" in table.loc[("fer2013", "random"), "reason"]


def test_points_are_of_the_strictest_split(results):
    table = backbone_costs.benchmark(results)
    stricter = results.assign(split="official")
    both = pd.concat([results.assign(accuracy=1.0), stricter], ignore_index=True)
    found = residual_masking_results.points(both, table)
    assert list(found.ours["variant"]) == ["residual_masking_slim", "slim_unmasked", "simple_cnn"]
    assert found.ours["accuracy"].to_list() == results["accuracy"].to_list()[:-1]
    assert len(found.published) == 10 and set(found.published["set"]) == {"FER-2013"}
    assert found.published.set_index("variant").loc["vgg19", "accuracy"] == 70.80


def test_other_sizes_are_refused_only_where_they_do_not_fit(study):
    large = {"dataset": "synthetic", "options": {"images": 40, "subjects": 5, "size": 64}, "folds": 2}
    with pytest.raises(InputError, match="images are 64 × 64, but simple_cnn takes 48 × 48 grey pixels"):
        steps.prepare(study(targets=[{**large, "variants": ["resnet18", "simple_cnn"]}]))
    (target,) = steps.prepare(study(targets=[{**large, "variants": ["resnet18"]}]))
    assert steps.image_shape(target.faces) == (1, 64, 64)


def test_missing_imagenet_weights_are_said_before_training(study, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    asked = study(targets=[{**TARGET, "variants": ["simple_cnn", "resnet18"]}], weights="imagenet")
    with pytest.raises(InputError, match="weights 'imagenet': resnet18-f37072fd.pth is neither in"):
        steps.prepare(asked)


def test_the_leaderboard_finds_the_runs(study, targets, runs):
    asked, facts = study(), residual_masking_results.facts(runs)
    write_card(asked.stage().folder, "stage", asked.model_dump(), **facts)
    write_card(asked.reports / GUIDED, "stage", {}, runs={})
    places = {"data_dir": asked.data_dir, "reports_dir": asked.reports_dir}
    (board,) = load_boards(LeaderboardParameters.check(places))
    table = board.table.set_index("variant")
    assert set(table.index) == {"residual_masking_slim", "slim_unmasked", "simple_cnn", MAJORITY}
    assert set(table["notebook"].dropna()) == {"06_residual_masking"}
    assert table.loc["residual_masking_slim", "parameters"] == 364_839
