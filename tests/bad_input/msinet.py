"""MSI-Net and its maps, without weights or with wrong ones."""

import numpy as np
import torch
from safetensors.torch import save_file

from fer_lib.guidance import render_guidance
from fer_lib.models import create_model
from fer_lib.models.msinet_loading import load_msinet
from fer_lib.models.msinet_start import start_encoder
from fer_lib.training.saliency import SaliencyConfig, train_saliency

from ..models.on_meta import msinet_on_meta
from . import case

PICTURES = np.zeros((2, 48, 48), np.uint8)


@case("msinet-classes")
def _(place):
    return lambda: create_model("msinet", num_classes=7)


@case("msinet-picture")
def _(place):
    model = msinet_on_meta()
    return lambda: model(torch.zeros(1, 3, 100, 100, device="meta"))


@case("msinet-no-weights")
def _(place):
    return lambda: render_guidance("saliency_msinet", PICTURES)


@case("msinet-graph")
def _(place):
    place.write("model_salicon_cpu.pb", b"graph")
    return lambda: load_msinet("model_salicon_cpu.pb")


@case("msinet-damaged")
def _(place):
    place.write("msinet.safetensors", b"\x10\0")
    return lambda: load_msinet("msinet.safetensors")


@case("msinet-other-tensors")
def _(place):
    save_file({"conv1.weight": torch.zeros(1)}, "msinet.safetensors")
    return lambda: load_msinet("msinet.safetensors")


@case("msinet-infer-size")
def _(place):
    return lambda: render_guidance("saliency_msinet", PICTURES, infer_size=100)


@case("msinet-no-maps")
def _(place):
    place.write("salicon/images/train/1.jpg", b"jpeg")
    return lambda: train_saliency("salicon", "out", SaliencyConfig())


@case("msinet-without-map")
def _(place):
    place.write("salicon/images/train/1.jpg", b"jpeg")
    place.write("salicon/maps/train/2.png", b"png")
    return lambda: train_saliency("salicon", "out", SaliencyConfig())


@case("msinet-start")
def _(place):
    return lambda: start_encoder(msinet_on_meta(), {"conv1.weight": torch.zeros(1)})
