"""A whole training: interrupted, in two processes, refused, and what starts from it."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from fer_lib.artifacts import read_card
from fer_lib.errors import InputError
from fer_lib.models.image_input import ImageInput
from fer_lib.models.weight_files import read_weights
from fer_lib.training import Experiment, TrainConfig, cross_validate
from fer_lib.training.complete import complete_weights_path
from fer_lib.training.imagenet import ImageNetConfig, loaders, training
from fer_lib.training.imagenet.folders import Photographs
from fer_lib.training.imagenet.training import train_imagenet
from fer_lib.training.parallel import checked, is_first, rank
from fer_lib.training.source import read_source
from fer_lib.training.trained import trained_network

from ..conftest import bars
from ..processes import together
from .conftest import quick, write_photographs


@pytest.fixture(scope="module")
def trained(photographs, tmp_path_factory):
    """Two epochs of the slim network, which has batch norm and dropout."""
    out = tmp_path_factory.mktemp("trained") / "slim"
    train_imagenet(photographs, out, quick())
    return out


def history(out):
    return pd.read_parquet(out / "history.parquet").drop(columns=["seconds", "images_per_second", "processes"])


def weights(out):
    return complete_weights_path(out).read_bytes()


def test_a_finished_folder_tells_everything(trained, photographs):
    card = read_card(trained)
    rows = pd.read_parquet(trained / "history.parquet")
    assert card["kind"] == "complete" and card["samples"] == {"train": 25, "val": 7} and card["epochs_run"] == 2
    assert (card["parameters"]["dataset"], card["parameters"]["model_options"]) == ("scenes", {})
    assert card["top1"] == rows["val_top1"].iloc[-1] and rows["val_top5"].tolist() == [1, 1]
    assert rows["learning_rate"].tolist() == pytest.approx([0.02, 0.002]) and rows["epoch"].tolist() == [1, 2]
    assert (rows["images_per_second"] > 0).all() and (rows["train_loss"] > 0).all()
    assert not (trained / "checkpoint.safetensors").exists()
    correct = rows["val_top1"].iloc[-1] * 7
    assert correct == pytest.approx(right_answers(trained, photographs))


def right_answers(out, folder):
    """Counted anew, one photograph at a time."""
    network, val = trained_network(out), Photographs(folder, "val", quick())
    with torch.inference_mode():
        answers = [network(val[(i, 0)][0][None].float() / 127.5 - 1).argmax().item() for i in range(len(val))]
    return sum(answer == label for answer, (_, label) in zip(answers, val.samples, strict=True))


def test_nothing_is_done_twice(trained, photographs, monkeypatch):
    monkeypatch.setattr(training, "train_epoch", None)
    assert train_imagenet(photographs, trained, quick()) == read_card(trained)


def test_an_interrupted_training_ends_with_the_same_bits(trained, photographs, tmp_path, monkeypatch):
    """Stopped in its second epoch, and finished with another number of reading processes."""
    out, true = tmp_path / "again", training.train_epoch
    with monkeypatch.context() as patch:
        calls = iter([true, None])
        patch.setattr(training, "train_epoch", lambda *arguments: next(calls)(*arguments))
        with pytest.raises(TypeError):
            train_imagenet(photographs, out, quick())
    assert read_card(out) is None and len(history(out)) == 1
    epochs = []
    monkeypatch.setattr(training, "train_epoch", lambda *a: epochs.append(1) or true(*a))
    train_imagenet(photographs, out, quick(workers=1))
    assert len(epochs) == 1 and weights(out) == weights(trained)
    pd.testing.assert_frame_equal(history(out), history(trained), check_exact=True)


def test_another_configuration_is_refused_finished_or_not(trained, photographs, tmp_path):
    with pytest.raises(
        InputError, match="slim: holds a training with batch_size = 8 and not 5, seed = 2020 and not 1;"
    ):
        train_imagenet(photographs, trained, quick(batch_size=5, seed=1))
    unfinished = tmp_path / "slim"
    unfinished.mkdir()
    (unfinished / "config.json").write_bytes((trained / "config.json").read_bytes())
    with pytest.raises(InputError, match="epochs = 2 and not 3; name another folder, or delete this one"):
        train_imagenet(photographs, unfinished, quick(epochs=3))


def test_a_damaged_checkpoint_is_named(photographs, tmp_path):
    (tmp_path / "checkpoint.safetensors").write_bytes(b"none")
    with pytest.raises(InputError, match="checkpoint.safetensors: not a readable checkpoint .*delete it to start anew"):
        train_imagenet(photographs, tmp_path, quick())


def test_a_photograph_that_cannot_be_read_stops_it_with_its_name(tmp_path):
    """From a reading process, too."""
    folder = write_photographs(tmp_path / "scenes", (3, 3, 3), (1, 1, 1))
    (folder / "train" / "night" / "2.png").write_bytes(b"nothing")
    with pytest.raises(
        InputError, match=r"night/2.png: not a readable photograph \(cannot identify image file"
    ) as said:
        train_imagenet(folder, tmp_path / "out", quick(workers=1))
    assert "\n" not in str(said.value)


def test_synchronised_batch_norm_needs_cuda(photographs, tmp_path):
    with pytest.raises(InputError, match="sync_batch_norm on cpu, expected device cuda"):
        train_imagenet(photographs, tmp_path / "out", quick(sync_batch_norm=True))
    assert not (tmp_path / "out").exists()


def test_other_trainings_start_from_it(trained, tmp_path):
    """On grey faces, with other classes: all but the head is what the photographs taught."""
    labels = np.arange(24) % 3
    source = replace(read_source(trained), with_head=False)
    ids = np.array([f"face-{i:02d}" for i in range(24)])
    experiment = Experiment(
        tmp_path / "run", "residual_masking_slim", bars(labels), None, labels, ("neutral", "positive", "negative"),
        np.arange(24) // 3 % 2, np.arange(24), ids, initial=source,
    )  # fmt: skip
    start, stored = experiment.build_model().state_dict(), trained_network(trained).state_dict()
    assert all(torch.equal(value, stored[name]) for name, value in start.items() if not name.startswith("fc."))
    assert not torch.equal(start["fc.1.weight"], stored["fc.1.weight"])
    config = TrainConfig(epochs=1, batch_size=8, device="cpu", precision="fp32", fine_tune="head")
    (run,) = cross_validate([experiment], config, workers=1)
    assert run.card["parameters"]["initial"]["dataset"] == "scenes" and len(run.test) == 24


# two processes


class Plain(nn.Module):
    """Without batch norm and dropout: what two processes do can be compared with what one does."""

    layer_groups = (("head",),)

    def __init__(self, classes):
        super().__init__()
        self.image_input = ImageInput(None, "imagenet")
        self.conv, self.head = nn.Conv2d(3, 8, 4, stride=4), nn.Linear(8 * 16, classes)

    def forward(self, image):
        return self.head(torch.relu(self.conv(self.image_input(image))).flatten(1))


@dataclass(frozen=True)
class PlainConfig(ImageNetConfig):
    def build(self, classes):
        return Plain(classes)


def recipe(**changes):
    """24 of 25 photographs in three batches: with two processes one is left out of each epoch, with one of 25 too."""
    named = {name: getattr(quick(), name) for name in ImageNetConfig.__dataclass_fields__}
    return PlainConfig(**{**named, "accumulate": 2, **changes})


def in_two(folder, out):
    train_imagenet(folder, out / "plain", recipe())
    train_imagenet(folder, out / "slim", quick(epochs=1))
    with pytest.raises(SystemExit if rank() else InputError):
        train_imagenet(folder, out / "refused", recipe(batch_size=1))
    assert checked(lambda: rank()) == rank()
    torch.save(is_first(), out / f"{rank()}.pt")


@pytest.fixture(scope="module")
def two(photographs, tmp_path_factory):
    out = tmp_path_factory.mktemp("two")
    together(in_two, photographs, out)
    return out


def test_two_processes_train_what_one_trains(two, photographs, tmp_path):
    """The same batches of the same random parts, each photograph of val scored once."""
    train_imagenet(photographs, tmp_path / "plain", recipe())
    one, other = load(tmp_path / "plain"), load(two / "plain")
    assert all(torch.allclose(value, other[name], atol=1e-6) for name, value in one.items())
    pd.testing.assert_frame_equal(history(tmp_path / "plain"), history(two / "plain"), atol=1e-6)
    assert read_card(two / "plain")["processes"] == [2] and read_card(two / "plain")["samples"]["val"] == 7


def load(out):
    return read_weights(complete_weights_path(out))


def test_batch_norm_statistics_that_are_kept_are_those_that_were_scored(two, photographs):
    assert right_answers(two / "slim", photographs) == pytest.approx(read_card(two / "slim")["top1"] * 7)


def test_what_is_wrong_is_told_once_and_ends_all(two):
    assert not (two / "refused").exists() and {torch.load(two / f"{k}.pt") for k in (0, 1)} == {True, False}


@pytest.mark.parametrize("workers", [0, 2])
def test_each_validation_photograph_is_in_one_share(photographs, monkeypatch, workers):
    val, seen = Photographs(photographs, "val", quick()), []
    monkeypatch.setattr(loaders, "world_size", lambda: 4)
    for process in range(4):
        monkeypatch.setattr(loaders, "rank", lambda process=process: process)
        seen += [position for position, _ in loaders.ScoringOrder(val)]
    assert sorted(seen) == list(range(7))
    loader = loaders.make_loader(val, loaders.ScoringOrder(val), quick(workers=workers), torch.device("cpu"))
    assert isinstance(loader, DataLoader) and sum(len(labels) for _, labels in loader) == 1
