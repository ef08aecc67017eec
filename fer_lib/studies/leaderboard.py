"""Notebook 13: all runs of a profile in rankings, beside what was published and what they cost."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
from pydantic import Field

from ..artifacts import fingerprint, require_card
from ..datasets import FaceSet
from ..evaluation.comparable import Design, comparable
from ..evaluation.leaderboard import rank, tested_images
from ..evaluation.published import STATUSES, all_published
from ..faces.crops import load_faces
from ..models.cost import forward_macs
from ..parameters import Parameters
from ..reporting.first_page import GUIDED
from ..reporting.stage import Stage
from .profile_runs import Entry, distinct, entries_of, entry_names


class LeaderboardParameters(Parameters):
    """`alpha` bounds the Holm-adjusted p-values; `sure` is the probability from which an answer counts as confident,
    `clear` the share of raters from which they agree clearly; `listed` images are shown by name."""

    notebook: ClassVar[str] = "13_leaderboard"
    alpha: float = Field(0.05, gt=0, lt=1)
    sure: float = Field(0.9, gt=0, le=1)
    clear: float = Field(0.8, ge=0, le=1)
    listed: int = Field(20, ge=1)

    def stage(self) -> Stage:
        return Stage(self.reports / self.notebook, self.model_dump())


@dataclass(frozen=True)
class Board:
    """Variants that may be ranked together: same data, label space, classes, folds, protocol and tested images.

    Attributes:
        name: for files. entries: by the name under which they are ranked.
        table: see :func:`~fer_lib.evaluation.leaderboard.rank`, with ``notebook``, ``published``,
            ``published_half_width``, ``published_status``, ``published_uses``, ``parameters``, ``macs``,
            ``training_seconds`` (of one seed, all folds) and ``device``.
        pairs: see :func:`~fer_lib.evaluation.leaderboard.pairwise`.
        published: all published numbers with ``comparable`` and ``reason``.
    """

    name: str
    design: Design
    entries: dict[str, Entry]
    predictions: dict[str, pd.DataFrame]
    faces: FaceSet
    table: pd.DataFrame
    pairs: pd.DataFrame
    published: pd.DataFrame


def load_boards(study: LeaderboardParameters) -> list[Board]:
    """A board per study design found among the runs that the profile's notebooks name in their cards.

    Raises:
        InputError: no notebook of the profile has trained anything, a run that a card names is not complete, or two
            runs differ in nothing but their folder.
    """
    entries = entries_of(study.reports)
    if not entries:
        require_card(study.reports / GUIDED, f"run notebook {GUIDED} with the same profile first")
    groups: dict[str, list[tuple[Entry, pd.DataFrame]]] = {}
    for entry in entries:
        predictions = entry.predictions
        groups.setdefault(_group(entry, predictions), []).append((entry, predictions))
    names = distinct([_board_name(members[0][0]) for members in groups.values()])
    return [_board(name, members, study) for name, members in zip(names, groups.values(), strict=True)]


def _group(entry: Entry, predictions: pd.DataFrame) -> str:
    """Equal for entries that may be ranked together."""
    given = entry.card["parameters"]
    keys = ("dataset", "label_space", "classes", "fold_scheme")
    tested = pd.util.hash_pandas_object(tested_images(predictions), index=False).sum()
    return fingerprint([*(given[key] for key in keys), given["training"]["protocol"], int(tested)])


def _board_name(entry: Entry) -> str:
    given = entry.card["parameters"]
    parts = (given["dataset"]["dataset"], given["label_space"], given["fold_scheme"], given["training"]["protocol"])
    return "-".join(parts)


def _board(name: str, members: list[tuple[Entry, pd.DataFrame]], study: LeaderboardParameters) -> Board:
    entries = dict(zip(entry_names([entry for entry, _ in members]), (entry for entry, _ in members), strict=True))
    predictions = dict(zip(entries, (table for _, table in members), strict=True))
    given = members[0][0].card["parameters"]
    faces = load_faces(given["dataset"]["dataset"], study.data, **_options(given["dataset"]))
    table, pairs = rank(predictions, study.alpha)
    design = Design(
        given["dataset"]["dataset"], given["label_space"], tuple(given["classes"]), given["training"]["protocol"],
        given["fold_scheme"], tested_images(members[0][1])["fold"].nunique(), int(table["samples"].iloc[0]),
    )  # fmt: skip
    published = comparable(design, all_published())
    table = table.join(_beside(entries, published), on="variant").join(_facts(entries, faces), on="variant")
    return Board(name, design, entries, predictions, faces, table, pairs, published)


def _options(dataset: dict) -> dict:
    return {key: value for key, value in dataset.items() if key != "dataset"}


def _beside(entries: dict[str, Entry], published: pd.DataFrame) -> pd.DataFrame:
    """What was published, comparably, of each entry's variant; the most trustworthy where there are several."""
    rows = published[published["comparable"]].sort_values("status", key=lambda s: s.map(STATUSES.index), kind="stable")
    rows = rows.drop_duplicates("variant").set_index("variant").reindex([entry.variant for entry in entries.values()])
    columns = {
        "published": "accuracy",
        "published_half_width": "half_width",
        "published_status": "status",
        "published_uses": "uses",
    }
    return pd.DataFrame({new: rows[old].to_numpy() for new, old in columns.items()}, index=list(entries))


def _facts(entries: dict[str, Entry], faces: FaceSet) -> pd.DataFrame:
    """Notebook, parameters, multiply–accumulates of a forward pass, seconds to train all folds of one seed, device."""
    height, width, *colour = faces.images.shape[1:]
    image_shape = (colour[0] if colour else 1, height, width)
    rows = {}
    for name, entry in entries.items():
        given = entry.card["parameters"]
        cards = [run.card for run in entry.runs.values()]
        rows[name] = {
            "notebook": entry.notebook,
            "parameters": entry.card["parameters_in_model"],
            "macs": forward_macs(
                given["model"],
                num_classes=len(given["classes"]),
                image_shape=image_shape,
                **given.get("model_options", {}),
            ),
            "training_seconds": sum(card["seconds"] for card in cards) / len(cards),
            "device": ", ".join(sorted({device for card in cards for device in card["device"]})),
        }
    return pd.DataFrame.from_dict(rows, orient="index").astype({"parameters": "Int64", "macs": "Int64"})


def summary(board: Board, alpha: float) -> str:
    """What the ranking says, in sentences made of its numbers."""
    ranked = board.table.iloc[:-1]
    best, majority = ranked.iloc[0], board.table.iloc[-1]["accuracy"]
    text = (
        f"{best['variant']} is first with {best['accuracy']:.2f} %; always answering the most frequent class gives "
        f"{majority:.2f} %."
    )
    if len(ranked) > 1:
        differing = int((board.pairs["p_holm"] < alpha).sum())
        against_best = board.pairs[board.pairs["variant"] == best["variant"]]
        level = int((against_best["p_holm"] >= alpha).sum())
        text += (
            f" {differing} of {len(board.pairs)} pairs differ (Holm-adjusted p < {alpha:g}); {level} of the "
            f"{len(ranked) - 1} others cannot be told from the first."
        )
    count = int(board.published["comparable"].sum())
    return f"{text} {count} of {len(board.published)} published numbers are comparable."
