"""The fusion network: its few layers one by one, and how it starts."""

import pytest
import torch
import torch.nn.functional as F

from fer_lib.errors import InputError
from fer_lib.models.prior_fusion import PriorFusion


@pytest.fixture
def face():
    return torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def build(gain=1.0, seed=0):
    torch.manual_seed(seed)
    return PriorFusion(gain)


def slowly(state, face, prior):
    """The same from the values of its tensors alone, in evaluation."""

    def conv(name, x):
        return F.conv2d(x, state[f"{name}.weight"], padding=1)

    def norm(name, x):
        mean, variance, scale, shift = (
            state[f"{name}.{part}"].view(1, -1, 1, 1) for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (variance + 1e-5) ** 0.5 * scale + shift

    def prelu(name, x):
        return torch.where(x > 0, x, x * state[f"{name}.weight"])

    x = norm("face.1", conv("face.0", face)).clamp(min=0) + norm("prior.1", conv("prior.0", prior)).clamp(min=0)
    branch = prelu("block.branch.2", norm("block.branch.1", conv("block.branch.0", x)))
    branch = prelu("block.branch.5", norm("block.branch.4", conv("block.branch.3", branch)))
    return 1 / (1 + torch.exp(-conv("last", x + branch)))


def test_it_has_377_parameters():
    model = build()
    assert {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()} == {
        **{"face": 87, "prior": 33, "block": 176, "last": 81}
    }
    assert sum(p.numel() for p in model.parameters()) == 377


def test_it_computes_what_its_tensors_say(face):
    model = build()
    model(face, face[:, :1] * 0.5)  # moves the statistics of batch norm
    model.eval()
    prior = torch.rand(8, 1, 32, 32) * 2 - 1
    fused = model(face, prior)
    assert fused.shape == face.shape and fused.dtype == torch.float32
    assert torch.allclose(fused, slowly(model.state_dict(), face, prior), atol=1e-6)
    assert (fused > 0).all() and (fused < 1).all()


def test_face_and_prior_both_count(face):
    model, prior = build().eval(), torch.rand(8, 1, 32, 32)
    assert not torch.allclose(model(face, prior), model(face.flip(-1), prior), atol=1e-3)
    assert not torch.allclose(model(face, prior), model(face, prior.flip(-1)), atol=1e-3)


def test_gain_002_starts_as_a_grey_picture_and_gain_1_does_not(face):
    grey, picture = (build(gain)(face, face.mean(1, keepdim=True)) for gain in (0.02, 1.0))
    assert grey.mean().item() == pytest.approx(0.5, abs=0.02) and grey.std() < 0.02
    assert picture.std() > 0.1


def test_bfloat16_gives_an_image_in_float32(face):
    model = build().eval()
    with torch.autocast("cpu", torch.bfloat16):
        fused = model(face, face[:, :1])
    assert fused.dtype == torch.float32
    assert torch.allclose(fused, model(face, face[:, :1]), atol=0.05)


@pytest.mark.parametrize("gain", [0.0, -1.0, float("nan")])
def test_a_gain_of_0_or_below_is_told(gain):
    with pytest.raises(InputError, match=f"init_gain = {gain}, expected above 0"):
        PriorFusion(gain)
