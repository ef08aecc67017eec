"""What the notebooks of a profile have trained, as their cards name it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..artifacts import fingerprint, read_card
from ..artifacts.runs import Run, load_run
from ..errors import require


@dataclass(frozen=True)
class Entry:
    """One variant of one notebook, trained under one or more seeds."""

    notebook: str
    runs: dict[int, Run]

    @property
    def card(self) -> dict:
        return next(iter(self.runs.values())).card

    @property
    def variant(self) -> str:
        return self.card["parameters"]["variant"]

    @property
    def predictions(self) -> pd.DataFrame:
        return pd.concat([run.predictions.assign(seed=seed) for seed, run in self.runs.items()], ignore_index=True)


def entries_of(reports: Path) -> list[Entry]:
    """All variants, in the order of the notebooks; a run that two notebooks name belongs to the first.

    Args:
        reports: ``reports/<profile>``.

    Raises:
        InputError: a run that a card names is not complete, or two runs differ in nothing but their folder.
    """
    found: dict[str, Entry] = {}
    seen: set[str] = set()
    for path in sorted(reports.glob("[0-9]*/card.json")):
        for name in _run_names(read_card(path.parent).get("runs", {})):
            if name in seen:
                continue
            seen.add(name)
            run = load_run(reports / "runs" / name)
            training = run.card["parameters"]["training"]
            key = fingerprint({**_without_seed(run.card["parameters"]), "notebook": path.parent.name})
            entry, seed = found.setdefault(key, Entry(path.parent.name, {})), training["seed"]
            require(
                seed not in entry.runs,
                f"{run.folder}: a second run of {run.card['parameters']['variant']!r} with seed {seed}, "
                "expected one of each",
            )
            entry.runs[seed] = run
    return list(found.values())


def _without_seed(parameters: dict) -> dict:
    """What runs of one variant under several seeds have in common; each may start from a source network of its seed, or
    see maps that a network of its seed drew."""
    start = {key: value for key, value in parameters.get("initial", {}).items() if key not in ("sha256", "seed")}
    training = {key: value for key, value in parameters["training"].items() if key != "seed"}
    shared = {**parameters, "training": training, "initial": start}
    if "maps" in parameters.get("guidance", {}):
        shared["guidance"] = {key: value for key, value in parameters["guidance"].items() if key != "maps"}
        del shared["content"]
    return shared


def _run_names(runs: object) -> list[str]:
    """The names in a card's ``runs``, whatever they are sorted by there."""
    if isinstance(runs, str):
        return [runs]
    parts = runs.values() if isinstance(runs, dict) else runs
    return [name for part in parts for name in _run_names(part)]


def distinct(names: list[str]) -> list[str]:
    """The same names, numbered where one occurs again."""
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return out


def entry_names(entries: list[Entry]) -> list[str]:
    """The variants; with the notebook's number, then a number of their own, where two would be called the same."""
    often = Counter(entry.variant for entry in entries)
    names = [
        entry.variant if often[entry.variant] == 1 else f"{entry.variant} ({entry.notebook[:2]})" for entry in entries
    ]
    return distinct(names)
