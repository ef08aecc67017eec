"""The benchmark of checkpoints tells what it measured."""

import pytest

from fer_lib.training.resuming import Checkpoint


def test_a_report_of_one_network(tmp_path, the_report):
    import checkpoint_cost

    before = Checkpoint.save, Checkpoint.due
    asked = ["--seconds", "0", "--images", "40", "--written", "2", "--networks", "guided_stn", "--device", "cpu"]
    checkpoint_cost.main([*asked, "--out", str(tmp_path / "out")])
    rows = [line.split("|")[1:-1] for line in the_report().splitlines() if line.startswith("| guided_stn")]
    assert [row[1].strip() for row in rows] == ["1", "8"]  # alone, and a stack
    alone, stack = (float(row[2]) for row in rows)
    assert 0 < 4 * alone < stack
    for row in rows:
        seconds, share, default = (float(cell) for cell in row[3:])
        assert seconds > 0 and 0 < share < 100 and default >= 100 * seconds / 60 - 0.01
    assert (Checkpoint.save, Checkpoint.due) == before


def test_what_is_timed_is_what_is_spent_there(monkeypatch):
    import checkpoint_cost

    clock = iter([0.0, 1.5, 10.0, 10.25])
    monkeypatch.setattr(checkpoint_cost.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(Checkpoint, "due", lambda self: True)
    monkeypatch.setattr(Checkpoint, "save", lambda self, state: None)
    nowhere = Checkpoint.__new__(Checkpoint)
    with checkpoint_cost.timed(1) as spent:
        assert nowhere.due()
        with pytest.raises(checkpoint_cost.Enough):
            nowhere.save({})
    assert spent == {"due": 1.5, "save": 0.25, "written": 1}
