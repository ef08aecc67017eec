"""The notebooks as they are stored: thin, without outputs, each with a header that says what to expect."""

import ast
import re
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml

from fer_lib.studies.guided_transformers import GuidedStudy
from fer_lib.training import TrainConfig

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROFILES = sorted((ROOT / "notebooks" / "profiles").glob("*.yaml"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_stored_without_outputs(notebook):
    assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(notebook))


def test_opens_with_what_to_expect_and_how_to_run_it(notebook):
    first = notebook.cells[0].source
    assert first.startswith("# ") and "**Expect:**" in first and "make study" in first


def test_holds_no_logic(notebook):
    sources = [cell.source for cell in code_cells(notebook)]
    assert not any(line.lstrip().startswith(("def ", "class ")) for source in sources for line in source.splitlines())
    stated = [cell.source for cell in code_cells(notebook) if "parameters" in cell.metadata.get("tags", [])]
    assert max(source.count("\n") + 1 for source in set(sources) - set(stated)) <= 25


def test_figures_have_captions_and_alternative_texts(notebook):
    drawn = [cell for cell in code_cells(notebook) if re.search(r"stage\.(figure|picture)\(", cell.source)]
    assert all(
        cell.metadata["mystnb"]["figure"]["caption"] and cell.metadata["mystnb"]["image"]["alt"] for cell in drawn
    )


def test_ends_by_writing_its_card(notebook):
    assert "stage.finish(" in code_cells(notebook)[-1].source


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_profiles_set_only_parameters_the_notebooks_declare(profile):
    for name, entry in yaml.safe_load(profile.read_text())["notebooks"].items():
        declared = papermill.inspect_notebook(str(ROOT / "notebooks" / f"{name}.ipynb"))
        given = {"profile", "data_dir", "reports_dir", *(entry.get("parameters") or {})}
        assert given <= declared.keys(), f"{profile.stem}: {name}"


@pytest.mark.parametrize(
    ("profile", "epochs", "seeds"), [("fer2013", 500, [2020, 2021, 2022]), ("fer2013-quick", 10, [2020])]
)
def test_fer2013_profiles_follow_the_published_recipe(profile, epochs, seeds):
    """Whatever the notebook's own defaults, which suit the demo set, are."""
    name = "03_guided_spatial_transformers"
    declared = papermill.inspect_notebook(str(ROOT / "notebooks" / f"{name}.ipynb"))
    values = {key: ast.literal_eval(entry["default"]) for key, entry in declared.items()}
    given = yaml.safe_load((ROOT / "notebooks" / "profiles" / f"{profile}.yaml").read_text())["notebooks"][name]
    study = GuidedStudy.check({**values, **given["parameters"]})
    recipe = TrainConfig(epochs=epochs, precision=study.precision)
    assert study.training(2020) == recipe.resolved()
    assert (study.fold_scheme, study.folds, study.seeds, study.no_face_fill) == ("published", 5, seeds, "white")


def test_opened_by_hand_it_does_not_write_into_a_profiles_report(notebook):
    parameters = next(cell for cell in code_cells(notebook) if "parameters" in cell.metadata.get("tags", []))
    names = {line.split(" = ")[0]: line.split(" = ")[1] for line in parameters.source.splitlines()}
    assert ast.literal_eval(names["profile"]) not in {path.stem for path in PROFILES}
