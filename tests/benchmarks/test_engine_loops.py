import pytest
import torch

CPU = torch.device("cpu")


@pytest.mark.parametrize("engine", ["sequential", "stacked"])
def test_counts_all_epochs_but_the_first(engine, noise_faces, small_batches, monkeypatch):
    """A clock that moves one second a reading, and is read once an epoch (and model)."""
    import engine_loops

    readings = iter(range(1000))
    monkeypatch.setattr(engine_loops, "now", lambda device: next(readings))
    rate = getattr(engine_loops, engine)(
        noise_faces(16), "simple_cnn", models=3, epochs=2, precision="fp32", device=CPU
    )
    # sequential: 2 s a model; stacked: 3 readings an epoch, the last of each counts
    seconds = {"sequential": 3 * 2, "stacked": 2 * 3}[engine]
    assert rate == pytest.approx(3 * 2 * 16 / seconds)


def test_processes():
    from engine_loops import processes

    assert processes(5, torch.device("cuda")) == 1
    assert processes(5, CPU) == 1  # FER_CORES


def test_processes_side_by_side(noise_faces, small_batches, monkeypatch):
    from engine_loops import processes, sequential

    monkeypatch.setenv("FER_CORES", "2")
    assert processes(1, CPU) == 1
    assert processes(5, CPU) == 2
    assert sequential(noise_faces(16), "simple_cnn", models=3, epochs=1, precision="fp32", device=CPU) > 0
