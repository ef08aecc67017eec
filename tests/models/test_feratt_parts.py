"""The parts of FERAtt one by one: units, encoder, decoders, features, reconstruction."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from fer_lib.errors import InputError
from fer_lib.models.feratt_attention import AttentionDecoder, DilatedCentre, PooledCentre
from fer_lib.models.feratt_encoder import Encoder
from fer_lib.models.feratt_features import FeatureExtractor
from fer_lib.models.feratt_reconstruction import OUT_ACTS, Reconstruction
from fer_lib.models.feratt_units import CIFAR10_MEAN, CIFAR10_STD, NORMALIZE, Remap, Units


def random(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def built(make, seed=0):
    torch.manual_seed(seed)
    return make().eval()


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


# units


@pytest.mark.parametrize("normalize", NORMALIZE)
def test_units_are_those_of_torchvision_and_turn_back_into_pictures(normalize):
    from torchvision.transforms.functional import normalize as theirs

    image, units = random(2, 3, 4, 5), Units(normalize)
    seen = units(2 * image - 1)
    assert torch.allclose(seen, theirs(image, *NORMALIZE[normalize]), atol=1e-5)
    assert torch.allclose(units.picture(seen), image, atol=1e-6)
    assert units.picture(seen - 9).max() == 0 and units.picture(seen + 9).min() == 1
    assert torch.equal(units(image[:, :1]), units(image[:, :1].repeat(1, 3, 1, 1)))
    assert not units.state_dict()


def test_unknown_units_and_other_channels_are_told():
    with pytest.raises(InputError, match="normalize 'cifar', expected one of none, cifar10, imagenet"):
        Units("cifar")
    with pytest.raises(InputError, match=r"an image of 2 channels, expected 1 \(grey\) or 3 \(colour\)"):
        Units("none")(random(1, 2, 4, 4))


def test_the_remap_is_the_references_numbers_and_undoes_the_units_of_cifar10():
    image = random(2, 3, 4, 4)
    factor, shift = (torch.tensor(v)[:, None, None] for v in ((0.4046, 0.3988, 0.4020), (0.0172, 0.0356, 0.107)))
    assert torch.allclose(Remap()(image), image * factor - shift, atol=1e-6)
    assert torch.allclose(Remap()(Units("cifar10")(2 * image - 1)), 2 * image - 1, atol=1e-5)
    assert not Remap().state_dict() and (CIFAR10_MEAN[0], CIFAR10_STD[2]) == (0.4914, 0.2010)


# encoder


def test_the_encoder_is_torchvisions_resnet_with_another_pool():
    from torchvision.models.resnet import BasicBlock, ResNet

    theirs = built(lambda: ResNet(BasicBlock, [1, 2, 1, 1]))
    theirs.maxpool = nn.MaxPool2d(2)
    mine = built(lambda: Encoder((64, 128, 256, 512), (1, 2, 1, 1)), seed=1)
    mine.load_state_dict({key: value for key, value in theirs.state_dict().items() if not key.startswith("fc.")})
    x = random(1, 3, 64, 64)
    with torch.no_grad():
        one, two, three, four = mine(x)
        expected = theirs.layer1(theirs.maxpool(theirs.relu(theirs.bn1(theirs.conv1(x)))))
        assert torch.allclose(one, expected, atol=1e-5)
        assert torch.allclose(theirs.fc(four.mean((2, 3))), theirs(x), atol=1e-4)
    assert [tuple(stage.shape[1:]) for stage in (one, two, three, four)] == [
        (64, 16, 16), (128, 8, 8), (256, 4, 4), (512, 2, 2),
    ]  # fmt: skip


# decoders

WIDTHS = (3, 4, 5, 6)


def decode_slowly(s, stages, kind):
    """The specification's table; `s` holds the tensors of a decoder."""

    def conv(x, at, **options):
        return F.conv2d(x, s[f"{at}.weight"], s[f"{at}.bias"], **options)

    def block(x, at):
        if kind == "transposed":
            x = conv(x, f"{at}.0", padding=1).relu()
            return F.conv_transpose2d(x, s[f"{at}.2.weight"], s[f"{at}.2.bias"], stride=2, padding=1).relu()
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        return conv(conv(x, f"{at}.1", padding=1).relu(), f"{at}.3", padding=1).relu()

    s1, s2, s3, s4 = stages
    if kind == "transposed":
        first = conv(s4, "centre.convs.0", padding=1)
        second = conv(first, "centre.convs.1", padding=2, dilation=2)
        third = conv(second, "centre.convs.2", padding=3, dilation=3)
        fourth = conv(third, "centre.convs.3", padding=4, dilation=4)
        centre = (first + second + third + fourth).relu()
    else:
        centre = block(F.max_pool2d(s4, 2), "centre.1")
    x = block(torch.cat([centre, s4], 1), "dec5")
    x = block(torch.cat([x, s3], 1), "dec4")
    x = block(torch.cat([x, s2], 1), "dec3")
    x = block(torch.cat([x, s1], 1), "dec2")
    x = block(x, "dec1")
    return conv(conv(x, "head.0", padding=1).relu(), "head.2")


@pytest.mark.parametrize(("kind", "maps"), [("transposed", 1), ("resized", 7)])
@torch.no_grad()
def test_a_decoder_computes_what_its_tensors_say(kind, maps):
    decoder = built(lambda: AttentionDecoder(WIDTHS, 2, kind, maps))
    for parameter in decoder.parameters():
        parameter.normal_(std=0.5)
    stages = tuple(random(2, width, 16 >> k, 16 >> k, seed=k) for k, width in enumerate(WIDTHS))
    found = decoder(stages)
    assert found.shape == (2, maps, 64, 64) and found.std() > 0
    assert torch.allclose(found, decode_slowly(decoder.state_dict(), stages, kind), rtol=1e-4, atol=1e-4)


def test_centres_have_the_published_parameters():
    with torch.device("meta"):
        dilated, pooled = DilatedCentre(512, 256), PooledCentre(512, 256)
    assert count(dilated) == 2_950_144
    assert count(pooled) == 512 * 512 * 9 + 512 + 512 * 256 * 9 + 256


def test_a_block_doubles_the_size_exactly():
    one = AttentionDecoder(WIDTHS, 2, "transposed", 1).dec2(random(1, 7, 3, 5))
    two = AttentionDecoder(WIDTHS, 2, "resized", 1).dec2(random(1, 7, 3, 5))
    assert one.shape == two.shape == (1, 8, 6, 10) and (one >= 0).all() and (two >= 0).all()


# features


@pytest.mark.parametrize(
    ("channels", "blocks", "expected"), [(32, 4, 7_808 + 73_984 + 9_248), (7, 8, 9_324), (8, 8, 11_880)]
)
def test_features_have_the_published_parameters(channels, blocks, expected):
    with torch.device("meta"):
        model = FeatureExtractor(channels, blocks)
    assert count(model) == expected


@torch.no_grad()
def test_features_compute_what_their_tensors_say():
    model, image = built(lambda: FeatureExtractor(4, 2)), random(2, 3, 12, 10) - 0.5
    s = model.state_dict()

    def conv(x, at, padding=1):
        return F.conv2d(x, s[f"{at}.weight"], s[f"{at}.bias"], padding=padding)

    x = first = conv(image, "first", padding=4)
    for block in range(2):
        inside = conv(x, f"blocks.{block}.branch.0")
        x = x + conv(torch.where(inside > 0, inside, 0.2 * inside), f"blocks.{block}.branch.2")
    found = model(image)
    assert found.shape == (2, 4, 12, 10)
    assert torch.allclose(found, first + conv(x, "last"), atol=1e-5)


# reconstruction


def test_the_reconstruction_has_the_published_parameters():
    with torch.device("meta"):
        assert count(Reconstruction(32, 32, False, "hardshrink")) == 9_347
        assert count(Reconstruction(7, 32, True, "norm_relu")) == (2 * 7 + 3) * 32 * 9 + 32 + 99 + 6


@pytest.mark.parametrize("joined", [False, True])
@torch.no_grad()
def test_the_reconstruction_computes_what_its_tensors_say(joined):
    features, image = random(2, 4, 8, 8, seed=1) * 4 - 2, random(2, 3, 8, 8)
    attention = random(2, 4 if joined else 1, 8, 8, seed=2) * 4 - 2
    model = built(lambda: Reconstruction(4, 5, joined, "sigmoid"))
    s = model.state_dict()
    seen = features / (1 + torch.exp(-attention))
    if joined:
        seen = torch.cat([seen, image, attention], 1)
    x = F.conv2d(seen, s["convs.0.weight"], s["convs.0.bias"], padding=1).clamp(min=0)
    x = F.conv2d(x, s["convs.2.weight"], s["convs.2.bias"])
    assert torch.allclose(model(image, attention, features), 1 / (1 + torch.exp(-x)), atol=1e-6)


def test_values_within_001_of_0_become_0_and_get_no_gradient():
    values = torch.tensor([-1.0, -0.0101, -0.0099, 0.0, 0.0099, 0.0101, 1.0], requires_grad=True)
    out = OUT_ACTS["hardshrink"]()(values)
    out.sum().backward()
    assert out.tolist() == pytest.approx([-1.0, -0.0101, 0, 0, 0, 0.0101, 1.0])
    assert values.grad.tolist() == [1, 1, 0, 0, 0, 1, 1]


def test_norm_and_relu_start_with_half_of_all_values_at_0():
    out = OUT_ACTS["norm_relu"]().train()(torch.randn(16, 3, 16, 16, generator=torch.Generator().manual_seed(0)) + 3)
    assert (out == 0).float().mean().item() == pytest.approx(0.5, abs=0.02) and out.max() > 1


@pytest.mark.parametrize("out_act", OUT_ACTS)
def test_bfloat16_gives_an_image_in_float32(out_act):
    model = built(lambda: Reconstruction(4, 5, False, out_act))
    image, attention, features = random(2, 3, 8, 8), random(2, 1, 8, 8, seed=1), random(2, 4, 8, 8, seed=2)
    with torch.autocast("cpu", torch.bfloat16):
        found = model(image, attention.bfloat16(), features.bfloat16())
    assert found.dtype == torch.float32
    assert torch.allclose(found, model(image, attention, features), atol=0.05)


def test_an_unknown_output_is_told():
    with pytest.raises(InputError, match="out_act 'relu', expected one of hardshrink, norm_relu, sigmoid"):
        Reconstruction(4, 5, False, "relu")
