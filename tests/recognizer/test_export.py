"""ONNX files answer as the recognizer does, stand alone, and are not kept where they do not."""

import ast
import inspect
import json
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from fer_lib.artifacts.runs import load_run
from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.faces.similarity import aligned_faces
from fer_lib.recognizer import export, int8
from fer_lib.recognizer.export import export_onnx, onnx_probabilities, parity_images
from fer_lib.recognizer.int8 import Batches, Images, export_int8
from fer_lib.recognizer.model import Member, load_classifier, load_member

SET = {"images": 60, "subjects": 6}


@pytest.fixture(scope="module")
def onnx():
    for name in ("onnxruntime", "onnxscript"):
        pytest.importorskip(name)
    return pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def exported(onnx, run, tmp_path_factory):
    """The mean of two folds."""
    return export_onnx(run, tmp_path_factory.mktemp("onnx") / "ü faces.onnx")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with a set on which :func:`drawn` was trained."""
    folder = tmp_path_factory.mktemp("data")
    load_dataset("synthetic", folder, **SET)
    return folder


@pytest.fixture(scope="module")
def drawn(train, data):
    """A run on drawn faces."""
    faces = load_dataset("synthetic", data, **SET)
    return train(
        images=np.asarray(faces.images),
        labels=faces.labels,
        classes=faces.classes,
        folds=np.random.default_rng(0).permutation(np.arange(60) % 2),
        groups=np.arange(60),
        sample_ids=faces.samples["sample_id"].to_numpy(),
        identity={"dataset": {"dataset": "synthetic", **SET}, "label_space": "native", "variant": "simple_cnn"},
    )


@pytest.mark.parametrize("count", [1, 5])
def test_it_answers_as_the_recognizer_does(exported, run, count):
    faces = np.random.default_rng(count).integers(0, 256, (count, 48, 48), dtype=np.uint8)
    expected = load_classifier(run, device="cpu").probabilities(list(faces))
    found = onnx_probabilities(exported.path, faces)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.dtype == np.float32 and np.allclose(found.sum(1), 1, atol=1e-5)


def test_it_says_what_it_is(exported, onnx, run):
    facts = {entry.key: entry.value for entry in onnx.load(exported.path).metadata_props}
    assert json.loads(facts["classes"]) == ["neutral", "positive", "negative"]
    assert facts["input"].startswith("uint8, 48 × 48 pixels, 0 … 255, grey") and facts["networks"] == "2"
    assert json.loads(facts["weights_sha256"]) == load_run(run).card["weights"] and facts["model"] == "run"
    said = str(exported)
    assert "mean of 2 networks, uint8 (N, 48, 48) to probabilities of neutral, positive, negative" in said
    assert "over 16 images: " in said and exported.difference < 1e-5


def test_it_names_no_folder_of_this_machine(exported):
    content = exported.path.read_bytes()
    assert os.fsencode(os.path.dirname(torch.__file__)) not in content and b"fer_lib" not in content
    assert exported.path.stat().st_size < 2 * 4 * 43_737 + 60_000


def test_one_fold_with_a_spatial_transformer(onnx, train, tmp_path):
    run = train(model="guided_stn", identity={"dataset": {"dataset": "bars"}, "variant": "none"})
    made = export_onnx(run, tmp_path / "stn.onnx", fold=1)
    assert made.networks == 1 and "GridSample" in {node.op_type for node in onnx.load(made.path).graph.node}
    images = parity_images(load_member(run, 1))
    expected = load_classifier(run, 1, "cpu").probabilities(list(images))
    np.testing.assert_allclose(onnx_probabilities(made.path, images), expected, atol=1e-5)


@pytest.fixture(scope="module")
def aligned(train, data):
    """A run of fmpn_slim on the expressive ones of the drawn faces, aligned; the set has neutral ones too."""
    faces = load_dataset("synthetic", data, **SET)
    frames = aligned_faces(faces, data, 34, landmarks="dataset").images
    rows = np.flatnonzero(faces.labels != faces.classes.index("neutral"))
    return train(
        model="fmpn_slim",
        model_options={"image_size": 32, "width": 4, "blocks": 1},
        images=frames[rows],
        labels=np.unique(faces.labels[rows], return_inverse=True)[1],
        classes=tuple(name for name in faces.classes if name != "neutral"),
        folds=np.random.default_rng(0).permutation(len(rows)) % 2,
        groups=np.arange(len(rows)),
        sample_ids=faces.samples["sample_id"].to_numpy()[rows],
        identity={
            "dataset": {"dataset": "synthetic", **SET},
            "variant": "prior",
            "alignment": {"points": "eyes", "landmarks": "dataset", "frame": 34},
        },
    )


def test_networks_for_aligned_faces_say_so(onnx, aligned, tmp_path):
    made = export_onnx(aligned, tmp_path / "fmpn.onnx", fold=0)
    facts = {entry.key: entry.value for entry in onnx.load(made.path).metadata_props}
    assert facts["input"].startswith(
        "uint8, 34 × 34 pixels, 0 … 255, grey: the face turned, scaled and shifted so that"
    )
    assert "left_eye (0.25, 0.27), right_eye (0.77, 0.27); left as seen" in facts["input"]
    assert "uint8 (N, 34, 34) of aligned faces (its metadata say how) to probabilities of" in str(made)
    images = parity_images(load_member(aligned, 0))[:3]
    expected = load_classifier(aligned, 0, "cpu").answers([{(34, "grey", "eyes"): image} for image in images])
    np.testing.assert_allclose(onnx_probabilities(made.path, images), expected, atol=1e-5)
    five = export.shown(Member("m", [], ("a",), 34, "grey", "five"))
    assert "nose_tip (0.51, 0.55), left_mouth_corner (0.29, 0.82), right_mouth_corner (0.73, 0.82);" in five


def test_eight_bits_are_calibrated_on_aligned_faces_of_the_classes(aligned, data):
    faces = load_dataset("synthetic", data, **SET)
    frames = aligned_faces(faces, data, 34, landmarks="dataset").images
    own, predictions = Images.of_run(aligned, 1, "grey", data), load_run(aligned).predictions.query("fold == 1")
    position = {name: row for row, name in enumerate(faces.samples["sample_id"])}
    selecting = predictions[predictions["split"] == "validation"]["sample_id"]
    assert np.array_equal(own.selecting, frames[[position[name] for name in selecting]])
    scored, neutral = set(predictions["sample_id"]), faces.labels == faces.classes.index("neutral")
    trained = [row for name, row in position.items() if name not in scored and not neutral[row]]
    assert np.array_equal(own.calibration, frames[trained]) and neutral.any()


@pytest.fixture
def copied(exported, monkeypatch):
    """Writing a file copies the one that was written."""
    monkeypatch.setattr(export, "write_onnx", lambda member, path, facts: shutil.copy(exported.path, path))


def test_what_answers_otherwise_is_not_kept(copied, run, tmp_path, monkeypatch):
    other = tmp_path / "old.onnx"
    other.write_text("as it was")
    right = export.onnx_probabilities
    monkeypatch.setattr(export, "onnx_probabilities", lambda path, images: right(path, images) + 2e-4)
    with pytest.raises(
        InputError, match="differ from PyTorch's by up to 2.0e-04, expected at most 0.0001; nothing was"
    ):
        export_onnx(run, other)
    with pytest.raises(InputError, match="nothing was kept"):
        export_onnx(run, tmp_path / "new.onnx")
    assert os.listdir(tmp_path) == ["old.onnx"] and other.read_text() == "as it was"


def test_it_is_compared_with_its_own_networks(copied, run, tmp_path):
    """The copied file is the mean of two."""
    with pytest.raises(InputError, match="differ from PyTorch's"):
        export_onnx(run, tmp_path / "fold.onnx", fold=0)


class Deciding(nn.Module):
    """Takes another way for some values, which a graph cannot."""

    def forward(self, x):
        return x.mean((1, 2, 3))[:, None].repeat(1, 2) if x.sum() > 0 else x.flatten(1)[:, :2]


def test_a_network_that_cannot_be_written(onnx, tmp_path):
    member = Member("runs/mine", [Deciding()], ("a", "b"), 8, "grey")
    with pytest.raises(InputError, match=r"^runs/mine: PyTorch [\d.]+\S* cannot write this network as ONNX \(\w+\)$"):
        export.write_onnx(member, tmp_path / "f.onnx", {})


def test_what_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(export, "find_spec", lambda name: SimpleNamespace() if name == "onnx" else None)
    for write in (export_onnx, export_int8):
        with pytest.raises(
            InputError,
            match="^onnxruntime, onnxscript are not installed; run `pip install onnx onnxruntime onnxscript`$",
        ):
            write("run", "f.onnx")
    monkeypatch.setattr(export, "find_spec", lambda name: SimpleNamespace())
    (tmp_path / "there.onnx").mkdir()
    for out, sentence in [("f.pt", "f.pt: expected a name ending in .onnx"), ("no/f.onnx", "no/f.onnx: no folder no"),
                          ("there.onnx", "there.onnx: a folder")]:  # fmt: skip
        with pytest.raises(InputError, match=f"^{sentence}"):
            export_onnx("run", out)
    with pytest.raises(InputError, match="no card.json"):
        export_onnx("run", "f.onnx")


@pytest.mark.parametrize("module", [export, int8])
def test_importing_needs_no_onnx(module):
    top = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or alias.name for node in top for alias in node.names}
    assert len(names) > 5 and not [name for name in names if name.startswith("onnx")]


@pytest.mark.parametrize(("channels", "shape"), [("grey", (16, 48, 48)), ("rgb", (16, 48, 48, 3))])
def test_patterns_are_all_different_and_not_flat(channels, shape):
    images = parity_images(Member("m", [], ("a",), 48, channels))
    assert images.shape == shape and images.dtype == np.uint8
    assert len({image.tobytes() for image in images}) == 16 and images.std((1, 2)).min() > 3


def test_eight_bits_are_measured_on_what_selected(onnx, drawn, data, tmp_path):
    made = export_int8(drawn, tmp_path / "small.onnx", fold=1, data_dir=data)
    faces = load_dataset("synthetic", data, **SET)
    rows = load_run(drawn).predictions.query("fold == 1 and split == 'validation'")
    position = {name: row for row, name in enumerate(faces.samples["sample_id"])}
    images = np.stack([faces.images[position[name]] for name in rows["sample_id"]])
    found = onnx_probabilities(made.path, images)
    exact = load_classifier(drawn, 1, "cpu").probabilities(list(images))
    assert made.images == len(rows) and made.part == "the validation part"
    assert made.accuracy == (found.argmax(1) == rows["label"]).mean()
    assert made.accuracy_fp32 == (exact.argmax(1) == rows["label"]).mean()
    assert made.agreement == (found.argmax(1) == exact.argmax(1)).mean()
    assert made.difference == pytest.approx(abs(found - exact).mean(), abs=1e-5) and 0 < made.difference < 0.02
    model = onnx.load(made.path)
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in model.graph.node}
    assert "classes" in {entry.key for entry in model.metadata_props} and b"/tmp" not in made.path.read_bytes()
    assert os.listdir(tmp_path) == ["small.onnx"] and "accuracy on" in str(made)


def test_ranges_come_from_training_images_alone(drawn, data, monkeypatch):
    monkeypatch.setattr(int8, "CALIBRATION", 10)
    faces, predictions = load_dataset("synthetic", data, **SET), load_run(drawn).predictions
    own = Images.of_run(drawn, 0, "grey", data)
    scored = set(predictions[predictions["fold"] == 0]["sample_id"])
    trained = [i for i, name in enumerate(faces.samples["sample_id"]) if name not in scored]
    assert 0 < len(trained) < 60 - len(faces) // 2 + 1 and len(own.calibration) == 10
    allowed = {np.asarray(faces.images[i]).tobytes() for i in trained}
    assert {image.tobytes() for image in own.calibration} <= allowed


def test_batches_end():
    batches = Batches(np.arange(10, dtype=np.uint8), size=4)
    parts = [batches.get_next() for _ in range(4)]
    assert [len(part["faces"]) for part in parts[:3]] == [4, 4, 2] and parts[3] is None


def test_what_has_no_images_of_its_own(onnx, drawn, run, train, data, tmp_path):
    with pytest.raises(
        InputError, match="2 networks, each trained on what selected the others, expected the number of"
    ):
        export_int8(drawn, tmp_path / "f.onnx", data_dir=data)
    with pytest.raises(InputError, match="unknown data set 'bars'"):
        export_int8(run, tmp_path / "f.onnx", fold=0, data_dir=data)
    other = train(identity={"dataset": {"dataset": "synthetic", **SET}, "label_space": "native"})
    with pytest.raises(InputError, match=r"\d of \d+ images that selected run are not in it, expected the set"):
        export_int8(other, tmp_path / "f.onnx", fold=0, data_dir=data)
    assert os.listdir(tmp_path) == []
