"""Situations in which a user made a mistake, by the id of the row that quotes the sentence.

A case is a function that arranges the situation in `place` and returns what the user then does: a
function without arguments that raises InputError, or that returns the last line of the terminal.
"""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_lib.cli.__main__ import main
from fer_lib.datasets import FaceSet, load_dataset
from fer_lib.datasets.registry import DATASETS

from ..study_fixtures import new_project


@dataclass
class Place:
    """Where a case happens: `root` is empty at first, and the working directory.

    Attributes:
        keeps: files that the mistake may leave behind, because the user wants to look at them.
    """

    root: Path
    patch: pytest.MonkeyPatch
    keeps: set[str] = field(default_factory=set)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Path(name)

    def project(self) -> Path:
        """The study's notebooks and profiles."""
        return new_project(self.root)

    def synthetic(self, **options) -> FaceSet:
        """The smallest synthetic set, stored under data/."""
        return load_dataset("synthetic", **{"images": 40, "subjects": 5, **options})

    def stored(self, faces: FaceSet) -> FaceSet:
        """The set under data/, in place of one of this name that is there."""
        self.patch.setattr(DATASETS, "_builders", {**DATASETS._builders, faces.name: lambda raw: faces})
        (Path("data/prepared") / faces.name / "card.json").unlink(missing_ok=True)
        return load_dataset(faces.name)


CASES: dict[str, Callable[[Place], Callable[[], str | None]]] = {}


def case(name: str):
    """Register a case; a name registered twice is an error."""

    def add(arrange):
        assert name not in CASES, f"two cases are called {name!r}"
        CASES[name] = arrange
        return arrange

    return add


def faces_of(labels, classes=("neutral", "happy", "angry"), images=None, **columns) -> FaceSet:
    """A set in memory; images differ in their first pixels."""
    n = len(labels)
    if images is None:
        images = np.zeros((n, 4, 4), np.uint8)
        images[:, 0, 0] = np.arange(n)
    table = {"sample_id": [f"mine-{i}" for i in range(n)], "label": labels, "subject": "", "split": "train"}
    return FaceSet("mine", images, pd.DataFrame({**table, "source": "mine", **columns}), tuple(classes))


def fer(*words: str) -> str:
    """The last line that ``fer`` writes to the terminal; it must not succeed."""
    with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(io.StringIO()):
        try:
            status = main(list(words))
        except SystemExit as stopped:
            status = stopped.code
    assert status in (1, 2), f"exit status {status}"
    return said.getvalue().strip().splitlines()[-1]
