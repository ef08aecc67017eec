"""Delete parts of a report, so that the next run makes them again. Data and published reports are out of reach."""

import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ..artifacts import alone, read_card
from ..artifacts.cards import CARD
from ..errors import require
from ..parameters import project_root
from ..registry import nearest
from .sizes import bytes_in

KEPT = {"published", "benchmarks"}


def report_folder(profile: str) -> Path:
    """``reports/<profile>`` of a profile, or of notebooks that were opened by hand.

    Raises:
        InputError: no such report, or one that leads out of ``reports/``.
    """
    root = project_root()
    everything = root / "reports"
    made = {path.name for path in everything.glob("*") if path.is_dir()}
    known = sorted((made | {path.stem for path in (root / "notebooks" / "profiles").glob("*.yaml")}) - KEPT)
    require(profile in known, f"unknown profile {profile!r}{nearest(profile, known)} (known: {', '.join(known)})")
    reports = everything / profile
    require(
        reports.resolve() == everything.resolve() / profile,
        f"{reports}: a link to {reports.resolve()}, expected a folder; nothing is deleted outside of reports/",
    )
    return reports


def doomed(reports: Path, notebooks: Sequence[str] = (), runs: bool = False) -> list[Path]:
    """What is to be deleted and exists: stages, executed copies, the book, and runs where asked for.

    Args:
        reports: see :func:`report_folder`.
        notebooks: names or their beginnings ("03"); all notebooks by default.
        runs: training runs too: those that the cards of the named notebooks name, or all.

    Raises:
        InputError: no such notebook, or its card, which would name its runs, is missing.
    """
    chosen = _named(reports, notebooks)
    paths = [reports / name for name in chosen] + [reports / "notebooks" / f"{name}.ipynb" for name in chosen]
    paths.append(reports / "book")  # it shows them
    if runs:
        paths += _runs_of(reports, chosen) if notebooks else sorted((reports / "runs").glob("*"))
    return [path for path in paths if path.exists()]


def _named(reports: Path, notebooks: Sequence[str]) -> list[str]:
    sources = {path.stem for path in (project_root() / "notebooks").glob("*.ipynb")}
    known = sorted(sources | {path.stem for path in (reports / "notebooks").glob("[!.]*.ipynb")})
    if not notebooks:
        return known
    chosen = []
    for word in notebooks:
        found = [name for name in known if word and name.startswith(word)]
        require(bool(found), f"unknown notebook {word!r}{nearest(word, known)} (known: {', '.join(known)})")
        chosen += found
    return sorted(set(chosen))


def _runs_of(reports: Path, notebooks: Sequence[str]) -> list[Path]:
    """Runs that the cards of these notebooks name, whatever shape their list has."""
    named = ""
    for name in notebooks:
        card = read_card(reports / name)
        require(
            card is not None,
            f"{reports / name}: no {CARD}, so its runs are not known; leave out --notebook to delete all runs",
        )
        named += json.dumps([card.get(key, []) for key in ("runs", "control_runs")])
    return [path for path in sorted((reports / "runs").glob("*")) if json.dumps(path.name) in named]


def sizes(paths: Sequence[Path]) -> dict[Path, int]:
    """Bytes below each path."""
    return {path: bytes_in(path) if path.is_dir() else path.stat().st_size for path in paths}


def delete(reports: Path, paths: Sequence[Path]) -> None:
    """Delete `paths` of a report, while nobody else can start to work on it.

    Raises:
        InputError: the study or one of its notebooks is running.
    """
    with ExitStack() as locks:
        locks.enter_context(alone(reports, "a study"))
        for path in paths:
            if path.suffix == ".ipynb":
                locks.enter_context(alone(path, f"another run of {path.name}"))
        for path in paths:
            if path.is_symlink() or path.is_file():
                path.unlink()
            else:
                (path / CARD).unlink(missing_ok=True)  # first: no card vouches for half a folder
                shutil.rmtree(path)
