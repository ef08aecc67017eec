"""Notebook 04 in small: splits that leak and splits that do not, what selects, results, what other notebooks read."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import write_card
from fer_lib.datasets.folds import official
from fer_lib.errors import InputError
from fer_lib.evaluation.ablation import MAJORITY
from fer_lib.evaluation.metrics import scores
from fer_lib.models import create_model
from fer_lib.reporting.first_page import GUIDED
from fer_lib.studies import deep_emotion as steps
from fer_lib.studies import deep_emotion_results as found
from fer_lib.studies.deep_emotion_parameters import VARIANTS, DeepEmotionStudy
from fer_lib.studies.leaderboard import LeaderboardParameters, load_boards
from fer_lib.studies.profile_runs import entries_of
from fer_lib.training import TrainConfig
from fer_lib.training.checkpoints import read_weights

RECIPES = {"tuned": {"variant": "deep_emotion", "learning_rate": 0.002}}
WHOLE = {
    "dataset": "synthetic",
    "options": {"images": 80, "subjects": 20},
    "splits": ["official", "subject"],
    "folds": 2,
}
SMALL = {
    **{"dataset": "synthetic", "options": {"images": 48, "subjects": 7, "style": "studio"}, "folds": 2},
    **{"splits": ["random", "subject"], "variants": ["deep_emotion"], "seeds": [1, 2], "epochs": 2, "batch_size": 8},
}


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
    folder = tmp_path_factory.mktemp("deep_emotion")

    def make(**changes):
        values = {
            "data_dir": str(folder / "data"),
            "reports_dir": str(folder / "reports"),
            "targets": [WHOLE, SMALL],
            "recipes": RECIPES,
            "variants": [*VARIANTS, "tuned"],
            "epochs": 1,
            "batch_size": 16,
            "device": "cpu",
            "precision": "fp32",
            **changes,
        }
        return DeepEmotionStudy.check(values)

    return make


@pytest.fixture(scope="module")
def targets(study):
    return steps.prepare(study())


@pytest.fixture(scope="module")
def runs(study, targets):
    return steps.train(study(), targets)


@pytest.fixture(scope="module")
def results(targets, runs):
    return found.results(targets, runs)


def test_every_variant_is_trained_on_every_split(targets, runs):
    assert [target.title for target in targets] == ["synthetic faces", "synthetic faces-2"] == list(runs)
    whole, small = runs.values()
    assert list(whole) == ["official", "subject"] and list(small) == ["random", "subject"]
    for by_variant in whole.values():
        assert list(by_variant) == [*VARIANTS, "tuned"]
        assert all(list(by_seed) == [2020] for by_seed in by_variant.values())
    for by_variant in small.values():
        assert {variant: list(by_seed) for variant, by_seed in by_variant.items()} == {"deep_emotion": [1, 2]}
        for run in by_variant["deep_emotion"].values():
            training = run.card["parameters"]["training"]
            assert (training["epochs"], training["batch_size"]) == (2, 8) and run.history["epoch"].max() == 2


def test_variants_are_trained_as_they_say(runs):
    trained = {variant: by_seed[2020] for variant, by_seed in runs["synthetic faces"]["subject"].items()}
    cards = {variant: run.card["parameters"] for variant, run in trained.items()}
    assert {v: card["training"].get("penalty", 0) for v, card in cards.items()} == {
        "deep_emotion": 0.01, "no_transformer": 0.01, "input_warp": 0.01, "no_penalty": 0, "deep_emotion_port": 0,
        "tuned": 0.01,
    }  # fmt: skip
    assert cards["tuned"]["training"]["learning_rate"] == 0.002 and cards["tuned"]["variant"] == "tuned"
    for variant, (model, options, _) in VARIANTS.items():
        assert cards[variant]["model"] == model and cards[variant].get("model_options", {}) == options
        kept = read_weights(trained[variant].folder / "weights" / "fold0.safetensors")
        assert kept.keys() == create_model(model, num_classes=7, **options).state_dict().keys()
    weights = [
        read_weights(trained[v].folder / "weights" / "fold0.safetensors")["fc1.weight"]
        for v in ("deep_emotion", "no_penalty")
    ]
    assert not np.array_equal(*weights)


def test_selection_never_sees_the_tested_part(study, targets, runs):
    for target in targets:
        for scheme, split in target.splits.items():
            for by_seed in steps.experiments(study(), target, split).values():
                for seed, experiment in by_seed.items():
                    config = TrainConfig(seed=seed)
                    for fold in experiment.fold_ids:
                        parts = experiment.split(fold, config)
                        assert sorted(np.concatenate(parts)) == list(range(len(split.faces)))  # and nothing twice
            for by_seed in runs[target.title][scheme].values():
                for run in by_seed.values():
                    both = run.predictions.groupby(["sample_id", "fold"])["split"].nunique()
                    assert (both == 1).all() and run.card["selected_on"] != run.card["reported_on"]


def test_official_parts_do_what_they_are_called(targets, runs):
    roles = dict(zip(targets[0].faces.samples["sample_id"], official(targets[0].faces.samples), strict=True))
    table = runs["synthetic faces"]["official"]["deep_emotion"][2020].predictions
    for part in ("validation", "test"):
        assert set(table.loc[table["split"] == part, "sample_id"]) == {
            name for name, role in roles.items() if role == part
        }
    assert not targets[0].splits["official"].whole and targets[0].splits["subject"].whole


def test_what_selects_is_divided_as_the_split_divides(study, targets):
    """Under a random split people who select are trained on too, under a split by subject they are not."""
    target = targets[1]
    people = target.faces.samples["subject"].to_numpy()
    for scheme, split in target.splits.items():
        experiment = steps.experiments(study(), target, split)["deep_emotion"][1]
        shared = set()
        for fold in experiment.fold_ids:
            train, select, _ = experiment.split(fold, TrainConfig())
            shared |= set(people[train]) & set(people[select])
        assert bool(shared) == (scheme == "random")


def test_sequences_stay_together_where_the_split_keeps_them(make_faces):
    faces = make_faces([0, 1, 0, 1], subject=list("aabb"), sequence=list("xyyz"))
    groups = {s: steps.Split(s, faces, np.zeros(4, int), None).groups for s in ("random", "sequence", "subject")}
    assert {scheme: list(codes) for scheme, codes in groups.items()} == {
        "random": [0, 1, 2, 3], "sequence": [0, 1, 1, 2], "subject": [0, 0, 1, 1],
    }  # fmt: skip


def test_first_rows_select_in_place_of_the_validation_part(study):
    asked = study(select_on="first_rows", targets=[WHOLE])
    (target,) = steps.prepare(asked)
    split, samples = target.splits["official"], target.faces.samples
    roles = official(samples)
    ids = split.faces.samples["sample_id"].to_numpy()
    assert set(ids) == set(samples["sample_id"][roles != "validation"])
    first = samples["sample_id"][roles == "train"].to_list()[: (roles == "validation").sum()]
    assert list(ids[split.selecting]) == first and set(ids[split.folds == 0]) == set(
        samples["sample_id"][roles == "test"]
    )
    assert len(target.splits["subject"].faces) == len(samples)  # the quirk is of the official split
    assert target.sentence(split).startswith(
        f"synthetic faces, official: {(roles == 'test').sum()} of {len(ids)} images"
    )
    experiment = steps.experiments(asked, target, split)["deep_emotion"][2020]
    train, select, test = experiment.split(0, TrainConfig())
    assert sorted(np.concatenate([train, select, test])) == list(range(len(ids)))
    assert list(ids[select]) == first


def test_first_rows_need_a_validation_part(make_faces, study):
    faces = make_faces([0, 1] * 6, split=["train"] * 8 + ["test"] * 4)
    with pytest.raises(InputError, match="0 images in the official validation part and 8 in the training part"):
        steps._first_rows(study(), faces)


def test_sets_are_named_with_their_people(targets):
    whole, small = targets
    said = whole.sentence(whole.splits["subject"])
    assert (
        said
        == "synthetic faces, subject: 80 of 80 images tested, identity-disjoint: yes (20 subjects, each in one part)"
    )
    assert "identity-disjoint: no (" in small.sentence(small.splits["random"])
    assert whole.disjoint(whole.splits["official"]) == "yes" and small.disjoint(small.splits["random"]) == "no"
    assert list(whole.groups.groupby(whole.groups).size()) == list(
        whole.faces.samples.groupby("subject", sort=False).size()
    )


def test_colour_pictures_are_refused(study):
    options = {"images": 40, "subjects": 5, "channels": "rgb"}
    with pytest.raises(InputError, match="images are 48 × 48 × 3, Deep-Emotion takes 48 × 48 grey pixels"):
        steps.prepare(study(targets=[{"dataset": "synthetic", "options": options}]))


def test_without_any_set_of_the_paper_the_substitute_says_so(study, monkeypatch):
    small = {"dataset": "synthetic", "options": {"images": 40, "subjects": 5}, "splits": ["random", "subject"]}
    monkeypatch.setattr(DeepEmotionStudy, "substitute", {**small, "folds": 2})
    (target,) = steps.prepare(study(targets=[]))
    assert target.title == "synthetic faces" and list(target.splits) == ["random", "subject"]


def test_results_equal_their_slow_twins(targets, runs, results):
    rows = results.set_index(["target", "split", "variant"])
    assert len(rows) == 2 * 7 + 2 * 2
    for target in targets:
        for scheme, split in target.splits.items():
            for variant, by_seed in runs[target.title][scheme].items():
                row = rows.loc[target.title, scheme, variant]
                slow = [scores(run.test) for run in by_seed.values()]
                for score in ("accuracy", "balanced_accuracy", "macro_f1"):
                    assert row[score] == pytest.approx(100 * np.mean([one[score] for one in slow]))
                assert row["samples"] == (split.folds >= 0).sum() and row["seeds"] == len(by_seed)
                assert row["trainings"] == len(by_seed) * split.count
    assert rows["identity_disjoint"].loc[:, "random"].unique() == ["no"]
    assert (results["variant"] == MAJORITY).sum() == 4 and results["sd_seeds"].notna().sum() == 2
    assert results["p_value"].notna().sum() == 10


def test_last_epoch_is_what_would_have_been_reported(targets, runs, results):
    """With one epoch the last is the one that is kept, so both accuracies are the same, whatever the folds' sizes."""
    trained = results[(results["target"] == "synthetic faces") & (results["variant"] != MAJORITY)]
    assert trained["last_epoch"].to_list() == pytest.approx(trained["accuracy"].to_list(), abs=1e-4)
    for scheme, split in targets[1].splits.items():
        hits = images = 0
        for run in runs["synthetic faces-2"][scheme]["deep_emotion"].values():
            for _, row in run.history[run.history["epoch"] == 2].iterrows():
                count = int((split.folds == row["fold"]).sum())
                hits, images = hits + row["watch_accuracy"] * count, images + count
        row = results.set_index(["target", "split"]).loc[("synthetic faces-2", scheme)].iloc[0]
        assert row["last_epoch"] == pytest.approx(100 * hits / images, abs=1e-4)


def test_leaks_compare_splits_that_test_every_image(targets, runs):
    gaps = found.leaks(targets, runs)
    assert gaps[["target", "variant", "split", "stricter"]].to_numpy().tolist() == [
        ["synthetic faces-2", "deep_emotion", "random", "subject"]
    ]
    means = [
        np.mean([scores(run.test)["accuracy"] for run in runs["synthetic faces-2"][scheme]["deep_emotion"].values()])
        for scheme in ("random", "subject")
    ]
    assert gaps["difference"].iloc[0] == pytest.approx(100 * (means[0] - means[1]))
    assert (gaps["images"].iloc[0], gaps["groups"].iloc[0]) == (48, 7)


def test_the_strictest_split_is_looked_at_closely(targets, runs):
    matrices = found.confusions(targets, runs)
    assert list(matrices) == ["synthetic faces, subject split", "synthetic faces-2, subject split"]
    counts, classes = matrices["synthetic faces-2, subject split"]
    assert counts.sum() == 2 * 48 and classes == targets[1].faces.classes
    assert list(found.thetas(targets, runs)) == [
        "synthetic faces: deep_emotion", "synthetic faces: input_warp", "synthetic faces-2: deep_emotion",
    ]  # fmt: skip
    assert [list(tables) for tables in found.histories(targets, runs).values()] == [
        [*VARIANTS, "tuned"],
        ["deep_emotion"],
    ]


def test_a_second_run_trains_nothing(study, targets, runs):
    def cards():
        return {path: path.stat().st_mtime_ns for path in (study().reports / "runs").glob("*/card.json")}

    before = cards()
    again = steps.train(study(), targets)
    assert cards() == before and len(before) == 6 * 2 + 4
    assert again["synthetic faces"]["official"].keys() == runs["synthetic faces"]["official"].keys()


def test_published_numbers_are_never_comparable_silently(study, make_faces):
    classes = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    faces = make_faces(np.arange(40) % 7, classes)
    folds = np.where(np.arange(40) < 10, 0, -1)
    splits = {
        "official": steps.Split("official", faces, folds, None),
        "random": steps.Split("random", faces, folds, None),
    }
    made = [
        steps.Target(name, {"dataset": name, "label_space": "native"}, faces, splits)
        for name in ("fer2013", "jaffe", "ckplus", "ferg", "synthetic")
    ]
    ours = pd.DataFrame(
        [
            {"target": target.title, "split": scheme, "variant": variant, "identity_disjoint": "no", "accuracy": 50.0,
             "low": 40.0, "high": 60.0, "samples": 3589}
            for target in made for scheme in splits for variant in ("deep_emotion", "no_penalty")
        ]
    )  # fmt: skip
    beside = found.beside_published(study(), made, ours)
    assert dict(zip(beside["target"], beside["published"], strict=True)) == {
        "fer2013": 70.02, "jaffe": 92.8, "ckplus": 98.0, "ferg": 99.3,
    }  # fmt: skip
    assert len(beside) == 8 and (beside["ours"] == 50).all() and (beside["status"] == "recalled").all()
    assert beside["reason"].str.startswith("not comparable, because ").all()
    assert beside["reason"].str.contains("epoch chosen in a way that is not known").all()
    only = beside.set_index(["target", "split"])["reason"]
    assert "split" not in only["fer2013", "official"] and "ours random" in only["fer2013", "random"]
    assert found.beside_published(study(), made[-1:], ours).empty


def test_the_leaderboard_finds_the_runs(study, targets, runs):
    asked, facts = study(), found.facts(runs)
    assert facts["training_seconds"] > 0 and facts["engines"] and facts["selected_on"]
    write_card(asked.stage().folder, "stage", asked.model_dump(), **facts)
    write_card(asked.reports / GUIDED, "stage", {}, runs={})
    entries = entries_of(asked.reports)
    assert sorted(entry.variant for entry in entries) == sorted([*VARIANTS, "tuned"] * 2 + ["deep_emotion"] * 2)
    places = {"data_dir": asked.data_dir, "reports_dir": asked.reports_dir}
    boards = load_boards(LeaderboardParameters.check(places))
    assert sorted(board.name for board in boards) == [
        "synthetic-native-official-honest", "synthetic-native-random-honest", "synthetic-native-subject-honest",
        "synthetic-native-subject-honest-2",
    ]  # fmt: skip
    table = next(board for board in boards if board.name.endswith("official-honest")).table.set_index("variant")
    assert set(table.index) == {*VARIANTS, "tuned", MAJORITY}
    assert table.loc["deep_emotion", "parameters"] == 47_657 and table.loc["no_transformer", "parameters"] == 43_737
    assert table["macs"].drop(MAJORITY).gt(0).all()
    assert table.loc["deep_emotion", "macs"] > table.loc["no_transformer", "macs"]
