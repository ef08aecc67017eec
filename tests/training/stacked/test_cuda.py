"""What only a GPU can show: recorded steps, its own memory, its own rounding."""

import hashlib
import warnings

import pytest
import torch

from fer_lib.training.stacked import graphs, memory

from .conftest import alone, decisions, differences, together

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
CUDA = torch.device("cuda")


@pytest.fixture(autouse=True)
def exact_products(monkeypatch):
    """Without TensorFloat-32, so that float32 means float32."""
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def worst(ones, others):
    return max(max(differences(*pair).values()) for pair in zip(ones, others, strict=True))


FALLING = {"plateau_factor": 0.5, "plateau_patience": 1}


@pytest.mark.parametrize(
    "switches",
    [{"dropout": 0.0}, {"dropout": 0.3}, {"dropout": 0.3, "augmentation": "affine", "penalty": 0.02, **FALLING}],
    ids=str,
)
def test_recorded_steps_equal_plain_ones(two_by_three, monkeypatch, switches):
    """With models that leave, and groups of unequal sizes."""
    members = two_by_three(device=CUDA, epochs=5, **switches)
    recorded = [together(members), together(members, group=4)]
    monkeypatch.setattr(graphs.Graphs, "__call__", lambda self, models, state, *inputs: self._step(state, *inputs))
    plain = together(members)
    for found in recorded:
        assert [decisions(trained) for trained in found] == [decisions(trained) for trained in plain]
        assert worst(found, plain) < 1e-8


@pytest.mark.parametrize(("precision", "rate", "tolerance"), [("fp64", 1e-3, 1e-8), ("fp32", 1e-4, 1e-4)])
def test_two_variants_of_three_folds_equal_their_sequential_twins(two_by_three, precision, rate, tolerance):
    """Dropout off: on a GPU the layers draw other masks than a stack."""
    members = two_by_three(device=CUDA, dropout=0.0, precision=precision, learning_rate=rate)
    found, expected = together(members), [alone(member) for member in members]
    assert worst(found, expected) < tolerance
    if precision == "fp64":
        assert [decisions(trained) for trained in found] == [decisions(trained) for trained in expected]


def test_memory_that_really_runs_out_halves_the_groups(two_by_three, monkeypatch):
    """The plan is made to promise too much, and the GPU to hold less than six models need."""
    members = two_by_three("guided_stn", device=CUDA, dropout=0.0, epochs=1, batch_size=32)
    expected = together(members)
    each = memory.bytes_per_model(
        members[0].model, members[0].batches[torch.arange(2, device=CUDA)][0] * 2, 32, torch.float64
    )
    torch.cuda.empty_cache()
    room = torch.cuda.memory_allocated() + max(3 * each, 64 * 2**20)
    torch.cuda.set_per_process_memory_fraction(room / torch.cuda.get_device_properties(CUDA).total_memory)
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = together(members, group=6)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert any("memory ran out with 6 models at once" in str(warning.message) for warning in told)
    assert worst(found, expected) < 1e-6


def test_the_planned_memory_holds(two_by_three):
    """The peak of a step of six models is at most what was planned for them, and at least a quarter."""
    members = two_by_three("guided_stn", device=CUDA, epochs=1, batch_size=32, precision="fp32")
    each = memory.bytes_per_model(
        members[0].model, members[0].batches[torch.arange(2, device=CUDA)][0] * 2, 32, torch.float32
    )
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    together(members)
    peak = torch.cuda.max_memory_allocated() - before
    assert 6 * each / 4 < peak < 6 * each + 64 * 2**20, f"planned {6 * each / 2**20:.0f} MB, peak {peak / 2**20:.0f} MB"


def test_the_same_call_twice(two_by_three):
    """Not promised bit for bit: the gradient of the sampler is summed by atomic additions."""
    members = two_by_three(device=CUDA, precision="fp32", learning_rate=1e-4)
    runs = [together(members) for _ in range(2)]
    digests = [
        [hashlib.sha256(b"".join(v.cpu().numpy().tobytes() for v in t.model.state_dict().values())) for t in run]
        for run in runs
    ]
    same = sum(one.digest() == other.digest() for one, other in zip(*digests, strict=True))
    assert worst(*runs) < 1e-4, f"{same} of {len(members)} models have the same bits in both runs"
