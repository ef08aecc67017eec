"""Every module of fer_lib imports from its own floor only where that is named, and else from below."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import fer_lib

ROOT = Path(fer_lib.__file__).parent
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))

FLOORS = {
    **dict.fromkeys(["artifacts", "parameters", "progress", "errors", "registry", "resources", "lifetime"], 0),
    "datasets": 1,
    **dict.fromkeys(["models", "guidance", "faces"], 2),
    "training": 3,
    "evaluation": 4,
    "reporting": 5,
    **dict.fromkeys(["cli", "studies", "recognizer"], 6),
}
# who may import whom on the same floor
SIBLINGS = {
    ("artifacts", "errors"),
    ("parameters", "errors"),
    ("parameters", "registry"),
    ("registry", "errors"),
    ("resources", "errors"),
    ("guidance", "faces"),
    ("guidance", "models"),  # a network that draws the maps
    ("cli", "studies"),
    ("cli", "recognizer"),
}
# what a package never knows, although it lies below
NEVER = {
    "reporting": {"fer_lib.training", "fer_lib.models", "torch", "torchvision"},
    "evaluation": {"fer_lib.training", "fer_lib.models", "torch", "torchvision"},
}
MODEL_READERS = {"evaluation/explain", "evaluation/tta"}  # these two may ask a model


def imports(module: str, source: str) -> list[str]:
    """Absolute names of everything that `source`, stored as ``fer_lib/<module>``, imports anywhere."""
    package = ["fer_lib", *Path(module).parent.parts]
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, node.module] if node.module else base
            # `from . import x` and `from fer_lib import x` may name modules
            found += [".".join([*base, alias.name]) for alias in node.names]
    return found


def violations(module: str, source: str) -> list[str]:
    """What `source` imports although the floor of `module` forbids it."""
    me = Path(module).with_suffix("").parts[0]
    if me == "__init__":  # fer_lib itself: nothing but its version
        return [name for name in imports(module, source) if name.startswith("fer_lib.")]
    wrong = []
    for name in imports(module, source):
        path = Path(module).with_suffix("")
        readers = {place.as_posix() for place in (path, *path.parents)} & MODEL_READERS
        never = set() if readers else NEVER.get(me, set())
        if any(name == banned or name.startswith(banned + ".") for banned in never):
            wrong.append(f"{module}: {name} is nothing that {me} may know")
        if not name.startswith("fer_lib."):
            continue
        other = name.split(".")[1]
        if other == me or other == "__version__":
            continue
        if FLOORS[other] > FLOORS[me]:
            wrong.append(f"{module}: {name} is on a higher floor")
        elif FLOORS[other] == FLOORS[me] and (me, other) not in SIBLINGS:
            wrong.append(f"{module}: {name} is a sibling that is not named")
    return wrong


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    assert violations(module, (ROOT / module).read_text(encoding="utf-8")) == []


def test_every_package_has_a_floor():
    names = {Path(module).with_suffix("").parts[0] for module in MODULES} - {"__init__"}
    assert names <= FLOORS.keys()


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("datasets/fer2013.py", "from ..training import fit"),
        ("datasets/fer2013.py", "def late():\n    import fer_lib.cli.study"),
        ("datasets/synthetic/rows.py", "from ...models.registry import create_model"),
        ("models/registry.py", "from .. import training"),
        ("models/guided_stn.py", "from ..guidance import make_guidance"),
        ("faces/find.py", "from ..guidance import render"),
        ("errors.py", "from .registry import nearest"),
        ("progress.py", "from fer_lib import artifacts"),
        ("training/loop.py", "from ..evaluation.metrics import scores"),
        ("evaluation/metrics.py", "import torch.nn"),
        ("evaluation/comparison.py", "from ..models import create_model"),
        ("evaluation/explaining.py", "from ..models import create_model"),
        ("reporting/tables.py", "from torch import Tensor"),
        ("reporting/figures/training.py", "from ...training import TrainConfig"),
        ("__init__.py", "from .training import fit"),
    ],
)
def test_the_checker_finds_an_upward_import(module, source):
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("training/loop.py", "import torch\nfrom ..models import create_model\nfrom .batches import Batches"),
        ("guidance/binary.py", "from ..faces.regions import REGIONS"),
        ("evaluation/explain/occlusion.py", "import torch\nfrom ...models import create_model"),
        ("evaluation/tta.py", "from ..training.batches import normalise"),
        ("datasets/synthetic/rows.py", "from ..registry import register_dataset\nfrom ...errors import require"),
    ],
)
def test_the_checker_lets_downward_imports_pass(module, source):
    assert violations(module, source) == []


HEAVY = {"dlib", "cv2", "papermill", "snakemake", "jupyter", "IPython", "ipykernel", "nbformat", "nbconvert", "sphinx"}


@pytest.mark.parametrize(
    ("package", "absent"),
    [
        ("fer_lib", {"torch", "numpy", "pandas"}),
        ("fer_lib.models", HEAVY | {"fer_lib.datasets", "fer_lib.training", "torchvision"}),
        ("fer_lib.training", HEAVY | {"fer_lib.guidance", "fer_lib.faces", "fer_lib.evaluation"}),
        ("fer_lib.evaluation.comparison", HEAVY | {"torch", "fer_lib.datasets"}),
        ("fer_lib.evaluation.published", HEAVY | {"torch"}),
        ("fer_lib.reporting.tables", HEAVY | {"torch"}),
    ],
)
def test_importing_leaves_alone(package, absent):
    """Directly or through others: who trains on a cluster needs neither dlib nor Jupyter."""
    code = f"import sys, {package}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert not absent & set(done.stdout.split())
