"""Several processes on this machine, joined as torchrun joins them."""

import os
import socket

import torch

from fer_lib.training.parallel import process_group


def together(work, *arguments, processes: int = 2) -> None:
    """Run ``work(*arguments)`` in as many new processes, connected on the CPU. `work` is a function of a module."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(_process, (processes, port, work, arguments), nprocs=processes)


def _process(rank: int, size: int, port: int, work, arguments) -> None:
    named = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in named.items()})
    torch.set_num_threads(1)
    with process_group("cpu"):
        work(*arguments)
