"""A wrong name or type stops a notebook before any work, in one sentence."""

import pytest
from pydantic import Field

from fer_lib.errors import InputError
from fer_lib.parameters import Parameters, project_root
from fer_lib.studies.guided_transformers import GuidedStudy


class Study(Parameters):
    epochs: int = Field(500, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    variants: list[str] = ["none", "soft"]
    quick: bool = False


def notebook(*cells):
    """The global names after these cells were executed, as IPython keeps them."""
    namespace = {"In": [""]}
    for cell in cells:
        namespace["In"].append(cell)
        exec(cell, namespace)
    return namespace


def study(*cells):
    return Study.from_notebook(notebook(*cells))


def test_defaults_where_no_cell_sets_anything():
    assert study("import os") == Study()


def test_the_parameter_cell_is_read():
    found = study("import os", "# what to train\nepochs = 3\nvariants = ['soft']\nlearning_rate = 1e-2")
    assert (found.epochs, found.variants, found.learning_rate) == (3, ["soft"], 0.01)


def test_the_cell_that_papermill_injects_wins():
    assert study("epochs = 3\nquick = True", "# Parameters\nepochs = 2\n").epochs == 2
    assert study("epochs = 3\nquick = True", "# Parameters\nepochs = 2\n").quick is True


@pytest.mark.parametrize("cell", ["epoch = 3", "# Parameters\nepoch = 3", "epochs = 3\nepoch = 3"])
def test_an_unknown_name_brings_the_nearest(cell):
    with pytest.raises(InputError, match="^unknown parameter 'epoch'; did you mean 'epochs'\\? \\(known: .*variants"):
        study(cell)


def test_an_unknown_name_in_the_first_cell_is_found_behind_the_injected_one():
    with pytest.raises(InputError, match="unknown parameter 'epoch'"):
        study("epoch = 3", "# Parameters\nepochs = 2")


def test_a_corrected_cell_counts_as_it_reads_now():
    """In JupyterLab the history and the name stay; only a new kernel would forget them."""
    assert study("epoch = 3\nquick = True", "epochs = 3\nquick = True").epochs == 3
    with pytest.raises(InputError, match="unknown parameter 'epoch'"):
        study("epoch = 3", "print('again')")  # run again without a correction


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("epochs = '5'", "epochs"),
        ("epochs = True", "epochs"),
        ("epochs = 5.0", "epochs"),
        ("epochs = None", "epochs"),
        ("quick = 1", "quick"),
        ("learning_rate = '1e-3'", "learning_rate"),
        ("variants = 'soft'", "variants"),
        ("variants = ['soft', 3]", "variants.1"),
        ("epochs = 0", "epochs"),
        ("learning_rate = -1.0", "learning_rate"),
        ("profile = '../elsewhere'", "profile"),
    ],
)
def test_a_wrong_type_or_value_is_told_with_its_key(cell, key):
    with pytest.raises(InputError, match=f"^parameter '{key}' = .*: Input should be|^parameter '{key}' = .*: String"):
        study(cell)


def test_several_problems_are_told_at_once():
    with pytest.raises(InputError) as error:
        study("epochs = '5'\nvariant = ['soft']")
    assert "parameter 'epochs' = '5' (str)" in str(error.value)
    assert "unknown parameter 'variant'; did you mean 'variants'?" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "cell",
    [
        "epochs = int('7')",
        "import os\nepochs = 7",
        "seven = 7\nepochs = seven\nprint(epochs)",
        "for epochs in (7,): pass",
    ],
)
def test_parameters_count_however_they_were_set(cell):
    """Passed over, they would stay at their defaults without a word."""
    assert study(cell).epochs == 7


@pytest.mark.parametrize(
    "cell", ["colours = dict(soft='red')", "def helper():\n    epochs = 7", "import os\nepoch = 7"]
)
def test_other_names_are_the_notebooks_own_business(cell):
    assert study(cell) == Study()


def test_an_unknown_name_beside_a_computed_parameter_is_found():
    with pytest.raises(InputError, match="unknown parameter 'varients'"):
        study("epochs = int('7')\nvarients = ['soft']")


@pytest.mark.parametrize("cell", ["epochs = 2 * 10", "epochs: int = 20", "epochs = quick = 20\nquick = False"])
def test_constants_may_be_written_in_any_way(cell):
    """Skipped, such a cell would leave every parameter in it at its default without a word."""
    assert study(cell).epochs == 20


def test_cells_that_are_no_python_are_passed_over():
    namespace = notebook("epochs = 2")
    namespace["In"].append("%matplotlib inline\n!ls")
    assert Study.from_notebook(namespace).epochs == 2


def test_a_deleted_name_falls_back_to_its_default():
    assert study("epochs = 2", "del epochs").epochs == 500


def test_parameters_cannot_be_changed_afterwards():
    with pytest.raises(ValueError, match="frozen"):
        study("epochs = 2").epochs = 3


def test_they_show_themselves_as_a_table():
    assert "<th>epochs</th><td>2</td>" in study("epochs = 2")._repr_html_()


def test_folders_hang_on_the_project_from_anywhere_in_it(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "Snakefile").touch()
    for folder in (tmp_path, tmp_path / "notebooks"):
        monkeypatch.chdir(folder)
        assert project_root() == tmp_path
        assert study("profile = 'smoke'").reports == tmp_path / "reports" / "smoke"
        assert study().data == tmp_path / "data"


def test_guided_study_names_the_nearest_variant():
    with pytest.raises(
        InputError, match=r"parameter 'variants' = .*unknown guidance kind 'sofft'; did you mean 'soft'"
    ):
        GuidedStudy.from_notebook(notebook("variants = ['none', 'sofft']"))


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("variants = []", "'variants'"),
        ("variants = ['soft', 'soft']", "a variant is named twice"),
        ("protocol = 'honset'", "'honest' or 'reference'"),
        ("folds = 1", "greater than or equal to 2"),
        ("batch_size = 1", "greater than or equal to 2"),
        ("epoch = 2", "did you mean 'epochs'"),
    ],
)
def test_guided_study_refuses(cell, told):
    with pytest.raises(InputError, match=told):
        GuidedStudy.from_notebook(notebook(cell))


def test_guided_study_hands_its_settings_to_the_training():
    numbers = "epochs = 2\npatience = 3\nbatch_size = 4\nlearning_rate = 0.5"
    cell = f"{numbers}\nprotocol = 'reference'\ndevice = 'cpu'\nprecision = 'fp32'"
    config = GuidedStudy.from_notebook(notebook(cell)).training(7)
    assert (config.epochs, config.patience, config.batch_size, config.learning_rate) == (2, 3, 4, 0.5)
    assert (config.protocol, config.seed, config.device, config.precision) == ("reference", 7, "cpu", "fp32")
