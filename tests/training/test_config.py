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
        ("validation_share", 0.0),
        ("validation_share", 0.5),
    ],
)
def test_a_bad_value_is_told_with_its_name(field, value):
    with pytest.raises(InputError, match=rf"{field}\b.*{value}.*expected"):
        TrainConfig(**{field: value})


def test_identity_holds_everything_but_the_device():
    config = TrainConfig()
    assert config.identity() == TrainConfig(device="cpu").identity()
    for field, other in {"epochs": 3, "seed": 1, "precision": "fp32", "protocol": "reference"}.items():
        assert TrainConfig(**{field: other}).identity() != config.identity(), field
