"""When a checkpoint is written, when it is used, and what is said when it is not."""

import warnings

import pytest

from fer_lib.errors import InputError
from fer_lib.training import TrainConfig, resuming
from fer_lib.training.resuming import NOWHERE, Checkpoint


@pytest.fixture
def make(tmp_path, config):
    """``make(parameters, checkpoint_seconds=0, …)``: of one file."""

    def build(parameters=None, path=tmp_path / "unfinished.safetensors", **changes):
        models = {"fold": parameters or {"a": 1}}
        return Checkpoint(path, models, config(**{"checkpoint_seconds": 0.0, **changes}))

    return build


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes by hand: ``clock[0] += 5``."""
    now = [100.0]
    monkeypatch.setattr(resuming.time, "perf_counter", lambda: now[0])
    return now


def test_what_was_kept_is_found(make):
    assert make().read() is None and not make().waits()
    make().save({"epoch": 3})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert make().waits() and make().read() == {"epoch": 3}
    make().remove()
    assert make().read() is None


def test_nowhere_keeps_nothing(tmp_path):
    assert not NOWHERE.due() and NOWHERE.read() is None
    NOWHERE.save({"epoch": 3})
    NOWHERE.remove()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("parameters", "data or parameters"),
        ("code", "code"),
        ("torch", "version of torch"),
        ("device", "type of device"),
        ("precision", "number format"),
    ],
)
def test_a_checkpoint_of_something_else_is_not_used(make, monkeypatch, changed, told):
    make().save({"epoch": 3})
    other = make({"a": 2}) if changed == "parameters" else make(precision="fp64" if changed == "precision" else "fp32")
    if changed in ("code", "torch", "device"):
        other._facts[changed] = "another"
    sentence = f"unfinished.safetensors: checkpoint of a training with other {told}; it is not used, and the training "
    with pytest.warns(UserWarning, match=sentence + "starts anew$"):
        assert other.read() is None
    assert not other.waits()
    assert make().read() == {"epoch": 3}  # who comes back to what it was of goes on


def test_a_stack_goes_on_without_models_that_are_complete_but_not_with_more(tmp_path, config):
    def of(*names):
        return Checkpoint(tmp_path / ".stack.safetensors", {name: {"name": name} for name in names}, config())

    of("a", "b").save({"epoch": 3})
    assert of("b").read() == {"epoch": 3}
    with pytest.warns(UserWarning, match="with other models; it is not used"):
        assert of("b", "c").read() is None
    of("a", "b").save({"epoch": 4}, ["b"])
    assert not of("a", "b").waits() and of("b").waits()


def test_a_damaged_checkpoint_is_told(make):
    make().save({"epoch": 3})
    path = make().path
    path.write_bytes(path.read_bytes()[:-1] + b"x" * 50)
    with pytest.warns(UserWarning, match="not a readable state of a training .*; the training starts anew"):
        assert make().read() is None
    assert not make().waits()


def test_what_a_kill_left_half_written_goes(make, tmp_path):
    for name in (".unfinished-abc.safetensors", ".unfinished-x.part.safetensors", ".other-abc.safetensors"):
        (tmp_path / name).write_bytes(b"half")
    make().save({"epoch": 3})
    assert make().read() == {"epoch": 3}
    assert {path.name for path in tmp_path.iterdir()} == {".other-abc.safetensors", "unfinished.safetensors"}


def test_a_checkpoint_is_due_after_its_seconds(make, clock):
    kept = make(checkpoint_seconds=30)
    due = []
    for _ in range(7):
        clock[0] += 10
        due.append(kept.due())
        if due[-1]:
            kept.save({})
    assert due == [False, False, True, False, False, True, False]


def test_one_that_takes_long_is_written_less_often(make, clock, monkeypatch):
    """Two seconds each: 2 % of a hundred."""
    monkeypatch.setattr(resuming, "save_state", lambda *_: clock.__setitem__(0, clock[0] + 2))
    kept = make(checkpoint_seconds=30)
    kept.save({})
    clock[0] += 99
    assert not kept.due()
    clock[0] += 1
    assert kept.due()


def test_the_environment_names_the_interval(make, clock, monkeypatch):
    monkeypatch.setenv("FER_CHECKPOINT_SECONDS", "5")
    kept = make(checkpoint_seconds=30)
    clock[0] += 5
    assert kept.due()
    for wrong in ("soon", "-1", "nan", "inf"):
        monkeypatch.setenv("FER_CHECKPOINT_SECONDS", wrong)
        with pytest.raises(
            InputError, match=f"^FER_CHECKPOINT_SECONDS = '{wrong}', expected a number of seconds from 0"
        ):
            make()


def test_seconds_of_all_attempts_are_counted(make, clock):
    first = make()
    clock[0] += 40
    first.save({})
    clock[0] += 1000  # lost, and the time until somebody starts it again
    second = make()
    second.read()
    clock[0] += 2
    assert second.seconds == 42


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), InputError("disk full")])
def test_a_full_disk_does_not_end_the_training(make, monkeypatch, error):
    make().save({"epoch": 3})

    def full(*_):
        raise error

    monkeypatch.setattr(resuming, "save_state", full)
    with pytest.warns(UserWarning, match=r"no checkpoint could be written \(.*\); the training goes on"):
        make().save({"epoch": 4})
    assert make().read() == {"epoch": 3}


def test_the_interval_is_no_negative_number():
    with pytest.raises(InputError, match="checkpoint_seconds = -1, expected a number from 0"):
        TrainConfig(checkpoint_seconds=-1)


def test_the_code_that_trains_is_part_of_it(monkeypatch, tmp_path):
    for name in ("training/loop.py", "models/stn.py", "datasets/folds.py", "cli/main.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(resuming, "__file__", str(tmp_path / "training" / "resuming.py"))
    found = [resuming.code_fingerprint()]
    for name in ("training/loop.py", "models/stn.py", "datasets/folds.py", "cli/main.py"):
        (tmp_path / name).write_text("2")
        found.append(resuming.code_fingerprint())
    assert len(set(found)) == 4 and found[-1] == found[-2]
