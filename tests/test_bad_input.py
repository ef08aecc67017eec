"""Every row of the book's page "When something is wrong": the situation is made, and the sentence is the page's."""

import hashlib
import pkgutil
import re
import warnings
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

from fer_lib.datasets import list_datasets
from fer_lib.datasets.folds import SCHEMES
from fer_lib.datasets.labels import LABEL_SPACES
from fer_lib.errors import InputError
from fer_lib.guidance import GUIDANCE, list_guidance
from fer_lib.guidance.no_face import FILLS
from fer_lib.models import list_models
from fer_lib.studies.common import DETECTION
from fer_lib.studies.guided_transformers import GuidedStudy

from . import bad_input
from .bad_input import CASES, Place
from .study_fixtures import ROOT

for module in pkgutil.iter_modules(bad_input.__path__):
    import_module(f"{bad_input.__name__}.{module.name}")  # registers its cases

PAGE = files("fer_lib.reporting") / "pages" / "bad_input.md"
ROW = re.compile(r"^\| (?P<what>.+?) \| (?P<ticks>`+) ?(?P<sentence>.+?) ?(?P=ticks) \| `(?P<id>[a-z0-9-]+)` \|$")
HEADER = "| what happened | what it says | id |"


def rows() -> dict[str, str]:
    """Sentences of the page by id."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and line != HEADER:
            row = ROW.match(line)
            assert row, f"not a row of three cells: {line}"
            assert row["id"] not in found, f"two rows are called {row['id']!r}"
            found[row["id"]] = row["sentence"]
    return found


def filled(sentence: str, root: Path) -> str:
    """The sentence with what depends on the machine and on what is registered."""
    lists = {
        "data sets": list_datasets(),
        "guidance kinds": list_guidance(),
        "models": list_models(),
        "profiles": sorted(path.stem for path in (ROOT / "notebooks" / "profiles").glob("*.yaml")),
        "notebooks": sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")),
        "fold schemes": SCHEMES,
        "label spaces": LABEL_SPACES.names(),
        "fills": FILLS,
        "parameters of notebook 03": GuidedStudy.model_fields,
        "options of soft": sorted({"landmarks", *DETECTION, *GUIDANCE["soft"].options}),
    }
    for name, known in lists.items():
        sentence = sentence.replace(f"{{{name}}}", ", ".join(known))
    return sentence.replace("{root}", str(root))


def tree(root: Path) -> dict[str, str]:
    """Every file below `root` by its content; locks, which are empty and stay, are left out."""
    paths = [path for path in root.rglob("*") if path.is_file() and not re.match(r"\..*\.lock$", path.name)]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_page_and_cases_name_the_same_rows():
    assert rows().keys() == CASES.keys()


@pytest.mark.parametrize("name", sorted(CASES))
def test_says_the_sentence_and_leaves_nothing_behind(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = Place(tmp_path, monkeypatch)
    warnings.simplefilter("ignore")
    act = CASES[name](place)
    before = tree(tmp_path)
    try:
        said = act()
    except InputError as error:
        said = str(error)
    assert said == filled(rows()[name], tmp_path)
    assert "\n" not in said
    left = tree(tmp_path)
    assert {path: digest for path, digest in left.items() if path not in place.keeps} == before
    assert place.keeps <= left.keys()
