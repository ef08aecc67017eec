"""Shared fixtures, and the tests that need real data.

Research data cannot be shipped, so tests that need it carry ``@pytest.mark.real_data`` (or use one of
the fixtures below) and run where the environment variable FER_TEST_DATA names a folder with the public
``fer2013.csv``, or with a compact ``fer2013.npz`` and the ``expand.py`` that rebuilds it. Elsewhere they
are skipped, and the last lines of the test run say how many.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import settings

from fer_lib.datasets import FaceSet, load_dataset

from .faults import small_disk  # noqa: F401  (a fixture for every folder of tests)
from .offline import no_network
from .study_fixtures import smoke_project  # noqa: F401  (a fixture for every folder of tests)

TRIED = pytest.StashKey[Path]()  # a line for every attempt to reach the network
VARIABLE = "FER_TEST_DATA"
NEEDED = ("expand.py", "fer2013.npz")
FER2013_BYTES = 301_072_766


# A busy machine is not a failing test; speed has tests of its own.
settings.register_profile("fer", deadline=None)
settings.register_profile("night", deadline=None, max_examples=10_000)  # see tests/fuzz
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fer"))


def pytest_configure(config):
    if no_network.VARIABLE not in os.environ:  # not in the workers of pytest-xdist, which have it from their master
        handle, os.environ[no_network.VARIABLE] = tempfile.mkstemp(prefix="fer-network-")
        os.close(handle)
        guard = str(Path(no_network.__file__).parent)
        os.environ["PYTHONPATH"] = os.pathsep.join([guard, *filter(None, [os.environ.get("PYTHONPATH")])])
        config.stash[TRIED] = Path(os.environ[no_network.VARIABLE])
    no_network.install()
    config.addinivalue_line("markers", f"real_data: needs research data; set {VARIABLE} to its folder")


def pytest_collection_modifyitems(items):
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):  # directly or through another fixture
            item.add_marker(pytest.mark.real_data)


def missing_data() -> str | None:
    """Why the real data cannot be used, or None."""
    named = os.environ.get(VARIABLE)
    if not named:
        return f"{VARIABLE} is not set"
    if (Path(named) / "fer2013.csv").is_file() or all((Path(named) / name).is_file() for name in NEEDED):
        return None
    return f"{VARIABLE}={named} has no fer2013.csv"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder named by FER_TEST_DATA; skips the test where it is absent."""
    if reason := missing_data():
        pytest.skip(f"real data: {reason}")
    return Path(os.environ[VARIABLE])


@pytest.fixture(autouse=True)
def _skip_marked_without_data(request):
    """A marked test is skipped even if it does not use the fixture."""
    if request.node.get_closest_marker("real_data"):
        request.getfixturevalue("real_data")


@pytest.fixture(scope="session")
def real_cache(request, real_data) -> Path:
    """Where rebuilt files stay between test runs (pytest's cache folder, which git ignores)."""
    cache = getattr(request.config, "cache", None)
    return cache.mkdir("real_data") if cache else Path(tempfile.gettempdir()) / f"fer-lib-tests-{os.getuid()}"


@pytest.fixture(scope="session")
def fer2013_csv(real_data, real_cache) -> Path:
    """The public ``fer2013.csv`` (301 MB), rebuilt once where only its compact form is there."""
    if (real_data / "fer2013.csv").is_file():
        return real_data / "fer2013.csv"
    path = real_cache / "raw" / "fer2013" / "fer2013.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(real_cache / "fer2013.lock"):
        if not path.is_file() or path.stat().st_size != FER2013_BYTES:
            with tempfile.TemporaryDirectory(dir=real_cache) as fresh:
                subprocess.run([sys.executable, real_data / "expand.py", "fer2013", fresh], check=True)
                os.replace(Path(fresh) / "fer2013.csv", path)
    return path


@pytest.fixture(scope="session")
def fer2013(fer2013_csv, tmp_path_factory) -> FaceSet:
    """FER-2013 as load_dataset prepares it, fresh in this test run: a stale cache would hide a mistake."""
    data = tmp_path_factory.mktemp("data")
    (data / "raw").mkdir()
    (data / "raw" / "fer2013").symlink_to(fer2013_csv.parent, target_is_directory=True)
    return load_dataset("fer2013", data)


def _expanded(real_data: Path, name: str, out: Path, archive: str = "") -> None:
    """What ``expand.py`` makes of one of the small sets; skips the test where that set is absent."""
    archive = f"{archive or name}.zip"
    if not (real_data / archive).is_file() or not (real_data / "expand.py").is_file():
        pytest.skip(f"real data: {VARIABLE}={real_data} has no {archive} and expand.py")
    subprocess.run([sys.executable, real_data / "expand.py", name, out], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def ckplus_data(real_data, tmp_path_factory) -> Path:
    """A data folder with CK+48, FMPN's ten lists and its masks (``CKPlus/imgs_res``) under ``raw/ckplus``."""
    data = tmp_path_factory.mktemp("ckplus")
    _expanded(real_data, "ck48", data / "raw" / "ckplus")
    _expanded(real_data, "fmpn_lists", data / "lists")
    (data / "lists" / "datasets" / "CKPlus").rename(data / "raw" / "ckplus" / "CKPlus")
    return data


@pytest.fixture(scope="session")
def jaffe_data(real_data, tmp_path_factory) -> Path:
    """A data folder with JAFFE and its ratings under ``raw/jaffe``."""
    data = tmp_path_factory.mktemp("jaffe")
    _expanded(real_data, "jaffe", data / "raw" / "jaffe")
    return data


@pytest.fixture(scope="session")
def london_data(real_data, tmp_path_factory) -> Path:
    """A data folder with the London set under ``raw/london``."""
    data = tmp_path_factory.mktemp("london")
    _expanded(real_data, "london", data / "raw" / "london", archive="london_faces")
    return data


@pytest.fixture
def make_faces():
    """``make_faces(labels, classes, images=…, subject=…)``: a small FaceSet in memory, distinct images."""

    def make(labels, classes=("neutral", "happy", "angry"), images=None, name="tiny", **columns) -> FaceSet:
        n = len(labels)
        if images is None:
            images = np.zeros((n, 4, 4), np.uint8)
            images[:, 0, :2] = np.stack([np.arange(n) // 256, np.arange(n) % 256], axis=1)
        sample_id = [f"{name}-{i:05d}" for i in range(n)]
        table = {"sample_id": sample_id, "label": labels, "subject": "", "split": "train", "source": name, **columns}
        return FaceSet(name, np.asarray(images), pd.DataFrame(table), tuple(classes))

    return make


def pytest_sessionfinish(session):
    """An attempt to reach the network fails the run, also where whoever tried went on without it."""
    tried = session.config.stash.get(TRIED, None)
    if tried and tried.read_text() and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """``real data: 7 ran, 0 skipped``: a green run without the real data must not look like one with it."""
    if tried := terminalreporter.config.stash.get(TRIED, None):
        for line in tried.read_text().splitlines():
            terminalreporter.write_line(f"network: {line}", red=True)
        tried.unlink()
    ran, skipped = set(), set()
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            if "real_data" in getattr(report, "keywords", ()):
                if outcome == "skipped":
                    skipped.add(report.nodeid)
                elif outcome in ("passed", "failed", "error", "xfailed", "xpassed"):
                    ran.add(report.nodeid)
    if ran or skipped:
        why = missing_data() or f"{VARIABLE}=…/{Path(os.environ[VARIABLE]).resolve().name}"
        terminalreporter.write_line(f"real data: {len(ran - skipped)} ran, {len(skipped)} skipped ({why})")
