import pytest
import torch


@pytest.mark.parametrize(
    ("work", "operators", "numbers"),
    [
        (lambda x, y: x + y, 1, 3 * 12),
        (lambda x, y: x + x, 1, 2 * 12),
        (lambda x, y: x.add_(y), 1, 3 * 12),
        (lambda x, y: x.copy_(y), 1, 2 * 12),
        (lambda x, y: x.view(12), 0, 0),
        (lambda x, y: x.T, 0, 0),
        (lambda x, y: torch.empty(99), 0, 0),
        (lambda x, y: x[:1].expand(1000, 1, 4).exp(), 1, 12 + 4000),  # no more is read than there is
        (lambda x, y: x.sum(), 1, 12 + 1),
        (lambda x, y: x.index_select(0, torch.tensor([1])), None, 4 + 4 + 2 + 2),  # int64 counts twice; made, lifted
    ],
)
def test_one_operator(work, operators, numbers):
    from step_cost import Counter

    x, y = torch.ones(3, 4), torch.ones(3, 4)
    with Counter() as counter:
        work(x, y)
    if operators is None:
        assert 8 + 2 + 8 <= counter.bytes / 2 <= 40  # rows that are picked, not the whole
        return
    assert (counter.operators, counter.bytes) == (operators, 4 * numbers)


def test_backward_is_counted():
    from step_cost import Counter

    x = torch.ones(3, 4, requires_grad=True)
    with Counter() as forward:
        loss = x.exp().sum()
    with Counter() as both:
        x.exp().sum().backward()
    assert loss.ndim == 0
    assert both.operators > forward.operators


def test_a_step_of_a_stack_costs_what_the_formula_says(noise_faces, small_batches):
    """Counted with two and three models; here counted with five."""
    from step_cost import _stack, sequential_step, stacked_steps

    faces = noise_faces(16)
    cost = stacked_steps(faces, "guided_stn", "fp32", [1, 5])
    assert cost[5] == _stack(faces, "guided_stn", "fp32", 5)
    alone = sequential_step(faces, "guided_stn", "fp32")
    assert 50 < alone.operators < cost[1].operators < cost[5].operators < 5 * alone.operators
    assert cost[5].bytes > 3 * alone.bytes


def test_a_larger_network_moves_more(noise_faces, small_batches):
    from step_cost import sequential_step

    small, large = (sequential_step(noise_faces(16), name, "fp32") for name in ("simple_cnn", "guided_stn"))
    assert small.bytes < large.bytes
    assert small.operators < large.operators
