"""Grad-CAM maps as guidance: by the right network, of what it answers, and without a way for a tested label."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import read_card, save_json
from fer_lib.artifacts.runs import load_run
from fer_lib.datasets import FaceSet
from fer_lib.datasets.registry import _store, read_prepared
from fer_lib.errors import InputError
from fer_lib.evaluation.explain import fold_cams
from fer_lib.evaluation.explain.fold_cams import guided_by_gradcam, make_gradcam_maps
from fer_lib.evaluation.explain.grad_cam import grad_cam
from fer_lib.guidance import make_guidance
from fer_lib.guidance.gradcam import fold_guidance
from fer_lib.training import Experiment, TrainConfig, cross_validate
from fer_lib.training.checkpoints import read_weights
from fer_lib.training.fold_files import weights_path
from fer_lib.training.trained import trained_network

from ...training.conftest import CLASSES, bars

N = 48
LABELS = np.arange(N) % 3
FOLDS = np.random.default_rng(3).permutation(N) % 2
FOLDS[:3] = -1
CONFIG = TrainConfig(epochs=3, batch_size=8, device="cpu", precision="fp32", learning_rate=1e-2, engine="sequential")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    torch.set_num_threads(1)


def stored(root, name, labels):
    """A prepared set of bars, whose looks tell the class that `LABELS` names."""
    ids = [f"{name}-{i}" for i in range(N)]
    table = {"sample_id": ids, "label": labels, "subject": "", "split": "", "source": name}
    _store(FaceSet(name, bars(LABELS), pd.DataFrame(table), CLASSES), root / name, {"dataset": name}, {})
    return read_prepared(root / name)


class Study:
    """A prepared set with labels, and the unguided run on it, below `root`."""

    def __init__(self, root, labels):
        self.root = root
        self.faces = stored(root / "prepared", "tiny", labels)
        self.unguided = self.experiment("unguided")
        cross_validate([self.unguided], CONFIG, workers=1)

    def experiment(self, name, **fields):
        given = {
            "model": "guided_stn",
            "guidance": None,
            "images": np.asarray(self.faces.images),
            "labels": self.faces.labels,
            "classes": CLASSES,
            "folds": FOLDS,
            "groups": np.arange(N),
            "sample_ids": self.faces.samples["sample_id"].to_numpy(),
            "identity": {"variant": "none"},
        }
        return Experiment(self.root / name, **{**given, **fields})

    def maps(self):
        return make_gradcam_maps(self.faces, self.unguided.folder, self.root, device="cpu")

    def guidance(self):
        return fold_guidance(self.faces, FOLDS, self.maps(), self.root)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return Study(tmp_path_factory.mktemp("study"), LABELS)


@pytest.fixture(scope="module")
def relabelled(tmp_path_factory):
    """The same but for the labels of what fold 0 tests, every one of which is another."""
    labels = np.where(FOLDS == 0, (LABELS + 1) % 3, LABELS)
    return Study(tmp_path_factory.mktemp("relabelled"), labels)


def test_no_label_of_a_tested_image_reaches_the_maps_of_its_fold(study, relabelled):
    ours, theirs = study.guidance(), relabelled.guidance()
    assert np.ptp(ours[0].reshape(N, -1), axis=1).max() == 255, "maps that show something"
    assert np.array_equal(ours[0], theirs[0])
    assert not np.array_equal(ours[1], theirs[1]), "where those labels are learned from, they show"


def test_nor_does_it_reach_the_guided_network_of_its_fold(study, relabelled):
    weights, answers = [], []
    for each in (study, relabelled):
        guided = guided_by_gradcam(each.unguided, CONFIG, each.faces, each.root / "guided", each.root, device="cpu")
        (run,) = cross_validate([guided], CONFIG, workers=1)
        weights.append(read_weights(weights_path(guided.folder, 0)))
        answers.append(run.test.query("fold == 0").drop(columns="label"))
    assert all(weights[0][name].equal(weights[1][name]) for name in weights[0])
    assert answers[0].equals(answers[1])


def test_maps_are_grad_cam_of_what_the_folds_network_answers(study):
    guidance = study.guidance()
    for fold, maps in guidance.items():
        model = trained_network(study.unguided.folder, fold)
        for row in range(0, N, 5):
            (cam,) = grad_cam(model, study.faces.images[row : row + 1])["last"]
            expected = np.full(cam.shape, 128) if np.ptp(cam) == 0 else 255 * (cam - cam.min()) / np.ptp(cam)
            assert np.abs(maps[row] - expected).max() <= 1
    own = make_guidance("saliency_gradcam", study.faces.subset(FOLDS >= 0), study.root, maps=study.maps())
    assert np.array_equal(own, [guidance[fold][row] for row, fold in enumerate(FOLDS) if fold >= 0])


def test_the_card_names_the_run_and_stored_maps_are_kept(study, monkeypatch):
    name = study.maps()
    monkeypatch.setattr(fold_cams, "_cams", lambda *_: pytest.fail("drawn again"))
    assert study.maps() == name
    card = read_card(study.root / "guidance" / "tiny" / name)
    assert card["run"] == "unguided" and card["parameters"]["tap"] == "last"
    assert card["parameters"]["weights"] == load_run(study.unguided.folder).card["weights"]
    blank = [int((np.ptp(maps.reshape(N, -1), axis=1) == 0).sum()) for maps in study.guidance().values()]
    assert list(card["uniform_maps"].values()) == blank


def test_a_network_to_which_no_place_speaks_leaves_uniform_maps(study, monkeypatch):
    monkeypatch.setattr(fold_cams, "grad_cam", lambda model, images, **_: {"last": np.zeros(images.shape, np.float32)})
    ((rows, maps),) = fold_cams._cams(study.unguided.folder, study.faces.images, "last", torch.device("cpu"), 16, 0)
    assert rows == slice(0, N) and (maps == 128).all()


def test_the_guided_experiment_is_the_unguided_one_but_for_its_guidance(study, tmp_path):
    unguided, expected = study.unguided, study.guidance()
    guided = guided_by_gradcam(unguided, CONFIG, study.faces, tmp_path / "guided", study.root, device="cpu")
    assert all(np.array_equal(guided.guidance_of(fold), maps) for fold, maps in expected.items())
    assert guided.identity == {"variant": "saliency_gradcam", "guidance": {"maps": study.maps()}}
    for fold in (0, 1):
        for mine, theirs in zip(guided.split(fold, CONFIG), unguided.split(fold, CONFIG), strict=True):
            assert np.array_equal(mine, theirs)


def test_networks_that_see_other_images_are_refused(study, tmp_path):
    """Of another size, say: maps are drawn of what the guided study's networks see."""
    run = tmp_path / "resnet18"
    shutil.copytree(study.unguided.folder, run)
    card = read_card(run)
    card["parameters"]["model"] = "resnet18"
    save_json(run / "card.json", card)
    with pytest.raises(InputError, match="a run of 'resnet18', expected one of simple_cnn or guided_stn"):
        make_gradcam_maps(study.faces, run, study.root)


@pytest.mark.parametrize("changes", [{"seed": 1}, {"protocol": "reference"}])
def test_a_run_whose_other_images_select_is_refused(changes, study):
    """The network would have learned from images that are to select the one it guides."""
    with pytest.raises(InputError, match="unguided: not the run of this experiment and these parameters"):
        guided_by_gradcam(study.unguided, replace(CONFIG, **changes), study.faces, "guided", study.root)


def test_a_network_that_takes_no_guidance_is_refused(study):
    plain = study.experiment("plain", model="simple_cnn")
    cross_validate([plain], replace(CONFIG, epochs=1), workers=1)
    with pytest.raises(InputError, match="plain: simple_cnn takes no guidance"):
        guided_by_gradcam(plain, replace(CONFIG, epochs=1), study.faces, "guided", study.root)


def test_images_in_another_order_are_refused(study):
    faces = study.faces.subset(np.arange(N)[::-1])
    with pytest.raises(InputError, match="tiny: not the images of unguided in their order"):
        guided_by_gradcam(study.unguided, CONFIG, faces, "guided", study.root)


@pytest.fixture
def changed(study, tmp_path):
    """``changed(key=value, …)``: the run, whose card says otherwise."""

    def change(training=None, selected_on=None, **parameters):
        folder = shutil.copytree(study.unguided.folder, tmp_path / "run")
        card = read_card(folder)
        card["parameters"] |= parameters
        card["parameters"]["training"] |= training or {}
        card["selected_on"] = selected_on or card["selected_on"]
        save_json(folder / "card.json", card)
        return folder

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"variant": "soft"}, "run: its networks look at 'soft' guidance, expected an unguided run"),
        ({"selected_on": "reported fold"}, "selected on the images that it tests, whose labels would reach their own"),
        ({"training": {"seed_mode": "once"}}, "run: seeded once, .*; expected seed_mode 'per_fold'"),
        ({"initial": {"sha256": "abc"}}, "run: started from a network trained elsewhere"),
        ({"alignment": {"frame": "eyes"}}, "run: its networks see aligned faces"),
    ],
)
def test_a_run_through_which_labels_might_come_is_refused(change, sentence, study, changed):
    with pytest.raises(InputError, match=sentence):
        make_gradcam_maps(study.faces, changed(**change), study.root)


def test_other_weights_or_another_set_are_refused(study, changed, tmp_path):
    folder = changed()
    weights_path(folder, 1).write_bytes(weights_path(folder, 0).read_bytes())
    with pytest.raises(InputError, match="fold1.safetensors: other weights than its card names"):
        make_gradcam_maps(study.faces, folder, study.root)
    weights_path(folder, 1).unlink()
    with pytest.raises(InputError, match="fold1.safetensors: no such weights file"):
        make_gradcam_maps(study.faces, folder, study.root)
    with pytest.raises(InputError, match="unguided: 45 tested images are not in other"):
        make_gradcam_maps(stored(tmp_path / "prepared", "other", LABELS), study.unguided.folder, tmp_path)


def test_a_real_run_that_selects_on_its_tested_images_says_so_itself(study):
    """The card of the reference protocol, as cross-validation writes it."""
    experiment = study.experiment("reference")
    cross_validate([experiment], replace(CONFIG, epochs=1, protocol="reference"), workers=1)
    with pytest.raises(InputError, match="expected a run of the honest protocol"):
        make_gradcam_maps(study.faces, experiment.folder, study.root)
