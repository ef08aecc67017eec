"""Parameters as one row of a matrix, and back."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fer_lib.training.stacked.layout import Layout

from .conftest import CPU, network

SHAPES = st.lists(st.lists(st.integers(1, 4), max_size=4).map(tuple), min_size=1, max_size=6)


class Bag(nn.Module):
    """Parameters of the given shapes, some a level deeper, filled with 0, 1, 2 …"""

    def __init__(self, shapes, start):
        super().__init__()
        self.deep = nn.Module()
        for i, shape in enumerate(shapes):
            size = torch.Size(shape).numel()
            values = torch.arange(start, start + size, dtype=torch.float32).view(shape)
            start += size
            (self if i % 2 else self.deep).register_parameter(f"p{i}", nn.Parameter(values))


@given(SHAPES, st.integers(1, 3))
def test_packing_and_unpacking_equal_their_slow_twin(shapes, count):
    models = [Bag(shapes, 1000 * m) for m in range(count)]
    layout = Layout.of(models[0])
    rows = layout.pack(models, CPU, torch.float64)
    assert rows.dtype == torch.float64 and not rows.requires_grad
    for model, row in zip(models, rows, strict=True):
        slowly = [value for parameter in model.parameters() for value in parameter.flatten().tolist()]
        assert row.tolist() == slowly and sum(layout.sizes) == len(slowly)
        back = layout.unpack(row)
        assert list(back) == [name for name, _ in model.named_parameters()]
        assert all(torch.equal(back[name], value.double()) for name, value in model.named_parameters())


def test_channels_last_weights_keep_their_order():
    model = network("smooth", 0, 0.0)
    layout = Layout.of(model)
    plain = layout.pack([model], CPU, torch.float32)
    assert torch.equal(layout.pack([model.to(memory_format=torch.channels_last)], CPU, torch.float32), plain)


def test_unpacked_parameters_are_views():
    layout = Layout.of(Bag([(2, 3), (4,)], 0))
    row = torch.zeros(10)
    layout.unpack(row)["deep.p0"].fill_(7)
    assert row.tolist() == [0] * 4 + [7] * 6
