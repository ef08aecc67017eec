"""How far a study is: each notebook, each run, and what the next run would do."""

from pathlib import Path

import nbformat

from ..artifacts import is_held, read_card
from .graph import checked_root, notebooks_of, planned_jobs


def notebook_rows(profile: str) -> list[dict]:
    """A row per notebook, and one for the book.

    Returns:
        ``notebook``; ``state``: "complete", "stale" (complete, but the next run makes it again), "failed" (executed
        without coming to its end), "running" or "missing"; ``seconds``; ``next_run``: "runs" or None; ``why``.

    Raises:
        InputError: unknown profile, or a graph that cannot be read.
    """
    reports = checked_root(profile) / "reports" / profile
    jobs = planned_jobs(profile)
    rows = []
    for name in [*notebooks_of(profile), "book"]:
        card = read_card(reports / name)
        executed = reports / "notebooks" / f"{name}.ipynb"
        state, why = _state(name in jobs, card, executed)
        rows.append(
            {
                "notebook": name,
                "state": state,
                "seconds": card.get("seconds") if card else None,
                "next_run": "runs" if name in jobs else None,
                "why": why or jobs.get(name),
            }
        )
    return rows


def _state(planned: bool, card: dict | None, executed: Path) -> tuple[str, str | None]:
    """State of a notebook, and what there is to say about it beyond the graph's own reason."""
    if is_held(executed):
        return "running", None
    if card is not None:
        return ("stale" if planned else "complete"), None
    failure = _failure(executed) if executed.is_file() and executed.stat().st_size else None
    return ("failed" if failure else "missing"), failure


def _failure(executed: Path) -> str | None:
    """``"cell [4]: ValueError: …"``, or that it stopped in mid-way (killed, interrupted); None at its end."""
    cells = [cell for cell in nbformat.read(executed, as_version=4).cells if cell.cell_type == "code"]
    for cell in cells:
        for output in cell.outputs:
            if output.output_type == "error":
                first = (output.evalue.strip().splitlines() or [""])[0]
                return f"cell [{cell.execution_count}]: {output.ename}: {first}"
    return None if cells and cells[-1].execution_count else "stopped before its last cell"


def run_rows(profile: str) -> list[dict]:
    """A row per folder in ``reports/<profile>/runs``: ``run``, ``state`` ("complete" or "unfinished"),
    ``folds`` ("2 of 5"; None without folds) and ``seconds`` of training."""
    folder = checked_root(profile) / "reports" / profile / "runs"
    rows = []
    for run in sorted(path for path in folder.glob("*") if path.is_dir()):
        card = read_card(run)
        if card is None:
            done = [read_card(path.parent) for path in sorted((run / "folds").glob("*/card.json"))]
            planned = next((one["parameters"]["folds"] for one in done if "folds" in one["parameters"]), "?")
            seconds = sum(one["seconds"] for one in done)
            rows.append(_run(run, "unfinished", f"{len(done)} of {planned}", seconds))
        else:
            count = len(card.get("folds", []))  # a network trained on all samples has none
            rows.append(_run(run, "complete", f"{count} of {count}" if count else None, card["seconds"]))
    return rows


def _run(run: Path, state: str, folds: str | None, seconds: float) -> dict:
    return {"run": run.name, "state": state, "folds": folds, "seconds": round(seconds, 1)}
