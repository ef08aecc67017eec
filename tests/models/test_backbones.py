"""The networks that residual masking is compared with, measured on the meta device: names and shapes without values."""

import pytest
import torch

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.layer_groups import layer_groups, tensors_in

from .on_meta import on_meta

#: With seven classes; specification of the residual masking network, §2, and torchvision less 993 classes.
PARAMETERS = {
    "resnet18": 11_689_512 - 993 * 513,
    "resnet34": 21_288_263,
    "resnet50": 25_557_032 - 993 * 2049,
    "resnet101": 44_549_160 - 993 * 2049,
    "resnet152": 58_158_151,
    "vgg19": 139_598_919,
    "googlenet": 5_607_079,
    "inception_v3": 21_799_911,
    "densenet121": 6_961_031,
    "efficientnet_b2b": 7_710_857,
    "cbam_resnet34": 21_451_059,
    "cbam_resnet50": 28_089_624 - 993 * 2049,
    "bam_resnet50": 23_880_442,
}
MAPS = {"vgg19": 512, "googlenet": 1024, "densenet121": 1024, "efficientnet_b2b": 1408, "resnet18": 512}
MAPS |= {"resnet34": 512, "cbam_resnet34": 512}  # 2,048 elsewhere
SMALLEST = {"vgg19": 32, "googlenet": 15, "inception_v3": 75, "densenet121": 29}
MACS = {  # of one image, as torchvision publishes them; with its 1,000 classes, 993 more than here
    "resnet18": 1.814e9,
    "vgg19": 19.632e9,
    "googlenet": 1.498e9,
    "densenet121": 2.834e9,
}

every_backbone = pytest.mark.parametrize("name", PARAMETERS)


def empty(name):
    return on_meta(name, num_classes=7, image_size=None)


def images(size, channels=1, n=2):
    return torch.zeros(n, channels, size, size, device="meta")


@every_backbone
def test_parameter_count(name):
    assert sum(p.numel() for p in empty(name).parameters()) == PARAMETERS[name]


@every_backbone
def test_gradcam_sees_the_last_convolutional_maps(name):
    """They are maps, many of them, and the logits depend on them."""
    model, seen = empty(name).eval(), []
    handle = model.get_submodule(model.taps["last"]).register_forward_hook(lambda *call: seen.append(call[2]))
    logits = model(images(96))
    handle.remove()
    assert logits.shape == (2, 7) and len(seen) == 1
    (gradient,) = torch.autograd.grad(logits.sum(), seen[0])
    assert gradient.shape[:2] == (2, MAPS.get(name, 2048)) and 1 <= gradient.shape[2] == gradient.shape[3] < 7


@every_backbone
def test_layers_are_set_free_from_the_logits_down(name):
    """What belongs to a group computes before whatever belongs to the groups above it; nothing is in two groups."""
    model, order = empty(name).eval(), []
    own = {key: layer for key, layer in model.named_modules() if list(layer.parameters(recurse=False))}
    handles = [layer.register_forward_hook(lambda *_, key=key: order.append(key)) for key, layer in own.items()]
    model(images(96))
    for handle in handles:
        handle.remove()
    order = list(dict.fromkeys(order))  # a channel gate uses its layers twice
    assert sorted(order) == sorted(own)
    groups = [tensors_in(group) for group in layer_groups(model)]
    of = [[number for number, group in enumerate(groups) if f"{key}.".startswith(group)] for key in order]
    assert all(len(numbers) == 1 for numbers in of)
    assert of == sorted(of, reverse=True)
    assert of.count([0]) == 1  # one layer is the head


@every_backbone
def test_the_smallest_image(name):
    model, smallest = empty(name).eval(), SMALLEST.get(name, 1)
    assert model(images(smallest, channels=3)).shape == (2, 7)
    if smallest > 1:
        with pytest.raises(InputError, match=f"an image side of {smallest - 1} pixels, expected at least {smallest}"):
            model(images(smallest - 1))
        with pytest.raises(RuntimeError):  # the sentence stands in for torch's own
            model.network(images(smallest - 1, channels=3))


def test_a_size_that_is_too_small_is_told_before_an_image_comes():
    with torch.device("meta"), pytest.raises(InputError, match="an image side of 48 pixels, expected at least 75"):
        create_model("inception_v3", num_classes=7, image_size=48)


@pytest.mark.parametrize(("name", "size"), [("resnet34", 224), ("inception_v3", 299), ("efficientnet_b2b", 260)])
def test_images_arrive_at_the_size_that_the_network_was_made_for(name, size):
    with torch.device("meta"):
        model = create_model(name, num_classes=7).eval()
    seen = []
    model.network.register_forward_pre_hook(lambda _, call: seen.append(call[0].shape))
    model(images(48))
    assert seen == [(2, 3, size, size)]


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_training_gives_logits_alone(name):
    """With auxiliary classifiers it would be a tuple, and a cross entropy would fail."""
    assert empty(name).train()(images(96)).shape == (2, 7)


@pytest.mark.parametrize("name", MACS)
def test_costs_what_torchvision_publishes(name):
    assert forward_macs(name, num_classes=7, image_shape=(1, 48, 48)) == pytest.approx(MACS[name], rel=2e-3)


@pytest.mark.parametrize(("name", "std"), [("googlenet", 0.01), ("inception_v3", 0.1)])
def test_normal_initial_weights(name, std):
    """As torchvision's ``init_weights`` draws them, which costs more and cannot be counted."""
    for parameter in create_model(name, num_classes=7, image_size=None).parameters():
        if parameter.numel() > 2000:
            assert parameter.std().item() == pytest.approx(std, rel=0.1) and abs(parameter.mean().item()) < std / 10


def test_transform_input_maps_imagenet_statistics_to_symmetric_ones():
    """0 … 1 normalised for ImageNet and transformed is −1 … 1; off, the network gets what the input layer gives."""
    image, seen = torch.rand(2, 1, 32, 32) * 2 - 1, []
    for transform in (True, False):
        model = create_model("googlenet", num_classes=2, image_size=32, normalize="imagenet", transform_input=transform)
        model.network.conv1.register_forward_pre_hook(lambda _, call: seen.append(call[0]))
        with torch.no_grad():
            model.eval()(image)
    assert torch.allclose(seen[0], image.expand(-1, 3, -1, -1), atol=1e-6)
    assert torch.equal(seen[1], model.image_input(image))


def test_evaluation_is_deterministic_and_does_not_know_the_batch():
    torch.manual_seed(0)
    model = create_model("resnet18", num_classes=3, image_size=32).eval()
    image = torch.rand(4, 1, 48, 48) * 2 - 1
    with torch.no_grad():
        logits = model(image)
        assert torch.equal(model(image), logits) and logits.std() > 0
        assert torch.allclose(model(image[:1]), logits[:1], atol=1e-4)
