import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from fer_lib.training.curves import training_curves


def scalars(folder):
    found = EventAccumulator(str(folder)).Reload()
    return {tag: [(e.step, pytest.approx(e.value)) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_every_number_of_a_row_is_drawn_and_every_epoch_told(tmp_path):
    told = []
    with training_curves(tmp_path / "curves", told.append) as record:
        record({"epoch": 1, "train_loss": 0.5, "seconds": 2.0})
        record({"epoch": 2, "train_loss": 0.25, "seconds": 2.0})
    assert scalars(tmp_path / "curves") == {"train_loss": [(1, 0.5), (2, 0.25)], "seconds": [(1, 2.0), (2, 2.0)]}
    assert told == [1, 1]


def test_an_earlier_attempt_leaves_no_curve(tmp_path):
    for loss in (0.9, 0.1):
        with training_curves(tmp_path, lambda epochs: None) as record:
            record({"epoch": 1, "train_loss": loss})
    assert scalars(tmp_path) == {"train_loss": [(1, 0.1)]}
