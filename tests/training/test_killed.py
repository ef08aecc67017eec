"""Trainings killed at any time and started again end as if nothing had happened."""

import random
from pathlib import Path

import pytest

import fer_lib

from .killing import STUDIES, Processes, checkpoints, results


@pytest.fixture(scope="module")
def processes():
    with pytest.MonkeyPatch.context() as patch:
        # where the server of processes finds what it imports before it forks
        patch.setenv("PYTHONPATH", str(Path(fer_lib.__file__).parents[1]))
        yield Processes()


@pytest.fixture(scope="module")
def whole(processes, tmp_path_factory):
    """``whole(name)``: results of a study that nobody interrupts, and its number of steps."""
    done = {}

    def run(name):
        if name not in done:
            folder = tmp_path_factory.mktemp(name)
            steps = processes.whole(folder, name, seconds=3600.0)  # no checkpoint is ever written
            done[name] = results(folder), steps
        return done[name]

    return run


@pytest.mark.parametrize("name", ["switches", "stacked"])
def test_a_killed_training_ends_as_if_nothing_had_happened(processes, whole, tmp_path, name):
    """Killed, and killed again in what was left."""
    expected, steps = whole(name)
    for share in (0.3, 0.4):
        assert processes.killed(tmp_path, name, int(share * steps), later=0.01)
        assert checkpoints(tmp_path), "killed where no checkpoint was"
    processes.whole(tmp_path, name)
    assert results(tmp_path) == expected
    assert not checkpoints(tmp_path) and not [path for path in tmp_path.rglob(".*") if path.is_file()]


@pytest.mark.parametrize(
    ("function", "number"),
    [("write_bytes", 3), ("fsync", 5), ("replace", 3), ("fsync", 6)],
    ids=["half written", "written", "flushed", "renamed"],
)
def test_killed_between_the_steps_of_writing_a_checkpoint(processes, whole, tmp_path, function, number):
    """The third: the file, or the folder after its new name, is flushed by every other call."""
    expected, _ = whole("switches")
    assert processes.died(tmp_path, "switches", (function, number))
    (left,) = checkpoints(tmp_path)
    half_written = [path for path in left.parent.iterdir() if path != left]
    assert len(half_written) == (number != 6)
    processes.whole(tmp_path, "switches")
    assert results(tmp_path) == expected


@pytest.mark.parametrize("name", ["switches", "stacked"])
def test_without_its_generators_it_ends_differently(processes, whole, tmp_path, name):
    """The comparison above would notice."""
    expected, steps = whole(name)
    processes.killed(tmp_path, name, steps // 3)
    processes.whole(tmp_path, name, without_generators=True)
    found = results(tmp_path)
    assert found.keys() == expected.keys() and found != expected


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sequential", "stacked"])
def test_twenty_kills_at_random_times(processes, whole, tmp_path, engine):
    draw, killed, after_a_checkpoint = random.Random(engine), 0, 0
    names = [name for name in STUDIES if (name == "stacked") is (engine == "stacked")]
    for number in range(20):
        name, folder = names[number % len(names)], tmp_path / str(number)
        expected, steps = whole(name)
        after = draw.randrange(0 if number % 5 == 0 else 2, steps)
        killed += processes.killed(folder, name, after, later=draw.uniform(0, 0.02))
        after_a_checkpoint += after >= 2  # the first is written before the second step is told
        processes.whole(folder, name)
        assert results(folder) == expected, (number, name)
        assert not [path for path in folder.rglob(".*") if path.is_file()]
    assert killed == 20 and after_a_checkpoint >= 15
