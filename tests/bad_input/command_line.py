"""What is typed after ``fer``."""

import errno
import os
import sys
import tempfile
from pathlib import Path

import nbformat

from fer_lib.artifacts import alone, write_card

from . import Place, case, fer


def typed(name: str, *words: str, project: bool = False):
    """A case in which this command is typed, in an empty folder or in a project."""

    @case(name)
    def arrange(place):
        if project:
            place.project()
        return lambda: fer(*words)


typed("command-unknown", "stduy", "run")
typed("command-of-group", "study", "--profile", "demo")
typed("command-missing", "data")
typed("argument-unknown", "study", "run", "--proflie", "demo")
typed("argument-too-many", "book", "reports/demo", "reports/smoke")
typed("argument-both", "book", "reports/demo", "--profile", "demo")
typed("argument-number", "study", "run", "--cores", "two")
typed("cores-none", "study", "run", "--cores", "0", project=True)
typed("option-no-value", "data", "prepare", "synthetic", "--option", "images")
typed("option-twice", "data", "prepare", "synthetic", "--option", "images=40", "--option", "images=80")
typed("option-reserved", "data", "prepare", "synthetic", "--option", "data_dir=elsewhere")
typed("guidance-option-value", "guidance", "make", "noise", "--dataset", "synthetic", "--option", "seed=first")
typed("guidance-option-reserved", "guidance", "make", "soft", "--dataset", "synthetic", "--option", "faces=7")
typed("parameters-not-json", "notebook", "a.ipynb", "b.ipynb", "--parameters", "epochs=2")
typed("parameters-list", "notebook", "a.ipynb", "b.ipynb", "--parameters", "[2]")
typed("notebook-missing", "notebook", "notebooks/03_guided_transformer.ipynb", "03.ipynb", project=True)
typed("outside-a-project", "study", "run")
typed("book-nothing", "book", "--profile", "demo", project=True)
typed("publish-incomplete", "publish", "--profile", "demo", project=True)
typed("clean-profile", "study", "clean", "--profile", "dmeo", project=True)
typed("clean-published", "study", "clean", "--profile", "published", project=True)
typed("clean-notebook", "study", "clean", "--notebook", "99", project=True)
typed("clean-runs-unknown", "study", "clean", "--notebook", "03", "--runs", "--yes", project=True)


@case("notebook-parameter")
def _(place):
    place.project()
    words = ("notebook", "notebooks/03_guided_spatial_transformers.ipynb", "03.ipynb", "--parameters")
    return lambda: fer(*words, '{"epoch": 2}')


def failing(name: str, *sources: str):
    """A case with a notebook whose cells from the second on are these."""

    @case(name)
    def arrange(place):
        cells = [nbformat.v4.new_code_cell("epochs = 1", metadata={"tags": ["parameters"]})]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, "mine.ipynb")
        place.keeps.add("out.ipynb")
        return lambda: fer("notebook", "mine.ipynb", "out.ipynb")


failing("notebook-cell-fails", "1 / 0")
failing("notebook-killed", "import os; os.kill(os.getpid(), 9)")
failing("notebook-left", "import sys; sys.exit()", "print('never')")


@case("notebook-twice")
def _(place):
    place.project()

    def again():
        with alone("out.ipynb", "another run"):
            return fer("notebook", "notebooks/01_data_preparation.ipynb", "out.ipynb")

    return again


@case("study-twice")
def _(place):
    place.project()

    def again():
        with alone(place.root / "reports" / "smoke", "a study"):
            return fer("study", "run", "--profile", "smoke")

    return again


def finished(place: Place) -> None:
    """A project in which notebook 01 of the smoke profile seems to be done."""
    place.project()
    write_card(place.root / "reports" / "smoke" / "01_data_preparation", "stage", {})


@case("clean-running")
def _(place):
    finished(place)

    def meanwhile():
        with alone(place.root / "reports" / "smoke", "a study"):
            return fer("study", "clean", "--profile", "smoke", "--yes")

    return meanwhile


@case("clean-not-confirmed")
def _(place):
    finished(place)
    read, write = os.pipe()
    os.write(write, b"n\n")
    os.close(write)
    place.patch.setattr(sys, "stdin", os.fdopen(read))
    return lambda: fer("study", "clean", "--profile", "smoke")


@case("clean-link")
def _(place):
    place.project()
    place.write("data/raw/mine/1.png", b"")
    (place.root / "reports").mkdir()
    (place.root / "reports" / "smoke").symlink_to(place.root / "data")
    return lambda: fer("study", "clean", "--profile", "smoke", "--yes")


def refuse(prefix: str, suffix: str, dir: Path):
    raise PermissionError(errno.EACCES, "Permission denied", str(dir / f"{prefix}x{suffix}"))


@case("folder-not-writable")
def _(place):
    place.synthetic()
    (place.root / "locked").mkdir(mode=0o500)
    words = ("data", "folds", "synthetic", "--option", "images=40", "--option", "subjects=5", "--out", "locked/f.csv")

    if os.geteuid() == 0:  # nothing is locked for the superuser
        place.patch.setattr(tempfile, "mkstemp", refuse)
    return lambda: fer(*words)


@case("folder-is-a-file")
def _(place):
    place.synthetic()
    place.write("results", "a file")
    words = ("data", "folds", "synthetic", "--option", "images=40", "--option", "subjects=5", "--out")
    return lambda: fer(*words, "results/folds.csv")


typed("folds-official-stored", "data", "folds", "synthetic", "--scheme", "official", "--out", "folds.csv")
