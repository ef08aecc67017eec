"""FERAtt's four published tables with ours in the same layout."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from ..errors import require
from ..evaluation.comparable import Design, reasons
from ..evaluation.published import shown
from .texts import interval_text, number_text

#: The paper's methods by how our variants of them begin.
METHODS = {"preact": "PreActResNet18", "feratt_cls": "FERAtt+Cls", "feratt_rep_cls": "FERAtt+Rep+Cls"}
#: The paper's sets by what readers call them, in its order.
SETS = {"BU-3DFE": "bu3dfe", "CK+": "ckplus"}
#: What is tested: what the paper's sets end on, and what it is.
PARTS = {
    "synthetic": ("_synthetic", "synthetic (tested faces over new backgrounds)"),
    "real": ("", "real (the pictures themselves)"),
}
#: Networks that are not the published one, by what the names of their variants end on.
OTHER_NETWORKS = {
    "_slim": "a slim network in place of the published one",
    "_2019": "the code of 2019 in place of that of 2018",
}
SCORES = {"precision": "precision %", "recall": "recall %", "f1": "F1 %", "macro_f1": "mean of the classes' F1 %"}


@dataclass(frozen=True)
class PaperTable:
    """One table in the paper's layout.

    Attributes:
        title: the set and the part.
        rows: for readers.
        note: a sentence that says in what ours differs from the published.
    """

    title: str
    rows: pd.DataFrame
    note: str


def method_of(variant: str) -> str | None:
    """The paper's method that a variant is of, by how its name begins; None for others."""
    return next((method for start, method in METHODS.items() if variant.startswith(start)), None)


def four_tables(
    ours: pd.DataFrame,
    published: pd.DataFrame,
    designs: Mapping[str, Design] | None = None,
    recipes: Mapping[str, list[str]] | None = None,
) -> list[PaperTable]:
    """The paper's four tables with ours below each of its rows, "not run" where there is none; then tables of the same
    layout for sets of which nothing was published.

    Args:
        ours: ``target, part`` ("synthetic", "real"), ``variant, accuracy, low, high, precision, recall, f1`` (%), and
            ``macro_f1``, the other definition of F1, where it is shown as well; ``base``, the variant that one is
            based on, where names do not tell. Variants of no method stand last.
        published: :func:`~fer_lib.evaluation.published.published` of "feratt"; rows without precision are no part of
            these tables.
        designs: by target, what our runs were measured on: they tell which set of the paper it is, and what differs.
            None: sets are told by their titles, and notes compare networks alone.
        recipes: by target, in what its trainings differ from the published ones, each with the published value in
            brackets; a target may be absent. None: notes do not tell.

    Raises:
        InputError: a part of another name, or designs that lack a target.
    """
    targets = list(dict.fromkeys(ours["target"]))
    parts = sorted(set(ours["part"]) - PARTS.keys())
    require(not parts, f"part {', '.join(map(repr, parts))}, expected 'synthetic' or 'real'")
    lacking = [target for target in targets if target not in (designs or targets)]
    require(not lacking, f"{', '.join(lacking)}: no design says what was measured there")
    named = {target: designs[target].dataset if designs else _set_of(target) for target in targets}
    out = []
    for title, dataset in SETS.items():
        own = [target for target in targets if named[target] == dataset]
        for part, (ending, words) in PARTS.items():
            theirs = published[(published["dataset"] == dataset + ending) & published["precision"].notna()]
            mine = ours[ours["target"].isin(own) & (ours["part"] == part)]
            note = _note(mine, theirs.iloc[0], designs) + _trained_otherwise(mine, recipes or {})
            out.append(PaperTable(f"{title}, {words}", _layout(mine, theirs), note))
    for target in (target for target in targets if named[target] not in SETS.values()):
        for part, (_, words) in PARTS.items():
            mine = ours[(ours["target"] == target) & (ours["part"] == part)]
            if len(mine):
                rows = _layout(mine, published.iloc[:0])
                out.append(PaperTable(f"{target}, {words}", rows, "Nothing was published of this set."))
    return out


def _set_of(title: str) -> str | None:
    """A title may have a number where several targets are of one set."""
    return next((dataset for name, dataset in SETS.items() if title == name or title.startswith(f"{name}-")), None)


def _based(table: pd.DataFrame) -> pd.Series:
    return table["base"].fillna(table["variant"]) if "base" in table else table["variant"]


def _layout(mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    several = mine["target"].nunique() > 1
    rows, based = [], _based(mine).map(method_of)
    for method in METHODS.values():
        for row in theirs[theirs["variant"].map(method_of) == method].to_dict("records"):
            rows.append({"method": method, "from": "published", **_cells(row, shown(row["accuracy"], row["status"]))})
        own = mine[based == method]
        if own.empty:
            rows.append({"method": method, "from": "ours", **_cells({}, "not run")})
        rows += [_our_row(method, row, several) for row in own.to_dict("records")]
    rows += [_our_row("–", row, several) for row in mine[based.isna()].to_dict("records")]
    table = pd.DataFrame(rows)
    return table if "macro_f1" in mine else table.drop(columns=SCORES["macro_f1"])


def _our_row(method: str, row: dict, several: bool) -> dict:
    name = f"{row['target']}: {row['variant']}" if several else row["variant"]
    accuracy = interval_text(row["accuracy"], row["low"], row["high"])
    return {"method": method, "from": f"ours: {name}", **_cells(row, accuracy)}


def _cells(row: dict, accuracy: str) -> dict[str, str]:
    return {"accuracy % [95 %]": accuracy} | {
        label: number_text(row.get(score, float("nan"))) for score, label in SCORES.items()
    }


def _note(mine: pd.DataFrame, printed: pd.Series, designs: Mapping[str, Design] | None) -> str:
    if mine.empty:
        return "No run of this set."
    titles = list(dict.fromkeys(mine["target"]))
    designed = {title: replace(designs[title], dataset=printed["dataset"]) for title in titles if designs}
    pieces = _once({title: reasons(design, printed) for title, design in designed.items()}, titles)
    for ending, network in OTHER_NETWORKS.items():
        names = list(dict.fromkeys(mine.loc[_based(mine).str.endswith(ending), "variant"]))
        if names:
            pieces.append(f"{network}: {', '.join(names)}")
    said = f"Ours differs from the published: {'; '.join(pieces)}." if pieces else "The same network as published."
    return said if designs else f"{said} Classes and protocol were not compared."


def _trained_otherwise(mine: pd.DataFrame, recipes: Mapping[str, list[str]]) -> str:
    titles = list(dict.fromkeys(mine["target"]))
    pieces = _once({title: recipes.get(title, []) for title in titles}, titles)
    return f" Trained otherwise (published in brackets): {'; '.join(pieces)}." if pieces else ""


def _once(said: Mapping[str, list[str]], titles: list[str]) -> list[str]:
    """What is said of several targets, each sentence once; where there are several, with the targets that it is said
    of."""
    found: dict[str, list[str]] = {}
    for title, texts in said.items():
        for text in texts:
            found.setdefault(text, []).append(title)
    return [f"{text} ({', '.join(where)})" if len(titles) > 1 else text for text, where in found.items()]
