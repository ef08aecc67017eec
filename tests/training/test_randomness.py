import pytest
import torch

from fer_lib.training.randomness import generator_state, seeded, set_generator_state

CPU = torch.device("cpu")
cuda = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"))


@pytest.mark.parametrize("device", ["cpu", cuda])
def test_draws_go_on_where_the_state_was_kept(device):
    device = torch.device(device)
    state = generator_state(device)
    first = [torch.rand(3), torch.rand(3, device=device)]
    torch.manual_seed(1)
    set_generator_state(state, device)
    again = [torch.rand(3), torch.rand(3, device=device)]
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("device", ["cpu", cuda])
def test_draws_inside_depend_on_the_seed_and_do_not_show_outside(device):
    device = torch.device(device)
    torch.manual_seed(0)
    undisturbed = torch.rand(3, device=device)
    drawn = []
    for earlier, seed in ((0, 5), (9, 5), (9, 6)):
        torch.manual_seed(earlier)
        with seeded(seed, device):
            drawn.append(torch.rand(3, device=device))
        if earlier == 0:
            assert torch.equal(torch.rand(3, device=device), undisturbed)
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])


def test_an_error_inside_leaves_the_generators_as_they_were():
    before = torch.get_rng_state()
    with pytest.raises(KeyError), seeded(3, CPU):
        raise KeyError
    assert torch.equal(torch.get_rng_state(), before)
