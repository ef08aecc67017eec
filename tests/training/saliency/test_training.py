"""The whole training, with the true network on pictures of 16 × 16."""

import numpy as np
import pandas as pd
import pytest
import torch

from fer_lib.artifacts import file_sha256
from fer_lib.errors import InputError
from fer_lib.guidance import render_guidance
from fer_lib.models.msinet_loading import load_msinet, weights_record
from fer_lib.training.saliency import SaliencyConfig, train_saliency, training

CONFIG = SaliencyConfig(epochs=1, batch_size=6, canvas=(16, 16), device="cpu")


def test_leaves_weights_that_draw_maps(folder, tmp_path, monkeypatch):
    out = tmp_path / "out"
    card = train_saliency(folder, out, CONFIG)
    assert card["kind"] == "saliency" and card["parameters"]["training"]["learning_rate"] == 1e-5
    assert card["weights_sha256"] == file_sha256(out / "msinet.safetensors")
    history = pd.read_parquet(out / "history.parquet")
    assert card["best"]["val_divergence"] == history["val_divergence"].min()
    assert weights_record(out / "msinet.safetensors")["source"].startswith("trained on salicon")

    torch.manual_seed(CONFIG.seed)
    fresh = training.create_model("msinet")
    changed = load_msinet(out / "msinet.safetensors").decoder.conv4.weight - fresh.decoder.conv4.weight
    assert 0 < changed.abs().max() < 1e-4  # one step of Adam

    pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 16), dtype=np.uint8)
    maps = render_guidance("saliency_msinet", pictures, weights=str(out / "msinet.safetensors"), infer_size=16)
    assert np.ptp(maps) > 200

    monkeypatch.setattr(training, "fit_saliency", lambda *_: pytest.fail("trained again"))
    assert train_saliency(folder, out, CONFIG) == card
    with pytest.raises(InputError, match="holds a complete run made with other data or parameters"):
        train_saliency(folder, out, SaliencyConfig(epochs=2, canvas=(16, 16), device="cpu"))


def test_a_start_that_is_no_vgg16_is_told_before_anything_is_written(folder, tmp_path):
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match=r"features.0.weight is \(1,\)"):
        train_saliency(folder, tmp_path / "out", CONFIG, start=tmp_path / "other.pth")
    assert not (tmp_path / "out").exists()
