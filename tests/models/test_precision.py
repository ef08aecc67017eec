import pytest
import torch

from fer_lib.models.precision import at_least_float32


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
)
def test_half_precision_is_widened_and_nothing_is_narrowed(given, expected):
    values = torch.tensor([1.5, -0.25], dtype=given)
    wide = at_least_float32(values)
    assert wide.dtype == expected and wide.tolist() == [1.5, -0.25]


def test_gradients_pass():
    values = torch.ones(2, dtype=torch.bfloat16, requires_grad=True)
    at_least_float32(values).sum().backward()
    assert values.grad.tolist() == [1.0, 1.0]
