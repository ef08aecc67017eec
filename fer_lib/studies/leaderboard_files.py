"""The leaderboard as files: csv, Markdown, LaTeX and HTML."""

from ..artifacts import save_text
from ..evaluation.leaderboard import MAJORITY
from ..reporting.latex import latex_table
from ..reporting.leaderboard import (
    MACS_NOTE,
    leaderboard_for_readers,
    leaderboard_html,
    not_comparable_for_readers,
)
from ..reporting.stage import Stage
from .leaderboard import Board, summary

#: Columns of a paper's table; the others stand in the csv file.
FOR_PAPER = ["variant", "accuracy % [95 %]", "letters", "macro-F1 %", "published %", "parameters", "MACs (M)"]


def write_boards(stage: Stage, boards: list[Board], alpha: float) -> None:
    """``tables/<board>.csv`` and ``.md``, ``tables/<board>-pairs.csv``, ``tables/<board>-published.csv``,
    ``latex/<board>.tex`` of each board, and ``html/leaderboard.html`` of all."""
    sections = {}
    for board in boards:
        readable, apart = leaderboard_for_readers(board.table), not_comparable_for_readers(board.published)
        note = f"{letters_note(board, alpha)} {MACS_NOTE}"
        stage.table(board.name, board.table)
        stage.table(f"{board.name}-pairs", board.pairs)
        stage.table(f"{board.name}-published", board.published)
        under = f"Not comparable:\n\n{apart.to_markdown(index=False)}\n"
        text = f"{board.design}\n\n{readable.to_markdown(index=False)}\n\n{note}\n\n{under}"
        _keep(stage, f"tables/{board.name}.md", text)
        comment = f"{board.design}\n{note}\n{summary(board, alpha)}"
        _keep(stage, f"latex/{board.name}.tex", latex_table(readable[FOR_PAPER], comment))
        sections[str(board.design)] = [
            (f"{summary(board, alpha)} {note}", readable),
            ("Published, but not comparable:", apart),
        ]
    _keep(stage, "html/leaderboard.html", leaderboard_html("Leaderboard", sections))


def letters_note(board: Board, alpha: float) -> str:
    """What the letters, the intervals and the last row mean."""
    several = board.design.folds > 1
    test = "corrected resampled t-test over folds" if several else "McNemar's test over images"
    interval = "t interval over folds, seeds averaged" if several else "Wilson interval of the images"
    return (
        f"Variants that share a letter do not differ ({test}, Holm over {len(board.pairs)} pairs, α = {alpha:g}). "
        f"Intervals: {interval}. {MAJORITY.capitalize()}: always the most frequent answer."
    )


def _keep(stage: Stage, name: str, text: str) -> None:
    save_text(stage.folder / name, text)
    stage.files.append(name)
