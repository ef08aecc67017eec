"""From a run's card back to its data and configuration: what the notebooks planned, and nothing else."""

from dataclasses import replace

import pytest

from fer_lib.errors import InputError
from fer_lib.studies import deep_emotion, residual_masking
from fer_lib.studies import guided_transformers as guided
from fer_lib.studies.deep_emotion_parameters import DeepEmotionStudy
from fer_lib.studies.rerunning import NotSupportedError, config_of, experiment_of
from fer_lib.studies.residual_masking_parameters import ResidualMaskingStudy

OPTIONS = {"images": 120, "subjects": 20}
CPU = {"precision": "fp32", "device": "cpu"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def card_of(experiment, config, **changes):
    """What :func:`~fer_lib.training.cross_validation.finish_run` writes, as far as it decides."""
    parameters = {**experiment.parameters(config), **changes}
    return {"kind": "run", "parameters": parameters, "device": ["cpu (x86_64)"], "engine": ["sequential (as asked)"]}


def assert_comes_back(experiment, config, data, asked, tmp_path):
    card = card_of(experiment, config)
    made = experiment_of("run", card, tmp_path / "again", data, asked)
    assert made.content == experiment.content and made.model == experiment.model
    assert made.parameters(config_of("run", card)) == card["parameters"]
    assert made.split(0, config)[0].tolist() == experiment.split(0, config)[0].tolist()


@pytest.fixture
def study(data, tmp_path):
    def make(**changes):
        places = {"data_dir": str(data), "reports_dir": str(tmp_path), "dataset_options": OPTIONS}
        return guided.GuidedStudy.check({**places, "landmarks": "dataset", "folds": 2, **CPU, **changes})

    return make


@pytest.mark.parametrize(
    "changes",
    [
        {
            "variants": ["simple_cnn", "none", "soft", "patches", "weighted", "shuffled", "noise"],
            "fold_scheme": "subject",
        },
        {
            "variants": ["none", "soft"],
            "seed": 7,
            "seeds": [1, 2],
            "canvas": 48,
            "no_face_fill": "black",
            "invert": True,
        },
        {"variants": ["soft"], "padding_mode": "border", "protocol": "reference", "monitor": "macro_f1", "epochs": 3},
        {"variants": ["simple_cnn"], "label_space": "native", "fold_scheme": "duplicate_safe", "no_face_fill": "drop"},
    ],
)
def test_notebook_03(study, data, tmp_path, changes):
    asked = study(**changes)
    for by_seed in guided.experiments(asked, guided.prepare(asked)).values():
        for seed, experiment in by_seed.items():
            assert_comes_back(experiment, asked.training(seed), data, asked.model_dump(), tmp_path)


def test_a_card_alone_tells_enough_of_maps_with_usual_folds(study, data, tmp_path):
    asked = study(variants=["soft", "shuffled"], fold_scheme="subject", no_face_fill="black")
    for by_seed in guided.experiments(asked, guided.prepare(asked)).values():
        assert_comes_back(by_seed[2020], asked.training(2020), data, {}, tmp_path)


@pytest.mark.parametrize(
    ("steps", "kind", "variants"),
    [
        (deep_emotion, DeepEmotionStudy, ["deep_emotion", "no_transformer", "long"]),
        (residual_masking, ResidualMaskingStudy, ["residual_masking_slim", "slim_unmasked", "simple_cnn", "long"]),
    ],
)
def test_notebooks_04_and_06_under_every_split(data, tmp_path, steps, kind, variants):
    target = {"dataset": "synthetic", "options": OPTIONS, "splits": ["random", "subject", "official"], "folds": 2}
    recipes = {"long": {"variant": variants[0], "epochs": 9, "plateau_factor": 0.5}}
    places = {"data_dir": str(data), "reports_dir": str(tmp_path), "targets": [target], "recipes": recipes}
    asked = kind.check({**places, "variants": variants, "seed": 3, **CPU})
    (prepared,) = steps.prepare(asked)
    for split in prepared.splits.values():
        for variant, by_seed in deep_emotion.experiments(asked, prepared, split).items():
            for seed, experiment in by_seed.items():
                config = asked.training(variant, prepared.entry, seed)
                assert_comes_back(experiment, config, data, asked.model_dump(), tmp_path)


@pytest.fixture
def planned(study):
    """An experiment and its configuration."""
    asked = study(variants=["none"])
    return guided.experiments(asked, guided.prepare(asked))["none"][2020], asked.training(2020)


def test_other_data_have_another_content(planned, data, tmp_path):
    experiment, config = planned
    card = card_of(experiment, config, dataset={"dataset": "synthetic", **OPTIONS, "seed": 5})
    assert experiment_of("run", card, tmp_path, data, {}).content != experiment.content


def test_the_configuration_is_the_cards(planned):
    experiment, config = planned
    card = card_of(experiment, replace(config, precision="bf16", seed_mode="once", keep="last"))
    made = config_of("run", card)
    assert (made.precision, made.seed_mode, made.keep, made.device, made.engine) == (
        "bf16", "once", "last", "cpu", "sequential",
    )  # fmt: skip
    assert config_of("run", {**card, "engine": ["stacked (1.0 ms stacked, 2.0 ms sequential)"]}).engine == "stacked"
    del card["engine"]  # as cards were when there was one
    assert config_of("run", card).engine == "sequential"


def test_an_unknown_switch_names_the_nearest(planned):
    card = card_of(*planned)
    card["parameters"]["training"]["epoch"] = 3
    with pytest.raises(
        InputError, match="run: trained with 'epoch', which this code does not know; did you mean 'epochs'"
    ):
        config_of("run", card)


@pytest.mark.parametrize(
    ("changes", "asked", "why"),
    [
        ({"initial": {"sha256": "0"}}, {}, "it starts from another trained network"),
        ({"motion": {}}, {}, "its network is trained in two stages"),
        ({"compositions": {}}, {}, "it is trained on compositions"),
        ({"center_loss": {}}, {}, "it is trained with centre loss"),
        ({"variant": "saliency_gradcam"}, {}, "its maps are drawn by other trained networks"),
        ({"fold_scheme": "official"}, {"select_on": "first_rows"}, "it selects on 'first_rows'"),
        ({"teacher": "resnet18"}, {}, "its card names 'teacher'"),
    ],
)
def test_what_cannot_be_made_again_is_told(planned, data, tmp_path, changes, asked, why):
    with pytest.raises(NotSupportedError, match=f"run: {why}; expected a run of notebook 03, 04 or 06"):
        experiment_of("run", card_of(*planned, **changes), tmp_path, data, asked)


def test_a_network_of_every_sample_cannot_be_made_again(planned, data, tmp_path):
    card = {**card_of(*planned), "kind": "complete"}
    with pytest.raises(NotSupportedError, match="run: its card is of kind 'complete'"):
        experiment_of("run", card, tmp_path, data, {})
