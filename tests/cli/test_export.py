"""fer export: which file is asked for, what is printed, how it ends."""

from pathlib import Path

import pytest

from fer_lib.cli.__main__ import main
from fer_lib.recognizer import export, int8


@pytest.fixture
def asked(monkeypatch):
    """Calls of both exports, which write nothing."""
    calls = []
    monkeypatch.setattr(export, "export_onnx", lambda *given, **named: calls.append((given, named)) or "as floats")
    monkeypatch.setattr(int8, "export_int8", lambda *given, **named: calls.append((given, named)) or "in 8 bits")
    return calls


def test_floats(asked, capsys):
    assert main(["export", "runs/mine", "--out", "f.onnx"]) == 0
    assert capsys.readouterr().out == "as floats\n"
    assert asked == [((Path("runs/mine"), Path("f.onnx")), {"fold": None})]


def test_eight_bits(asked, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "runs/mine", "--out", "f.onnx", "--fold", "2", "--int8", "--data-dir", "faces"]) == 0
    assert capsys.readouterr().out == "in 8 bits\n"
    assert asked == [((Path("runs/mine"), Path("f.onnx")), {"fold": 2, "data_dir": tmp_path / "faces"})]


def test_packages_that_are_not_there(monkeypatch, capsys):
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    assert main(["export", "runs/mine", "--out", "f.onnx"]) == 1
    assert capsys.readouterr().err == (
        "fer export: onnx, onnxruntime, onnxscript are not installed; run `pip install onnx onnxruntime onnxscript`\n"
    )


def test_an_out_is_needed(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["export", "runs/mine"])
    assert stopped.value.code == 2 and "--out" in capsys.readouterr().err
