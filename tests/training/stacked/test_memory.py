"""Memory: planned from one forward pass, halved when the plan was wrong."""

import os

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.profiler import ProfilerActivity, profile

from fer_lib.training.stacked import memory
from fer_lib.training.stacked.memory import Groups, bytes_per_model, free_bytes, models_that_fit, ran_out_of_memory
from fer_lib.training.stacked.program import Program
from fer_lib.training.stacked.state import State

from .conftest import CPU, network

B = 64


def peak_of(work) -> int:
    """Most bytes that `work` holds at once beyond those there before, by torch's own account."""
    work()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        work()
    events = watched.profiler.kineto_results.events()
    changes = [(event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"]
    held = most = 0
    for _, change in sorted(changes, key=lambda row: row[0]):
        held += change
        most = max(most, held)
    return most


@pytest.mark.parametrize("name", ["guided_stn", "simple_cnn", "smooth"])
def test_the_estimate_is_within_a_factor_of_two_of_the_measured_peak(config, monkeypatch, name):
    """Training alone: what scoring would need is left out on both sides."""
    monkeypatch.setattr(memory, "EVALUATION_BATCH", 1)
    model, guided = network(name, 0, 0.5), name != "simple_cnn"
    rows = torch.randint(0, 256, (B, 48, 48)).to(torch.uint8)
    program = Program(model, rows, guided, config(), dtype=torch.float32, precision=torch.float32)
    state = State.of([model], program.layout, CPU, torch.float32)
    index, labels = torch.arange(B).view(1, B, 1).repeat(1 + guided, 1, 1), torch.zeros(B, 1, dtype=torch.int64)
    masks = program.masks.draw([torch.Generator()], [B], torch.float32)
    peak = peak_of(lambda: program.step(state, index, labels, None, masks))
    estimate = bytes_per_model(model, program.example, B, torch.float32)
    assert peak / 2 < estimate < 2 * peak, f"estimated {estimate / 2**20:.1f} MB, measured {peak / 2**20:.1f} MB"


def test_the_estimate_grows_with_the_batch_but_for_the_weights():
    model = network("simple_cnn", 0, 0.5)
    example = (torch.zeros(2, 1, 48, 48),)
    small, middle, large = (bytes_per_model(model, example, batch, torch.float32) for batch in (512, 1024, 1536))
    assert middle - small == pytest.approx(large - middle, rel=1e-6)
    assert 2 * small - middle == pytest.approx(memory.STATES * 4 * 43_553, rel=0.05)


def test_estimating_touches_neither_model_nor_generator():
    model = network("simple_cnn", 0, 0.5)
    before, state = {key: value.clone() for key, value in model.state_dict().items()}, torch.get_rng_state()
    bytes_per_model(model, (torch.zeros(2, 1, 48, 48),), 128, torch.float32)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert all(value.grad is None for value in model.parameters())


@pytest.mark.parametrize(("free", "wanted", "expected"), [(1000, 100, 5), (1000, 3, 3), (10, 100, 1), (0, 1, 1)])
def test_models_that_fit_are_at_least_one_and_at_most_those_wanted(monkeypatch, free, wanted, expected):
    monkeypatch.setattr(memory, "free_bytes", lambda device: free)
    assert models_that_fit(100, CPU, wanted) == expected  # of half of the CPU's free memory


def test_free_memory_is_part_of_the_machines():
    assert 0 < free_bytes(CPU) < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@given(st.integers(0, 5), st.integers(1, 20), st.integers(1, 25))
def test_groups_cover_their_models_in_order(start, count, size):
    parts = Groups(size).each(slice(start, start + count), lambda part: part)
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(start, start + count))
    assert max(part.stop - part.start for part in parts) <= size


@given(st.integers(1, 20), st.integers(1, 25), st.integers(1, 20))
@pytest.mark.filterwarnings("ignore:memory ran out")
def test_groups_shrink_until_they_fit_and_stay_small(count, size, room):
    tried, smaller = [], []

    def work(part):
        tried.append(part.stop - part.start)
        if tried[-1] > room:
            raise torch.OutOfMemoryError
        return part

    groups = Groups(size, lambda: smaller.append(groups.size))
    parts = groups.each(slice(0, count), work)
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(count))
    assert len(smaller) == sum(each > room for each in tried)
    assert groups.size == (size if min(size, count) <= room else smaller[-1])
    before = len(tried)
    groups.each(slice(0, count), work)
    assert max(tried[before:]) <= room


def test_the_halving_is_told():
    def work(part):
        if part.stop - part.start > 1:
            raise torch.OutOfMemoryError

    with pytest.warns(UserWarning) as told:
        Groups(9).each(slice(0, 5), work)
    assert [str(warning.message) for warning in told] == [
        "memory ran out with 5 models at once; going on with 2 at a time",
        "memory ran out with 2 models at once; going on with 1 at a time",
    ]


def test_what_counts_as_running_out():
    with pytest.raises(RuntimeError) as told:
        torch.empty(10**15)
    assert ran_out_of_memory(told.value) and ran_out_of_memory(torch.OutOfMemoryError())
    assert not ran_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
