"""environment.yml, pyproject.toml and requirements.lock name the same packages."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import requires
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fer_lib.reporting.book import PAGES

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {"pytorch": "torch", "dlib": "dlib-bin"}  # the same software under another name
CONDA_ONLY = {"python", "pip"}
OTHER_VERSION_SCHEME = {"dlib-bin"}  # the wheel is numbered on its own


def pip_requirements() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["onnx"], *(line for line in extras["dev"] if line != "fer-lib[onnx]")]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def conda_requirements() -> dict[str, Requirement]:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    lines = [line for entry in listed for line in (entry["pip"] if isinstance(entry, dict) else [entry])]
    found = [Requirement(line) for line in lines]
    return {CONDA_NAMES.get(r.name, canonicalize_name(r.name)): r for r in found if r.name not in CONDA_ONLY}


def locked_versions() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_conda_and_pip_name_the_same_packages():
    assert conda_requirements().keys() == pip_requirements().keys()


def test_conda_and_pip_ask_for_the_same_ranges():
    pip, conda = pip_requirements(), conda_requirements()
    differing = {n for n in pip.keys() - OTHER_VERSION_SCHEME if pip[n].specifier != conda[n].specifier}
    assert not differing


def test_lock_satisfies_every_range():
    locked = locked_versions()
    outside = {n: locked.get(n) for n, r in pip_requirements().items() if locked.get(n) not in r.specifier}
    assert not outside


def test_lock_pins_public_releases_only():
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"@|://|/|\+", lock), "the lock names a file, an address or a local build"


def test_mtcnn_is_installed_without_the_old_versions_it_asks_for():
    """One version, in the lock and in every command that installs it."""
    command = f"--no-deps facenet-pytorch=={locked_versions()['facenet-pytorch']}"
    sources = ("Makefile", "environment.yml", "fer_lib/faces/mtcnn.py")
    assert all(command in (ROOT / source).read_text() for source in sources)
    assert "facenet-pytorch" not in pip_requirements(), "pip would go back to numpy 1 for it"


def test_what_mtcnns_package_imports_is_asked_for():
    """Its own requirements are not installed with it."""
    needed = {canonicalize_name(Requirement(line).name) for line in requires("facenet-pytorch") or ()}
    assert needed - {"facenet-pytorch"} <= pip_requirements().keys()


def test_packages_the_study_is_built_on_are_all_asked_for():
    wanted = [
        "jupyterlab",
        "papermill",
        "torch",
        "torchvision",
        "numpy",
        "pandas",
        "matplotlib",
        "seaborn",
        "dlib-bin",
        "scikit-learn",
    ]
    assert set(wanted) <= pip_requirements().keys()


def test_wheel_holds_the_package_and_its_data_files(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    copy = tmp_path / "source"  # building leaves folders behind
    shutil.copytree(ROOT / "fer_lib", copy / "fer_lib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(copy)], check=True)
    (wheel,) = tmp_path.glob("fer_lib-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "fer_lib").rglob("*.py")}
    assert sources <= names
    assert {"fer_lib/evaluation/published/guided_st.yaml", "fer_lib/reporting/book_theme/book.css"} <= names
    assert {f"fer_lib/reporting/pages/{name}.md" for name in PAGES} <= names
