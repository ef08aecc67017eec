"""How much a result gains when the reported fold also chooses the epoch."""

import pandas as pd

from ..errors import require


def selection_optimism(history: pd.DataFrame, monitor: str = "accuracy") -> pd.DataFrame:
    """Optimism per fold, read off an honest training's own trajectory.

    Args:
        history: rows ``fold, epoch, select_accuracy, watch_accuracy`` (and ``seed``, without which
            all count as seed 0) of runs under the ``honest`` protocol; `watch` is the fold's own
            accuracy, logged and never used.
        monitor: the score that chose the epoch, in the column ``select_<monitor>``.

    Returns:
        DataFrame indexed by ``(seed, fold)``: ``honest`` (fold accuracy at the epoch that the inner
        validation part chose), ``best`` (the fold's own best epoch among those trained) and
        ``optimism`` = best − honest ≥ 0, all in [0, 1]. This is the selection part of what the
        published protocol gains; it also trains on the tenth that selects here.

    Raises:
        InputError: the history has no ``watch_accuracy``, as under the ``reference`` protocol.
    """
    require("watch_accuracy" in history, "selection optimism needs a history made under the honest protocol")
    rows = {}
    ordered = (history if "seed" in history else history.assign(seed=0)).sort_values("epoch")
    for key, epochs in ordered.groupby(["seed", "fold"]):
        epochs = epochs.reset_index(drop=True)
        chosen = epochs[f"select_{monitor}"].idxmax()  # the first of equals, as early stopping keeps it
        honest, best = epochs.loc[chosen, "watch_accuracy"], epochs["watch_accuracy"].max()
        rows[key] = {"honest": honest, "best": best, "optimism": best - honest}
    return pd.DataFrame(rows.values(), index=pd.MultiIndex.from_tuples(rows, names=["seed", "fold"]))
