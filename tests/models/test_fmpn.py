"""FMPN: its published counts, what every option makes of an image, and what it refuses."""

import copy

import pytest
import torch
import torch.nn.functional as F

from fer_lib.errors import InputError
from fer_lib.models import create_model
from fer_lib.models.cost import forward_macs
from fer_lib.models.frame import to_grey, to_size
from fer_lib.models.layer_groups import layer_groups, tensors_in

from .on_meta import on_meta

SMALL = {"image_size": 24, "width": 2, "blocks": 1, "classifier_options": {"width": 1 / 16}}
VARIANTS = (
    *({"prior": prior} for prior in ("masked_face", "mask", "signed_masked_face", "only")),
    *({"masks": "given"}, {"masks": "given", "prior": "only"}, {"masks": "none"}),
)
every_variant = pytest.mark.parametrize("options", VARIANTS, ids=lambda o: "-".join(o.values()))


def build(seed=0, **options):
    torch.manual_seed(seed)
    return create_model("fmpn_slim", num_classes=7, **(SMALL | options)).eval()


@pytest.fixture(scope="module")
def image():
    return torch.rand(4, 1, 24, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture(scope="module")
def mask():
    return torch.rand(4, 1, 24, 24, generator=torch.Generator().manual_seed(2)) * 2 - 1


def inputs(model, image, mask):
    return (image, mask) if model.takes_guidance else (image,)


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


# size


def test_it_has_the_published_parameters():
    model = on_meta("fmpn", num_classes=7)
    assert {name: count(part) for name, part in model.named_children()} == {
        **{"generator": 6_040_968, "fusion": 377, "classifier": 21_799_911}
    }
    assert count(model) == 27_841_256


@pytest.mark.parametrize(
    ("classifier", "expected"), [("resnet50", 23_522_375), ("resnet152", 58_158_151), ("densenet121", 6_961_031)]
)
def test_the_other_published_classifiers_have_theirs(classifier, expected):
    model = on_meta("fmpn", num_classes=7, classifier=classifier, masks="none")
    assert count(model.classifier) == count(model) == expected


def test_the_slim_one_says_what_it_costs():
    model = on_meta("fmpn_slim", num_classes=7)
    assert count(model) == 545_672
    assert forward_macs("fmpn_slim", num_classes=7, image_shape=(1, 96, 96)) == 294_239_904


@every_variant
def test_a_variant_has_the_networks_that_it_uses(options, image, mask):
    model = build(**options)
    parts = {name for name, _ in model.named_children()}
    assert ("generator" in parts) is (options.get("masks") is None)
    assert ("fusion" in parts) is (options.get("masks") != "none" and options.get("prior") != "only")
    assert model.takes_guidance is (options.get("masks") == "given")
    model.train()(*inputs(model, image, mask)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


@every_variant
def test_every_tensor_of_a_variant_is_in_one_group_and_the_head_is_first(options):
    model = build(**options)
    groups = [tensors_in(group) for group in layer_groups(model)]
    assert all(sum(key.startswith(group) for group in groups) == 1 for key in model.state_dict())
    assert groups[0] == ("classifier.head.",)
    assert [group[0] for group in groups if not group[0].startswith("classifier")] == [
        f"{name}." for name in ("fusion", "generator") if hasattr(model, name)
    ]


# values


def slowly(model, image, mask, masks="predicted", prior="masked_face"):
    """Step by step, image by image, as the specification writes it."""
    face, logits = (image + 1) / 2, []
    for x, given in zip(face.repeat(1, 3, 1, 1), (mask + 1) / 2, strict=True):
        g = x[:1]
        m = model.generator(g[None])[0][0] if masks == "predicted" else given
        if masks == "none":
            fused = x
        elif prior == "only":
            fused = torch.cat([m * g] * 3)
        else:
            second = {"masked_face": m * g, "mask": m, "signed_masked_face": m * (2 * g - 1)}[prior]
            fused = model.fusion(x[None], second[None])[0]
        logits.append(model.classifier(2 * fused[None] - 1)[0])
    return torch.stack(logits)


@every_variant
def test_every_variant_computes_what_the_specification_says(options, image, mask):
    model = build(**options)
    found = model(*inputs(model, image, mask))
    assert torch.allclose(found, slowly(model, image, mask, **options), atol=1e-5) and found.std() > 0


@every_variant
def test_parts_are_the_steps_to_the_logits(options, image, mask):
    model = build(**options)
    parts = model.parts(*inputs(model, image, mask))
    assert torch.equal(parts.logits, model(*inputs(model, image, mask)))
    assert parts.fused.shape == (4, 3, 24, 24) and (parts.fused >= 0).all() and (parts.fused <= 1).all()
    if options.get("masks") == "none":
        assert parts.mask is None and parts.masked is None
    else:
        assert parts.mask.shape == (4, 1, 24, 24) and (parts.mask >= 0).all() and (parts.mask <= 1).all()
        assert torch.allclose(parts.masked, parts.mask * (image + 1) / 2, atol=1e-6)


def test_masks_given_as_predicted_change_nothing(image):
    predicting, seeing = build(), build(masks="given")
    seeing.load_state_dict(
        {key: value for key, value in predicting.state_dict().items() if not key.startswith("generator")}
    )
    parts = predicting.parts(image)
    assert torch.allclose(seeing(image, 2 * parts.mask - 1), parts.logits, atol=1e-5)


def test_at_one_seed_all_variants_start_with_the_same_classifier():
    states = [build(**options).classifier.state_dict() for options in VARIANTS]
    assert all(torch.equal(value, state[key]) for state in states for key, value in states[0].items())


@pytest.mark.parametrize("shape", [(24, 24), (26, 26), (48, 48), (40, 30)])
def test_image_and_mask_come_to_the_size_alike(shape):
    image, mask = torch.rand(2, 2, 3, *shape, generator=torch.Generator().manual_seed(3)) * 2 - 1
    model = build(masks="given")
    assert torch.allclose(model(image, mask[:, :1]), model(to_size(image, 24), to_size(mask[:, :1], 24)), atol=1e-6)


def test_without_a_size_images_stay_as_they_are(image):
    model = build(image_size=None)
    assert torch.equal(model(image), build()(image))
    assert model.parts(torch.rand(1, 1, 31, 40)).mask.shape == (1, 1, 31, 40)


def test_grey_is_repeated_and_colour_becomes_grey_for_the_generator(image):
    model, colour = build(), torch.cat([image, -image, 0.5 * image], 1)
    assert torch.allclose(model(image), model(image.expand(-1, 3, -1, -1)), atol=1e-5)
    parts = model.parts(colour)
    assert torch.allclose(parts.mask, model.generator(to_grey(colour) / 2 + 0.5)[0], atol=1e-6)
    assert torch.allclose(parts.fused, model.fusion(colour / 2 + 0.5, parts.masked), atol=1e-6)


# normalisation and weights


@pytest.mark.parametrize(("normalize", "scale"), [("imagenet", "imagenet"), ("none", "none"), ("legacy", "none")])
def test_the_classifier_is_told_how_to_normalise(normalize, scale):
    classifier = on_meta("fmpn", normalize=normalize).classifier
    assert classifier.image_input.normalize == scale and classifier.image_input.image_size == 299
    assert classifier.network.transform_input is (normalize == "legacy")


def test_what_the_classifier_computes_on_is_normalised_as_imagenet(image):
    model, seen = build(classifier="resnet18", classifier_options={}, image_size=24).eval(), []
    model.classifier.network.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    fused = model.parts(image).fused
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    assert torch.allclose(seen[0], (fused - mean.view(3, 1, 1)) / std.view(3, 1, 1), atol=1e-5)


def test_classifier_options_reach_the_classifier():
    model = build(classifier_options={"dropout": 0.0})  # beside the slim width and the channels, not instead of them
    assert model.classifier.dropout.p == 0 and model.classifier.stages[0][0].weight.shape == (8, 3, 3, 3)
    assert create_model("fmpn_slim", num_classes=3).classifier.dropout.p == 0.3
    own = on_meta("fmpn_slim", classifier="resnet18", image_size=32).classifier.image_input.image_size
    assert own == 32


def test_behind_imagenet_weights_the_head_starts_xavier_normal(monkeypatch):
    monkeypatch.setattr("fer_lib.models.backbone.load_imagenet", lambda *_, **__: None)
    options = {"classifier": "resnet18", "classifier_options": {}}
    head, own = (build(**options, weights=weights).classifier.network.fc for weights in ("imagenet", None))
    assert head.weight.std().item() == pytest.approx(0.02 * (2 / (512 + 7)) ** 0.5, rel=0.05)
    assert not head.bias.any() and own.bias.any()


def test_missing_imagenet_weights_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="weights 'imagenet': resnet18-.* is neither in"):
        build(classifier="resnet18", classifier_options={}, weights="imagenet")


# computing


def test_the_classification_loss_reaches_the_generator(image):
    model = build().train()
    F.cross_entropy(model(image), torch.arange(4)).backward()
    assert all(p.grad.abs().max() > 0 for p in model.generator.parameters() if p.ndim > 1)


def test_a_step_in_bfloat16(image):
    model = build().train()
    with torch.autocast("cpu", torch.bfloat16):
        parts = model.parts(image)
    assert {parts.mask.dtype, parts.masked.dtype, parts.fused.dtype} == {torch.float32}
    loss = F.cross_entropy(parts.logits.float(), torch.arange(4)) + F.mse_loss(parts.mask, parts.masked.detach())
    loss.backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())


def test_channels_last_gives_the_same(image):
    model = build()
    other = copy.deepcopy(model).to(memory_format=torch.channels_last)
    assert torch.allclose(model(image), other(image.contiguous(memory_format=torch.channels_last)), atol=1e-5)


# what it refuses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"masks": "mine"}, "masks 'mine', expected one of predicted, given, none"),
        ({"prior": "face"}, "prior 'face', expected one of masked_face, mask, signed_masked_face, only"),
        ({"image_size": 15}, "image_size is 15, expected .* from 16, or None"),
        ({"image_size": 24.0}, r"image_size is 24\.0, expected"),
        ({"normalize": "mean"}, "normalize 'mean', expected one of imagenet, none, legacy"),
        (
            {"normalize": "legacy"},
            "normalize 'legacy' with classifier 'vgg_compact', expected inception_v3 or googlenet",
        ),
        ({"weights": "faces"}, "weights 'faces', expected None or imagenet"),
        ({"weights": "imagenet"}, "model 'vgg_compact' got an unexpected keyword argument 'weights'"),
        ({"norm": "group"}, "norm 'group', expected"),
        ({"init_gain": 0}, "init_gain = 0, expected above 0"),
        ({"classifier": "vgg"}, "unknown model 'vgg'"),
        ({"classifier_options": {"weights": None, "normalize": "none"}}, "classifier_options give normalize, weights"),
        ({"classifier_options": {"depth": 3}}, "model 'vgg_compact' got an unexpected keyword argument 'depth'"),
        ({"classifier_options": {"channels": 1}}, "'vgg_compact' takes no colour images of 24 × 24 pixels, expected"),
        (
            {"classifier": "simple_cnn", "classifier_options": {}, "image_size": 48},
            "classifier 'simple_cnn' takes no colour images of 48 × 48 pixels, expected one that does",
        ),
        (
            {"classifier": "guided_stn", "classifier_options": {}},
            "classifier 'guided_stn' looks at guidance, expected one that sees images alone",
        ),
        (
            {"classifier": "inception_v3", "classifier_options": {}},
            "an image side of 24 pixels, expected at least 75: .* set image_size",
        ),
    ],
)
def test_bad_options_are_told(options, message):
    with pytest.raises(InputError, match=message):
        build(**options)


def test_a_mask_too_many_or_too_few_is_told(image, mask):
    with pytest.raises(InputError, match="a mask beside the images, expected none with masks='predicted'"):
        build()(image, mask)
    with pytest.raises(InputError, match="no mask beside the images, expected one with masks='given'"):
        build(masks="given")(image)
    with pytest.raises(InputError, match=r"masks of shape \(4, 1, 12, 24\), expected \(4, 1, 24, 24\) as the images"):
        build(masks="given")(image, mask[:, :, ::2])
