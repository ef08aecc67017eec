"""Recorded steps: on a CPU plain calls."""

import torch

from fer_lib.training.stacked.graphs import Graphs

from .conftest import CPU


def test_on_a_cpu_it_is_a_plain_call():
    calls = []
    graphs = Graphs(lambda *arguments: calls.append(arguments), CPU)
    arguments = ("state", torch.ones(2), None, {"mask": torch.zeros(1)})
    for _ in range(2):
        graphs(slice(0, 2), *arguments)
    assert len(calls) == 2
    assert all(given is mine for call in calls for given, mine in zip(call, arguments, strict=True))
    graphs.forget()
