"""The public port: its layers one by one, and its checkpoints."""

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.guided_stn import IDENTITY
from fer_lib.training.checkpoints import load_weights, save_weights

LAYERS = ("conv1", "conv2", "conv3", "conv4", "norm", "fc1", "fc2", "localization", "fc_loc")


def build(seed=0, num_classes=7):
    torch.manual_seed(seed)
    return create_model("deep_emotion_port", num_classes=num_classes).eval()


def public_checkpoint():
    """A trained network's tensors under the port's names: all of them at top level."""
    model = build().train()
    nn.init.normal_(model.fc_loc[2].weight, std=0.1)
    nn.init.normal_(model.classifier.norm.weight)
    model(torch.randn(8, 1, 48, 48))  # batch-norm statistics other than 0 and 1
    return model.eval(), {key.removeprefix("classifier."): value for key, value in model.state_dict().items()}


@pytest.fixture
def image():
    return torch.rand(4, 1, 48, 48, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_parameter_count():
    model = build()
    assert sum(p.numel() for p in model.parameters()) == 66_877
    assert model.classifier.fc1.in_features == 810 and model.fc_loc[0].in_features == 640


def test_it_costs_what_the_guided_network_does():
    cost = {
        name: forward_macs(name, num_classes=7, image_shape=(1, 48, 48)) for name in ("deep_emotion_port", "guided_stn")
    }
    assert cost["deep_emotion_port"] == cost["guided_stn"]


def test_identity_warp_at_initialisation(image):
    model = build()
    theta = model.theta(image)
    assert theta.flatten(1).tolist() == [list(IDENTITY)] * 4
    assert (model.warp(image, theta) - image).abs().max() < 1e-4


def test_weights_start_as_torch_draws_them():
    """U(−b, b) with b = 1/√fan-in."""
    model = build()
    for layer, fan_in in ((model.classifier.fc1, 810), (model.classifier.conv2, 90), (model.fc_loc[0], 640)):
        bound = fan_in**-0.5
        assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
        assert 0.95 * bound < layer.weight.abs().max() <= bound
        assert layer.bias.abs().max() > 0


def forward_slowly(s, image):
    """The public port in functions: warp of the image, then the classifier."""

    def conv(x, name):
        return F.conv2d(x, s[f"{name}.weight"], s[f"{name}.bias"])

    def linear(x, name):
        return x @ s[f"{name}.weight"].T + s[f"{name}.bias"]

    seen = F.relu(F.max_pool2d(conv(image, "localization.0"), 2))
    seen = F.relu(F.max_pool2d(conv(seen, "localization.3"), 2))
    theta = linear(F.relu(linear(seen.reshape(-1, 640), "fc_loc.0")), "fc_loc.2").reshape(-1, 2, 3)
    x = F.grid_sample(image, F.affine_grid(theta, image.shape, align_corners=False), align_corners=False)
    x = F.relu(conv(x, "conv1"))
    x = F.relu(F.max_pool2d(conv(x, "conv2"), 2))
    x = F.relu(conv(x, "conv3"))
    norm = (s[f"norm.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    x = F.relu(F.max_pool2d(F.batch_norm(conv(x, "conv4"), *norm), 2))
    return linear(F.relu(linear(x.reshape(-1, 810), "fc1")), "fc2")


def test_forward_equals_its_slow_twin(image):
    model, state = public_checkpoint()
    assert model.theta(image).std(0).max() > 1e-3
    assert torch.allclose(model(image), forward_slowly(state, image), atol=1e-5)


def test_it_is_the_guided_network_looking_at_its_own_image(image):
    model, _ = public_checkpoint()
    guided = create_model("guided_stn", num_classes=7).eval()
    guided.load_state_dict(model.state_dict(), strict=True)
    assert torch.equal(model(image), guided(image, image))


def test_it_takes_no_guidance(image):
    assert not build().takes_guidance
    with pytest.raises(TypeError):
        build()(image, image)


def test_the_penalty_would_act_on_the_two_last_linear_layers():
    model = build()
    assert [model.get_submodule(name).weight.numel() for name in model.penalised] == [810 * 50, 50 * 7]


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("file", ["port.pt", "port.safetensors"])
def test_checkpoints_of_the_public_port_load(image, tmp_path, prefix, file):
    source, state = public_checkpoint()
    assert {key.split(".")[0] for key in state} == set(LAYERS)
    renamed = {prefix + key: value for key, value in state.items()}
    if file.endswith(".pt"):
        torch.save(renamed, tmp_path / file)
    else:
        save_file(renamed, tmp_path / file)
    model = build(seed=1)
    load_weights(model, tmp_path / file)
    assert torch.equal(model(image), source(image))


@pytest.mark.parametrize("name", ["deep_emotion", "deep_emotion_port"])
def test_weights_written_here_are_not_mistaken_for_public_ones(image, tmp_path, name):
    """Those of the paper's network have their layers at top level too, beside a localization network."""
    torch.manual_seed(0)
    source, other = (create_model(name, num_classes=7).eval() for _ in range(2))
    save_weights(tmp_path / "w.safetensors", source)
    load_weights(other, tmp_path / "w.safetensors")
    assert torch.equal(other(image), source(image))
