"""fer guidance saliency: a small frozen graph becomes a file, and the file is checked."""

import numpy as np
import pytest
import torch
from PIL import Image

from fer_lib.cli.__main__ import main
from fer_lib.cli.saliency import OUT
from fer_lib.guidance.msinet.maps import saliency_maps
from fer_lib.models import msinet_sanity
from fer_lib.models.msinet_loading import DEFAULT, load_msinet, weights_record
from fer_lib.models.msinet_weights import convert, store

from ..models.msinet_fixtures import means, nodes
from ..models.tensorflow_writer import graph, tensor, wrapped

SEEN = {"parameters": 24_934_209, "lowest": 0, "highest": 1, "distance": 7.2}


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.pb").write_bytes(graph(nodes(means())))
    return tmp_path


def test_convert_then_check(project, capsys):
    assert main(["guidance", "saliency", "--weights", "model.pb"]) == 0
    checks, written = capsys.readouterr().out.splitlines()
    assert checks.startswith(
        "model.pb: 24,934,209 parameters; maps of bright disks span 0.000 to 1.000 and have their "
    )
    record = weights_record(OUT)
    assert f"{OUT}: 99.7 MB" in written and record["source_sha256"] in written and record["licence"] in written
    assert OUT == DEFAULT, "where the guidance looks for it"
    assert load_msinet(OUT).decoder.conv4.bias.tolist() == [0]

    assert main(["guidance", "saliency", "--weights", str(OUT)]) == 0
    again, found = capsys.readouterr().out.splitlines()
    assert again == checks.replace("model.pb", str(OUT)) and record["source_sha256"] in found
    assert main(["guidance", "saliency", "--weights", str(OUT), "--out", "other.safetensors"]) == 1
    assert "converted already" in capsys.readouterr().err and not (project / "other.safetensors").exists()


@pytest.fixture
def small_disks(monkeypatch):
    """Where the map does not matter: pictures that take no time."""
    monkeypatch.setattr(msinet_sanity, "disks", lambda: torch.full((2, 3, 16, 16), 126.0))


def test_a_folder_and_another_place(project, capsys, monkeypatch):
    monkeypatch.setattr(msinet_sanity, "check_sanity", lambda network, path: SEEN)
    (project / "hub").mkdir()
    (project / "hub" / "saved_model.pb").write_bytes(wrapped(nodes(means())))
    assert main(["guidance", "saliency", "--weights", "hub", "--out", "mine/m.safetensors"]) == 0
    assert [path.name for path in (project / "mine").iterdir()] == ["m.safetensors"]
    assert weights_record("mine/m.safetensors")["source"] == "saved_model.pb"


def test_a_map_that_the_published_network_made_has_to_be_equalled(project, capsys, monkeypatch):
    monkeypatch.setattr(msinet_sanity, "check_sanity", lambda network, path: SEEN)
    network = load_reference(project)
    picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(picture).save("picture.png")
    Image.fromarray(saliency_maps(network, picture[None])[0][0]).save("map.png")
    words = ["guidance", "saliency", "--weights", "model.pb", "--reference", "picture.png"]
    assert main([*words, "map.png"]) == 0
    assert "map.png: correlates 1.00000 with our map" in capsys.readouterr().out and OUT.is_file()
    OUT.unlink()
    Image.fromarray(255 - picture[..., 0]).save("other.png")
    assert main([*words, "other.png"]) == 1
    assert (
        "other weights, another canvas, or the map of another picture" in capsys.readouterr().err and not OUT.exists()
    )


def load_reference(project):
    store(convert(project / "model.pb"), project / "mine.safetensors", project / "model.pb")
    return load_msinet(project / "mine.safetensors")


def test_a_network_that_is_blind_is_not_written(project, capsys, small_disks):
    blind = means() | {"decoder/conv4/kernel": tensor(0.0, "packed", (3, 3, 32, 1))}
    (project / "model.pb").write_bytes(graph(nodes(blind)))
    assert main(["guidance", "saliency", "--weights", "model.pb"]) == 1
    assert "maps of a bright disk span 0 to 0, expected 0 to 1" in capsys.readouterr().err
    assert not (project / "data").exists()
