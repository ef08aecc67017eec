import json

import pytest
import torch
from torch import nn


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    torch.use_deterministic_algorithms(False)
    torch.backends.cudnn.deterministic = False


@pytest.mark.parametrize("engine", ["sequential", "stacked"])
def test_a_cpu_trains_twice_alike(engine):
    from cuda_determinism import train

    one, other = (train("use_deterministic_algorithms", engine, 40, 1, "cpu", "fp32") for _ in range(2))
    assert one == other
    assert one["warned"] == []
    assert torch.are_deterministic_algorithms_enabled()
    assert one["weights"] != train("default", engine, 40, 2, "cpu", "fp32")["weights"]
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_hash_sees_one_bit():
    from cuda_determinism import weights_hash

    model = nn.Linear(2, 2)
    before = weights_hash([model])
    assert before == weights_hash([model])
    with torch.no_grad():
        model.bias[1] = torch.nextafter(model.bias[1], torch.tensor(9.0))
    assert before != weights_hash([model])


def test_operators_that_pytorch_names():
    from cuda_determinism import WARNED

    torch.use_deterministic_algorithms(True, warn_only=True)
    with pytest.warns(UserWarning) as caught:
        torch.zeros(3).put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))
    assert [WARNED.match(str(entry.message))[1] for entry in caught] == ["put_"]


def test_writes_a_report(tmp_path, the_report, monkeypatch):
    import cuda_determinism

    found = iter([{"weights": "a" * 64, "warned": []}, {"weights": "b" * 64, "warned": []}] * 2)
    monkeypatch.setattr(cuda_determinism, "in_new_process", lambda *asked: next(found))
    cuda_determinism.main(["--settings", "default", "--device", "cpu", "--out", str(tmp_path / "out")])
    assert "no" in the_report()
    assert "aaaaaaaaaaaa / bbbbbbbbbbbb" in the_report()


def test_one_training_answers_in_json(capsys):
    import cuda_determinism

    asked = ["default", "sequential", 40, 1, "cpu", "fp32"]
    cuda_determinism.main(["--train", json.dumps(asked)])
    assert set(json.loads(capsys.readouterr().out.splitlines()[-1])) == {"weights", "warned"}
