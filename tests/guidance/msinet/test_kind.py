"""The guidance kind."""

import os

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fer_lib.artifacts import file_sha256, read_card
from fer_lib.errors import InputError
from fer_lib.guidance import deciding_options, make_guidance, network_inputs, render_guidance
from fer_lib.guidance.msinet import kind, saliency_maps
from fer_lib.guidance.size import resize
from fer_lib.studies.guided_transformers import GuidedStudy, experiments, prepare

KIND = "saliency_msinet"


def test_maps_of_a_stored_set_and_their_card(store, pictures, weights, network, tmp_path, capsys):
    pictures[3] = 9
    faces = store(pictures)
    found = make_guidance(KIND, faces, tmp_path, weights=str(weights), infer_size=96)
    assert np.array_equal(found, saliency_maps(network, pictures, (96, 96))[0])
    assert "5 maps, 1 uniform maps" in capsys.readouterr().out
    (name,) = (path.name for path in (tmp_path / "guidance" / "tiny").glob("*.card.json"))
    card = read_card(tmp_path / "guidance" / "tiny", name)
    assert card["parameters"]["weights_sha256"] == file_sha256(weights)
    assert card["parameters"]["weights_record"] == {"licence": "of a test"}
    assert card["parameters"]["infer_size"] == 96 and card["uniform_maps"] == 1


def test_other_weights_in_the_same_place_make_other_maps(store, pictures, weights, network, tmp_path):
    faces, options = store(pictures), {"weights": str(weights), "infer_size": 48}
    make_guidance(KIND, faces, tmp_path, **options)
    calls = len(network.seen)
    make_guidance(KIND, faces, tmp_path, **options)
    assert len(network.seen) == calls, "stored maps are used again"
    save_file({"x": torch.ones(2)}, weights)
    os.utime(weights, ns=(1, 1))
    make_guidance(KIND, faces, tmp_path, **options)
    assert len(network.seen) > calls


def test_at_the_size_of_the_networks(pictures, weights, network, store, tmp_path):
    large = np.repeat(np.repeat(pictures, 2, axis=1), 2, axis=2)
    found = render_guidance(KIND, large, weights=str(weights), infer_size=96, size=48)
    assert np.array_equal(found, resize(saliency_maps(network, large, (96, 96))[0], (48, 48)))
    image, localization = network_inputs(KIND, store(large), tmp_path, weights=str(weights), infer_size=96)
    assert np.array_equal(localization, found) and np.array_equal(image, resize(large, (48, 48)))


def test_colours_are_seen(weights, network):
    colour = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    found = render_guidance(KIND, colour, weights=str(weights), infer_size=16)
    assert np.array_equal(found, saliency_maps(network, colour, (16, 16))[0])
    grey = render_guidance(KIND, colour[..., 0], weights=str(weights), infer_size=16)
    assert not np.array_equal(found, grey)


def test_jpeg_is_an_option(pictures, weights):
    plain, jpeg = (
        render_guidance(KIND, pictures, weights=str(weights), infer_size=48, jpeg=jpeg) for jpeg in (False, True)
    )
    assert not np.array_equal(plain, jpeg)


def test_records_name_what_is_not_as_published():
    assert deciding_options(KIND) == {}
    assert deciding_options(KIND, infer_size=120, jpeg=True) == {"infer_size": 120, "jpeg": True}


def test_weights_are_read_once(pictures, weights, monkeypatch, network):
    loaded = []
    monkeypatch.setattr(kind, "load_msinet", lambda path: loaded.append(path) or network)
    for _ in range(3):
        render_guidance(KIND, pictures, weights=str(weights), infer_size=48)
    assert loaded == [weights]


def test_without_weights_nothing_is_drawn(store, pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    faces = store(pictures)
    with pytest.raises(InputError, match="data/models/msinet.safetensors: no weights of MSI-Net there"):
        make_guidance(KIND, faces, tmp_path)
    assert not list((tmp_path / "guidance").rglob("saliency*"))


def test_progress_is_told_every_32_images(weights, monkeypatch):
    batches = []
    monkeypatch.setattr(kind, "saliency_maps", lambda model, shown, *_: (batches.append(len(shown)) or shown, None))
    render_guidance(KIND, np.zeros((70, 8, 8), np.uint8), weights=str(weights), infer_size=8)
    assert batches == [32, 32, 6]


def test_a_study_hands_its_weights_and_size_on(weights, network, tmp_path):
    """Notebook 03's parameters reach the network, its maps and the record of the run."""
    study = GuidedStudy.check(
        {
            "data_dir": str(tmp_path / "data"),
            "reports_dir": str(tmp_path),
            "dataset_options": {"images": 40, "subjects": 5},
            "variants": ["saliency_msinet", "noise"],
            "fold_scheme": "subject",
            "folds": 2,
            "msinet_weights": str(weights),
            "msinet_size": [24, 16],
        }
    )
    faces = prepare(study)
    planned = {variant: by_seed[2020] for variant, by_seed in experiments(study, faces).items()}
    assert {shape[2:] for shape in network.seen} == {(24, 16)}
    expected = make_guidance("saliency_msinet", faces, study.data, weights=str(weights), infer_size=[24, 16], size=48)
    assert np.array_equal(planned["saliency_msinet"].guidance, expected)
    assert planned["saliency_msinet"].identity["guidance"] == {"weights": str(weights), "infer_size": [24, 16]}
    assert planned["noise"].identity["guidance"] == {"seed": 2020}
