"""MSI-Net's weights out of TensorFlow files: names, layout, what is refused, what is stored beside them."""

import hashlib
import math
from itertools import product

import numpy as np
import pytest
import torch
from safetensors import safe_open

from fer_lib.errors import InputError
from fer_lib.models.msinet import MSINet
from fer_lib.models.msinet_weights import LAYERS, convert, store, tensorflow_shapes

from .msinet_fixtures import means, nodes
from .tensorflow_writer import graph, saved_model, tensor, wrapped

KERNEL, BIAS = "decoder/conv3/kernel", "decoder/conv3/bias"


@pytest.fixture
def converted(tmp_path):
    """Tensors of a file with these bytes."""

    def of(content):
        path = tmp_path / "model.pb"
        path.write_bytes(content)
        return convert(path)

    return of


def test_shapes_of_the_authors_code():
    shapes = tensorflow_shapes()
    assert len(shapes) == 46 and sum(map(math.prod, shapes.values())) == 24_934_209
    ins, outs = zip(*(shape[2:] for shape in shapes.values() if len(shape) == 4), strict=True)
    assert ins == (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, *[1280] * 6, 256, 128, 64, 32)
    assert outs == (64, 64, 128, 128, 256, 256, 256, *[512] * 6, *[256] * 6, 128, 64, 32, 1)
    points = {name.removesuffix("/kernel") for name, shape in shapes.items() if shape[:2] == (1, 1)}
    assert points == {"aspp/conv1_1", "aspp/conv1_5", "aspp/conv2"}
    assert all(len(shape) == 1 or shape[:2] in ((1, 1), (3, 3)) for shape in shapes.values())
    assert all(shapes[f"{scope}/bias"] == shapes[f"{scope}/kernel"][3:] for scope in LAYERS)


def test_a_kernel_is_transposed(converted):
    kernel = np.random.default_rng(0).normal(size=tensorflow_shapes()[KERNEL]).astype(np.float32)
    bias = np.arange(32, dtype=np.float32)
    tensors = converted(graph(nodes(means() | {KERNEL: tensor(kernel), BIAS: tensor(bias)})))
    found = tensors["decoder.conv3.weight"]
    assert found.dtype == torch.float32 and found.shape == (32, 64, 3, 3) and found.is_contiguous()
    for y, x, i, o in product(range(3), range(3), range(64), range(32)):
        assert found[o, i, y, x] == kernel[y, x, i, o]
    assert tensors["decoder.conv3.bias"].tolist() == bias.tolist()


@pytest.mark.parametrize(
    "name", ["{}", "import/{}:0", "model/saliency/{}/read", "{}/read:0", "{}/ReadVariableOp", "a/{}/ReadVariableOp:0"]
)
def test_names_that_say_the_same(name, converted):
    tensors = converted(graph(nodes(means(), name)))
    with torch.device("meta"):
        network = MSINet()
    network.load_state_dict(tensors, assign=True)
    assert all(torch.equal(value, value.flatten()[0].expand_as(value)) for value in network.parameters())
    assert network.aspp.b3.weight[0, 0, 0, 0] == np.float32(1 / (9 * 1280))


def test_other_constants_are_passed_over(converted):
    others = {
        "Const": tensor([103.939, 116.779, 123.68]),
        "conv1/conv1_1/kernel/Initializer/random_uniform/min": tensor(-0.1),
        "mul/x": tensor(2.0),
    }
    assert len(converted(graph(nodes(means() | others)))) == 46


def test_a_second_copy_may_lie_in_another_function(converted):
    body = nodes(means())
    assert len(converted(saved_model(graph([], [("f", body), ("g", body)])))) == 46
    other = nodes(means() | {BIAS: tensor(np.ones(32))})
    with pytest.raises(InputError, match="MSI-Net: two different values of decoder/conv3/bias$"):
        converted(saved_model(graph([], [("f", body), ("g", other)])))


def without(*names):
    return {name: message for name, message in means().items() if name not in names}


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        (without(BIAS), "missing decoder/conv3/bias"),
        (
            without(*list(means())[:5]),
            "missing conv1/conv1_1/bias, conv1/conv1_1/kernel, conv1/conv1_2/bias … (5 in all)",
        ),
        ({}, "missing aspp/conv1_1/bias, aspp/conv1_1/kernel, aspp/conv1_2/bias … (46 in all)"),
        (means() | {"decoder/conv5/kernel": tensor(0.0)}, "left over 'decoder/conv5/kernel'"),
        (means() | {"fc8/bias": tensor(0.0)}, "left over 'fc8/bias'"),
        (means() | {"x\n/bias": tensor(0.0)}, "left over 'x\\n/bias'"),
        (
            means() | {KERNEL: tensor(0.0, "packed", (32, 64, 3, 3))},
            "of another shape decoder/conv3/kernel is (32, 64, 3, 3), expected (3, 3, 64, 32)",
        ),
        (
            without(BIAS) | {"decoder/conv_3/bias": tensor(0.0)},
            "missing decoder/conv3/bias; left over 'decoder/conv_3/bias'",
        ),
        (means() | {BIAS: tensor(np.nan, "packed", (32,))}, "values that are not finite in decoder/conv3/bias"),
    ],
)
def test_refused_by_name(messages, said, converted, tmp_path):
    content = graph(nodes(messages | {"Const": tensor(1.0)}))
    with pytest.raises(InputError) as refused:
        converted(content)
    assert str(refused.value) == f"{tmp_path / 'model.pb'} does not hold the weights of MSI-Net: {said}"


def test_what_is_stored(tmp_path):
    source = tmp_path / "hub" / "saved_model.pb"
    source.parent.mkdir()
    source.write_bytes(wrapped(nodes(means())))
    tensors = {"encoder.conv1_1.bias": torch.arange(3.0)}
    record = store(tensors, tmp_path / "models" / "m.safetensors", source.parent)
    with safe_open(tmp_path / "models" / "m.safetensors", "pt") as file:
        assert file.metadata() == record and list(file.keys()) == list(tensors)
        assert file.get_tensor("encoder.conv1_1.bias").tolist() == [0, 1, 2]
    assert record["source"] == "saved_model.pb"
    assert record["source_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert record["licence"].startswith("MIT © 2019 A. Kroner") and record["converter"].startswith("fer_lib ")
