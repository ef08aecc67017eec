"""Which networks answer, and what is said where none can."""

import json
import shutil
import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.recognizer import Recognizer, model
from fer_lib.recognizer.model import demo_run, load_classifier, load_member
from fer_lib.training.checkpoints import save_weights
from fer_lib.training.trained import trained_network

from ..training.conftest import CLASSES, bars

FACES = list(bars(np.array([0, 1, 2, 2])))


def answers(folder, fold):
    image = torch.from_numpy(np.stack(FACES)).float()[:, None] / 127.5 - 1
    with torch.no_grad():
        return trained_network(folder, fold)(image).softmax(1).numpy()


@pytest.fixture(scope="module")
def other(train):
    return train(seed=7)


def test_folds_and_runs_are_averaged(run, other):
    single = load_classifier(run, fold=1, device="cpu").probabilities(FACES)
    np.testing.assert_allclose(single, answers(run, 1), atol=1e-6)
    both = load_classifier(str(run), device="cpu").probabilities(FACES, batch_size=3)
    np.testing.assert_allclose(both, (answers(run, 0) + answers(run, 1)) / 2, atol=1e-6)
    ensemble = load_classifier([run, other], device="cpu").probabilities(FACES)
    second = (answers(other, 0) + answers(other, 1)) / 2
    np.testing.assert_allclose(ensemble, (both + second) / 2, atol=1e-6)
    assert ensemble.dtype == np.float32 and not np.allclose(both, second)


def test_size_and_channels_are_those_of_the_run(train):
    colour = np.random.default_rng(0).integers(0, 256, (36, 24, 24, 3), dtype=np.uint8)
    identity = {"dataset": {"dataset": "mine", "size": 24, "channels": "rgb"}, "variant": "slim"}
    folder = train(images=colour, model="residual_masking_slim", identity=identity)
    bgr = [np.ascontiguousarray(image[..., ::-1]) for image in colour[:3]]
    with torch.no_grad():
        image = torch.from_numpy(colour[:3]).permute(0, 3, 1, 2).float() / 127.5 - 1
        expected = trained_network(folder, 0)(image).softmax(1).numpy()
    found = load_classifier(folder, fold=0, device="cpu").probabilities(bgr)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_members_that_see_other_sizes_answer_together(run, train):
    identity = {"dataset": {"dataset": "mine", "size": 24}, "variant": "slim"}
    small = train(images=bars(np.arange(36) % 3)[:, ::2, ::2], model="residual_masking_slim", identity=identity)
    parts = [load_classifier(folder, device="cpu").probabilities(FACES) for folder in (run, small)]
    together = load_classifier([run, small], device="cpu").probabilities(FACES)
    np.testing.assert_allclose(together, np.mean(parts, axis=0), atol=1e-6)


def test_guided_networks_are_refused_and_unguided_ones_of_their_kind_answer(train):
    images = bars(np.arange(36) % 3)
    soft = train(model="guided_stn", guidance=images, identity={"variant": "soft, fine-tuned"})
    with pytest.raises(InputError, match=r"its networks look at 'soft, fine-tuned' guidance maps.*without guidance"):
        load_member(soft, None)
    none = train(model="guided_stn", guidance=images, identity={"variant": "none"})
    np.testing.assert_allclose(load_classifier(none, 0, "cpu").probabilities(FACES), answers(none, 0), atol=1e-6)


def test_networks_that_are_given_masks_are_refused(run, tmp_path):
    """The oracle and the shuffled control of FMPN, whatever their variant is called."""
    folder = shutil.copytree(run, tmp_path / "oracle")
    for variant in ("oracle", "none"):
        edit_card(folder, model="fmpn_slim", model_options={"masks": "given"}, variant=variant)
        with pytest.raises(InputError, match="oracle: its networks are given the motion mask of a face's class, which"):
            load_member(folder, None)


def edit_card(folder, **parameters):
    """Other parameters in the card of a finished run."""
    card = json.loads((folder / "card.json").read_text())
    card["parameters"].update(parameters)
    (folder / "card.json").write_text(json.dumps(card))


def test_what_is_not_there_or_does_not_fit_is_named(run, train, tmp_path):
    elsewhere = train(classes=("neutral", "happy", "sad"))
    for named, fold, said in (
        (tmp_path, None, "no card.json, so nothing complete is there; expected the folder of a finished run"),
        (run, 7, "no weights of fold 7"),
        ([], None, "model is an empty list, expected folders of finished runs"),
        ([run, elsewhere], None, f"classes neutral, happy, sad, but {run} has neutral, positive, negative"),
    ):
        with pytest.raises(InputError, match=said.replace("(", r"\(")):
            load_classifier(named, fold, "cpu")
    with pytest.raises(InputError, match="device 'gpu' cannot be used here"):
        load_classifier(run, device="gpu")
    published = shutil.copytree(run, tmp_path / "published", ignore=shutil.ignore_patterns("weights"))
    with pytest.raises(InputError, match="fold0.safetensors: no such weights file"):
        load_classifier(published)


def test_a_public_checkpoint(tmp_path, monkeypatch):
    """The layout of ``rmn`` with its second copies, in a network of the same layers that is small."""
    slim = create_model("residual_masking_slim", num_classes=7).eval()
    state = slim.state_dict()
    key = next(key for key in state if key.startswith("mask1.conv") and ".downsample." in key)
    block, conv, _, rest = key.split(".", 3)
    state[f"{block}.downsample{conv.removeprefix('conv')}.{rest}"] = state[key]
    torch.save({"net": state, "best_acc": 0.7}, tmp_path / "rmn.pth")
    built = []

    def build(name, num_classes):
        built.append(name)
        return create_model("residual_masking_slim", num_classes=num_classes)

    monkeypatch.setattr(model, "create_model", build)
    monkeypatch.setattr(model, "RMN_SIZE", 48)
    recognizer = Recognizer(model=tmp_path / "rmn.pth", device="cpu")
    assert recognizer.classes == ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    with torch.no_grad():
        expected = slim(torch.from_numpy(FACES[0]).float()[None, None] / 127.5 - 1).softmax(1)[0]
    found = recognizer.classifier.probabilities(FACES[:1])[0]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert built == ["residual_masking"]


def test_files_that_are_no_such_checkpoint_are_named(tmp_path):
    save_weights(tmp_path / "other.safetensors", create_model("simple_cnn", num_classes=7))
    (tmp_path / "me.jpg").write_bytes(b"not weights")
    with pytest.raises(InputError, match="other.safetensors does not fit ResidualMasking: missing "):
        load_classifier(tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="me.jpg: not a readable file of tensors"):
        load_classifier(tmp_path / "me.jpg")


@pytest.fixture
def project(run, tmp_path, monkeypatch):
    """A project folder; ``project(name)`` puts the finished run there as one of the demo."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "Snakefile").touch()

    def put(name, right, split="validation", folder=run):
        target = shutil.copytree(folder, tmp_path / "reports" / "demo" / "runs" / name)
        predicted = np.arange(10) >= right
        table = pd.DataFrame({"split": split, "label": 0, "predicted": predicted.astype(int)})
        table.to_parquet(target / "predictions.parquet")
        return target

    return put


def test_without_a_model_the_best_demo_run_answers_and_that_is_said_once(project):
    project("a", 6)
    best = project("b", 9)
    project("c", 7)
    recognizer = Recognizer(device="cpu")
    with pytest.warns(UserWarning, match="runs/b answers: .*drawn faces and is NOT meant for photographs") as told:
        recognizer.detect_emotion_for_single_face_image(FACES[0])
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recognizer.detect_emotion_for_single_face_image(FACES[0])
    assert recognizer.classifier.members[0].name == str(best)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Recognizer(model=best, device="cpu").load()


def test_more_classes_come_before_accuracy_and_guided_runs_are_passed_over(project, train):
    project("three", 10)
    six = train(classes=("angry", "fear", "happy", "neutral", "sad", "surprise"), labels=np.arange(36) % 6)
    expected = project("six", 2, "test", six)
    soft = train(model="guided_stn", guidance=bars(np.arange(36) % 3), identity={"variant": "soft"})
    project("soft", 10, folder=soft)
    assert demo_run() == expected


def test_aligned_runs_answer_for_the_demo_where_no_other_has_as_many_classes(project):
    aligned = {"alignment": {"points": "eyes", "landmarks": "dlib", "frame": 48}}
    edit_card(project("aligned", 6), **aligned)
    best = project("best aligned", 9)
    edit_card(best, **aligned)
    oracle = project("oracle", 10)
    edit_card(oracle, model="fmpn_slim", model_options={"masks": "given"}, variant="none")
    assert demo_run() == best
    assert demo_run() != project("plain", 5) == demo_run()


def test_without_a_demo_the_way_to_one_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="holds no finished run; run `make study`, or name the folder of a run"):
        Recognizer().detect_emotion_for_single_face_image(FACES[0])


def test_classes_are_those_of_the_card(run):
    assert Recognizer(model=run).classes == CLASSES
