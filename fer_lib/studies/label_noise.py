"""Notebook 13: whether our errors are the images on which ten human raters disagree."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..datasets.ferplus_votes import CLASSES, TAGGERS, VOTES
from ..datasets.labels import POLARITY, POLARITY_OF, canonical, label_space
from ..evaluation.decisions import Decisions, align
from ..evaluation.label_noise import ceiling_table, confident_disagreements, error_shares, majority_class, verdicts
from ..evaluation.raters import sides
from .image_groups import votes
from .leaderboard import Board, LeaderboardParameters
from .trained_runs import TrainedParameters


@dataclass(frozen=True)
class RatedBoard:
    """The answers of a board's variants beside those of the raters; row i of everything is the same image.

    Attributes:
        votes: int64 (N, K + 1), raters per class and, last, with an answer that is none of the classes.
        raters: int64 (N,), their majority among these classes
            (:func:`~fer_lib.evaluation.label_noise.majority_class`): four for sad and four for angry are eight for
            negative. Notebook 10 follows the authors' rule, a majority for one expression, instead.
        agreement: float64 (N,), share of the raters that gave the most frequent class.
    """

    decisions: Decisions
    sample_ids: np.ndarray
    votes: np.ndarray
    raters: np.ndarray
    agreement: np.ndarray


def rated(board: Board, study: LeaderboardParameters) -> RatedBoard | None:
    """None where nobody voted on these images.

    Variants may have been trained under different seeds: as many as all have are taken of each.
    """
    asked = TrainedParameters.check(
        {
            **{key: getattr(study, key) for key in ("profile", "data_dir", "reports_dir")},
            "dataset": board.design.dataset,
        }
    )
    faces = label_space(board.design.label_space)(board.faces)
    cast = votes(faces, asked)
    if cast is None:
        return None
    decisions = align(_same_number_of_seeds(board.predictions), faces.samples, faces.classes)
    cast = cast.iloc[decisions.rows]
    codes = class_of_answers(faces.classes)
    by_class = votes_by_class(cast[list(VOTES)].to_numpy(), codes, len(faces.classes))
    agreement = by_class[:, :-1].max(1) / by_class.sum(1)
    names = faces.samples["sample_id"].to_numpy()[decisions.rows]
    return RatedBoard(decisions, names, by_class, majority_class(by_class), agreement)


def _same_number_of_seeds(predictions: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The first seeds of each variant, as many as all have, numbered from 0."""
    seeds = {name: sorted(table["seed"].unique()) for name, table in predictions.items()}
    count = min(map(len, seeds.values()))
    number = {name: {seed: k for k, seed in enumerate(own[:count])} for name, own in seeds.items()}
    kept = {name: table[table["seed"].isin(number[name])] for name, table in predictions.items()}
    return {name: table.assign(seed=table["seed"].map(number[name])) for name, table in kept.items()}


def class_of_answers(classes: tuple[str, ...]) -> list[int]:
    """Which of `classes` each of the ten FER+ answers is, −1 for none: int in the order of
    :data:`~fer_lib.datasets.ferplus_votes.VOTES`."""
    names = [canonical(name) for name in classes]
    meant = [POLARITY_OF[name] if classes == POLARITY else name for name in map(canonical, CLASSES)]
    return [names.index(name) if name in names else -1 for name in meant] + [-1] * (len(VOTES) - len(CLASSES))


def votes_by_class(cast: np.ndarray, codes: list[int], classes: int) -> np.ndarray:
    """int (N, 10) votes per answer → int64 (N, K + 1) per class; the last column is what is none of the classes."""
    column = [code if code >= 0 else classes for code in codes]
    return cast @ np.eye(classes + 1, dtype=np.int64)[column]


def ceiling(board: RatedBoard) -> pd.DataFrame:
    """Humans as :func:`~fer_lib.evaluation.label_noise.ceiling_table` has them."""
    return ceiling_table(board.votes, board.decisions.labels)


def noise_shares(board: RatedBoard, study: LeaderboardParameters) -> pd.DataFrame:
    """See :func:`~fer_lib.evaluation.label_noise.error_shares`."""
    verdict = verdicts(board.decisions.labels, board.raters, board.agreement, study.clear)
    return error_shares(board.decisions, verdict)


def shares_for_readers(table: pd.DataFrame) -> pd.DataFrame:
    """What raters say (columns) of all images and of each variant's errors (rows), in %.

    Args:
        table: of :func:`noise_shares`.
    """
    errors = table.pivot(index="variant", columns="raters say", values="errors_share")
    errors = errors.loc[table["variant"].unique(), table["raters say"].unique()]
    images = table.drop_duplicates("raters say").set_index("raters say")["images_share"]
    return pd.concat([images.to_frame("all images").T, errors.add_prefix("errors of ", axis=0)])


def disagreements(board: RatedBoard, study: LeaderboardParameters) -> pd.DataFrame:
    """``sample_id`` and the columns of :func:`~fer_lib.evaluation.label_noise.confident_disagreements`."""
    rows = confident_disagreements(board.decisions, board.raters, board.agreement, study.sure)
    rows.insert(0, "sample_id", board.sample_ids[rows["image"]])
    return rows.drop(columns="image")


def disagreement_counts(rows: pd.DataFrame) -> pd.DataFrame:
    """How many images are listed per label and answer; holds no image's label, so it can be published."""
    return rows.groupby(["label", "answer"]).size().rename("images").reset_index()


def humans(board: RatedBoard, table: pd.DataFrame) -> str:
    """Args: of :func:`ceiling`."""
    by = table.set_index(["measured against", "answers"])
    every, alone = (by.loc[("label", answers)] for answers in ("all", "classes alone"))
    each_other = by.loc[("majority of the other raters", "classes alone")]
    network = sides(board.decisions, board.raters).sort_values("accuracy by raters").iloc[-1]
    reached = board.decisions.wrong.mean((1, 2))
    best = reached.argmin()
    return (
        f"One of the {TAGGERS} raters, drawn at random, gives the label in {_percent(every)} of the cases, in "
        f"{_percent(alone)} if answers outside of the classes do not count; {board.decisions.variants[best]} gives it "
        f"in {100 * (1 - reached[best]):.1f} %. Against the majority of the others a rater is right in "
        f"{_percent(each_other)}; the best network ({network['variant']}) agrees with the raters' majority in "
        f"{network['accuracy by raters']:.1f} % of the {int(network['images']):,} images that have one."
    )


def _percent(row: pd.Series) -> str:
    return f"{row['accuracy']:.1f} % [{row['low']:.1f}, {row['high']:.1f}]"


def noise(table: pd.DataFrame, study: LeaderboardParameters) -> str:
    """Args: of :func:`noise_shares`."""
    mean = table.groupby("raters say", sort=False)[["images_share", "errors_share", "error_rate"]].mean()
    doubted, clear = mean.iloc[:-1][["images_share", "errors_share"]].sum(), mean.iloc[-1]
    return (
        f"Images on which fewer than {100 * study.clear:.0f} % of the raters agree on the label's class are "
        f"{doubted['images_share']:.1f} % of all and carry {doubted['errors_share']:.1f} % of the errors (mean of the "
        f"variants); where they agree clearly, {clear['error_rate']:.1f} % of the answers are still wrong, which is "
        f"{clear['errors_share']:.1f} % of the errors."
    )


def listed(rows: pd.DataFrame, board: RatedBoard, study: LeaderboardParameters) -> str:
    """Args: of :func:`disagreements`."""
    trainings = len(board.decisions.variants) * len(board.decisions.seeds)
    return (
        f"On {len(rows):,} of {len(board.decisions):,} images a network contradicts the label with p ≥ {study.sure:g} "
        f"and the raters' majority says what the network says; on {int((rows['trainings'] == trainings).sum()):,} of "
        f"them all {trainings} trainings do."
    )
