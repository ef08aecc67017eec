"""History rows as they happen, for TensorBoard and the progress bar."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from .parallel import is_first


@contextmanager
def training_curves(folder: Path, tell: Callable[[int], None]) -> Iterator[Callable[[dict], None]]:
    """Yield what :func:`fer_lib.training.loop.fit` takes as `on_epoch`: it draws the row's numbers and tells 1.

    Of several processes that train one network, the first alone draws.
    """
    if not is_first():
        yield lambda row: tell(1)
        return
    shutil.rmtree(folder, ignore_errors=True)  # an interrupted attempt would draw a second curve over this one
    with SummaryWriter(folder) as board:

        def record(row: dict) -> None:
            for key, value in row.items():
                if key != "epoch":
                    board.add_scalar(key, value, row["epoch"])
            tell(1)

        yield record
