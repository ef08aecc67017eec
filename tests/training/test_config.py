from dataclasses import replace

import pytest

from fer_lib.errors import InputError
from fer_lib.training import TrainConfig


def test_the_published_recipe_is_the_default():
    config = TrainConfig()
    assert (config.epochs, config.patience, config.batch_size, config.learning_rate) == (500, 30, 128, 1e-3)
    assert config.class_weighted and config.seed == 2020 and config.protocol == "honest"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("patience", 0),
        ("batch_size", 1),
        ("learning_rate", 0.0),
        ("learning_rate", -1e-3),
        ("learning_rate", float("nan")),
        ("protocol", "cheating"),
        ("precision", "fp8"),
        ("engine", "parallel"),
        ("validation_share", 0.0),
        ("validation_share", 0.5),
        ("monitor", "loss"),
        ("seed_mode", "never"),
        ("localization_lr_factor", 0.0),
        ("localization_lr_factor", float("nan")),
        ("penalty", -0.1),
        ("penalty", float("nan")),
        ("penalty", float("inf")),
        ("weight_decay", -1e-9),
        ("keep", "first"),
        ("plateau_factor", 0.0),
        ("plateau_factor", 1.1),
        ("plateau_factor", float("nan")),
        ("plateau_patience", 0),
        ("augmentation", "mixup"),
    ],
)
def test_a_bad_value_is_told_with_its_name(field, value):
    with pytest.raises(InputError, match=rf"{field}\b.*{value}.*expected"):
        TrainConfig(**{field: value})


def test_identity_holds_everything_but_device_engine_and_checkpoints():
    config = TrainConfig()
    assert config.identity() == TrainConfig(device="cpu", checkpoint_seconds=5).identity()
    for engine in ("stacked", "sequential"):
        assert config.identity() == TrainConfig(engine=engine).identity()
    assert config.identity() != TrainConfig(precision="fp64").identity()
    for field, other in {"epochs": 3, "seed": 1, "precision": "fp32", "protocol": "reference"}.items():
        assert TrainConfig(**{field: other}).identity() != config.identity(), field


def test_a_switch_is_recorded_only_where_it_is_set():
    """Runs made before the switches existed have exactly these keys, and stay valid."""
    assert TrainConfig(precision="fp32").identity() == {
        "epochs": 500,
        "patience": 30,
        "batch_size": 128,
        "learning_rate": 1e-3,
        "class_weighted": True,
        "protocol": "honest",
        "validation_share": 0.1,
        "seed": 2020,
        "precision": "fp32",
    }
    switches = {"dropout_eval": True, "monitor": "macro_f1", "seed_mode": "once", "localization_lr_factor": 0.1}
    switches |= {"penalty": 0.01, "penalty_bias": True, "weight_decay": 1e-4, "keep": "last"}
    switches |= {"plateau_factor": 0.5, "augmentation": "flip"}
    for switch, value in switches.items():
        assert TrainConfig(**{switch: value}).identity() == {**TrainConfig().identity(), switch: value}
    falling = TrainConfig(plateau_factor=0.5)
    assert replace(falling, plateau_patience=3).identity() == {**falling.identity(), "plateau_patience": 3}
    assert TrainConfig(plateau_patience=3).identity() == TrainConfig().identity()  # nothing falls
