"""A stage: what one notebook leaves in ``reports/<profile>/<notebook>/``."""

import time
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from ..artifacts import atomic_path, read_card, save_table, write_card
from ..parameters import project_root


class Stage:
    """Collects a notebook's figures and tables; `finish` writes the card that the graph waits for.

    Args:
        folder: ``reports/<profile>/<notebook>``; created when the first file is saved.
        parameters: the notebook's validated parameters, for the card.
    """

    def __init__(self, folder: str | Path, parameters: dict):
        self.folder = Path(folder)
        self.parameters = parameters
        self.files: list[str] = []
        self._started = time.perf_counter()

    def figure(self, name: str, figure):
        """Save a plot as ``figures/<name>.png`` and ``.svg``; returns it for display.

        It is closed, so that a notebook shows it once: as the value of its cell.
        """
        return self._save("figures", name, figure)

    def picture(self, name: str, figure):
        """Like :meth:`figure`, for figures that show faces: they go to ``pictures/``, which git
        ignores, because pictures of real people are never published with the reports."""
        return self._save("pictures", name, figure)

    def _save(self, kind: str, name: str, figure):
        for suffix in (".png", ".svg") if kind == "figures" else (".png",):
            path = self.folder / kind / f"{name}{suffix}"
            with atomic_path(path) as temporary:
                figure.savefig(temporary, bbox_inches="tight", metadata={"Date": None} if suffix == ".svg" else None)
            self.files.append(str(path.relative_to(self.folder)))
        plt.close(figure)
        return figure

    def table(self, name: str, table: pd.DataFrame) -> None:
        """Save a table as ``tables/<name>.csv``."""
        path = self.folder / "tables" / f"{name}.csv"
        save_table(path, table)
        self.files.append(str(path.relative_to(self.folder)))

    def finish(self, **facts: object) -> dict:
        """Write the card, last. `facts` says what the next notebook reads and what was measured.

        The names of prepared sets in `prepared` and `source` are kept with the hashes of their contents, as ``data``.
        """
        return write_card(
            self.folder,
            "stage",
            self.parameters,
            files=sorted(set(self.files)),
            seconds=round(time.perf_counter() - self._started, 1),
            **facts,
            **self._data(facts),
        )

    def _data(self, facts: dict) -> dict:
        named = [facts[key] for key in ("prepared", "source") if key in facts]
        names = [name for part in named for name in ([part] if isinstance(part, str) else part)]
        if not names:
            return {}
        prepared = project_root() / self.parameters["data_dir"] / "prepared"
        cards = {name: read_card(prepared / name) for name in names}
        return {"data": {name: card["content"] for name, card in cards.items() if card is not None}}
