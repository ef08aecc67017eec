"""ImageNet weights from local files, which these tests make up: tensors of the right names and shapes, at random."""

import hashlib
import re

import pytest
import torch
from torchvision.models import get_model_builder

from fer_lib.errors import InputError
from fer_lib.models import create_model, pretrained
from fer_lib.models.cbam import CBAM

NETWORKS = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg19", "googlenet", "inception_v3")
NETWORKS += ("densenet121", "efficientnet_b2")


def drawn(network):
    """A state dict such as torchvision's file of `network`, which has 1,000 classes."""
    with torch.device("meta"):
        made = get_model_builder(network)(weights=None).state_dict()
    generator = torch.Generator().manual_seed(0)
    return {
        key: torch.rand(value.shape, generator=generator) if value.is_floating_point() else torch.tensor(5)
        for key, value in made.items()
    }


@pytest.fixture
def store(tmp_path, monkeypatch):
    """``store(network, content, folder)`` writes a weights file whose name carries its hash, as pytorch.org's do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def write(network, content, folder="data/weights"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        path = tmp_path / folder / "made.pth"
        torch.save(content, path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        name = f"{network}-{digest[:8]}.pth"
        monkeypatch.setattr(pretrained, "imagenet_url", lambda _: f"https://download.pytorch.org/models/{name}")
        return path.rename(path.with_name(name))

    return write


def seeded(name, **options):
    torch.manual_seed(3)
    return create_model(name, num_classes=7, **options).network.state_dict()


def test_names_are_those_of_pytorch_org():
    for network in NETWORKS:
        url = pretrained.imagenet_url(network)
        assert re.fullmatch(rf"https://download\.pytorch\.org/models/{network}_?[a-z]*-[0-9a-f]{{8}}\.pth", url), url


@pytest.mark.filterwarnings("ignore:The default weight initialization of GoogleNet")
@pytest.mark.parametrize(
    ("name", "network", "fresh"),
    [
        ("resnet18", "resnet18", 2),
        ("googlenet", "googlenet", 2),  # the file has auxiliary classifiers
        ("efficientnet_b2b", "efficientnet_b2", 2),
        ("cbam_resnet34", "resnet34", 2 + 16 * 10),
        ("bam_resnet50", "resnet50", 2 + 3 * 32),
    ],
)
def test_all_but_the_head_and_attention_come_from_the_file(name, network, fresh, store):
    """`fresh`: how many tensors do not."""
    state = drawn(network)
    store(network, state)
    loaded, plain = seeded(name, weights="imagenet", image_size=32), seeded(name, image_size=32)
    apart = re.compile(r"fc\.|classifier\.1\.|.*\.gate\.|layer[234]\.bam\.")
    for key, value in loaded.items():
        assert torch.equal(value, plain[key] if apart.match(key) else state[key]), key
    assert sum(apart.match(key) is not None for key in loaded) == fresh


def test_densenet_under_the_names_that_its_file_has_kept(store):
    state = drawn("densenet121")
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", key): value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")  # unknown when that file was made
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    store("densenet121", old)
    loaded = seeded("densenet121", weights="imagenet", image_size=32)
    for key in loaded:
        if not key.endswith("num_batches_tracked"):
            assert torch.equal(loaded[key], state[key]) != key.startswith("classifier."), key


def test_torch_s_own_folder_comes_first(store):
    content = {"weight": torch.ones(1)}
    mine = store("resnet18", content)
    assert pretrained.imagenet_file("resnet18").samefile(mine)
    theirs = store("resnet18", content, "torch/hub/checkpoints")
    assert theirs.name == mine.name
    assert pretrained.imagenet_file("resnet18") == theirs


def test_a_missing_file_is_named_with_its_place_and_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    with pytest.raises(InputError) as told:
        create_model("cbam_resnet34", num_classes=7, weights="imagenet")
    assert str(told.value) == (
        f"weights 'imagenet': resnet34-b627a593.pth is neither in {tmp_path}/torch/hub/checkpoints nor in "
        "data/weights; download it from https://download.pytorch.org/models/resnet34-b627a593.pth and put it into "
        "one of them"
    )
    assert list(tmp_path.iterdir()) == []


def test_another_file_of_that_name_is_told(store):
    path = store("resnet18", drawn("resnet18"))
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(
        InputError, match=rf"{path.name}: its SHA-256 begins with [0-9a-f]{{8}}, expected {path.stem[-8:]}"
    ):
        create_model("resnet18", num_classes=7, weights="imagenet")


def test_a_file_of_another_network_is_told(store):
    state = drawn("resnet18")
    state["conv1.weight"] = torch.zeros(64, 1, 7, 7)
    state["extra"] = state.pop("bn1.bias")
    store("resnet18", state)
    problem = "does not hold the weights of resnet18: missing bn1.bias; left over extra; of another shape conv1.weight"
    with pytest.raises(InputError, match=problem):
        create_model("resnet18", num_classes=7, weights="imagenet")


def test_a_file_that_would_run_code_is_not_opened(store):
    store("resnet18", torch.nn.Linear(2, 2))
    with pytest.raises(InputError, match=r"not a readable file of tensors \(UnpicklingError\)"):
        create_model("resnet18", num_classes=7, weights="imagenet")


def test_nothing_is_read_where_there_are_no_values(tmp_path, monkeypatch):
    """Names and shapes of a network are looked up where its weights are not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with torch.device("meta"):
        model = create_model("cbam_resnet50", num_classes=7, weights="imagenet")
    assert any(isinstance(module, CBAM) for module in model.modules())


@pytest.mark.parametrize("name", ["resnet18", "cbam_resnet34", "bam_resnet50"])
def test_other_weights_are_refused(name):
    with torch.device("meta"), pytest.raises(InputError, match="weights 'imagnet', expected None or imagenet"):
        create_model(name, num_classes=7, weights="imagnet")
