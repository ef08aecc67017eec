"""Nothing unpickles: files that run code when they are unpickled are refused in a sentence and run nothing."""

import ast
import io
import os
import pickle
import shutil
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import EpsImagePlugin, Image

import fer_lib
from fer_lib.artifacts import read_array, read_table
from fer_lib.artifacts.runs import load_run
from fer_lib.datasets import load_dataset
from fer_lib.datasets.affectnet_arrays import read_arrays
from fer_lib.datasets.image_files import read_image
from fer_lib.datasets.mmi_labels import PICKLE, read_emotions
from fer_lib.datasets.stream_reading import read_chunk
from fer_lib.errors import InputError
from fer_lib.models.msinet_loading import load_msinet, weights_record
from fer_lib.models.weight_files import read_weights
from fer_lib.recognizer.images import read_frame
from fer_lib.recognizer.model import load_classifier, load_member
from fer_lib.training.state_files import read_facts, read_state
from fer_lib.training.trained import trained_network

from .recognizer.conftest import one_thread, run, train  # noqa: F401
from .study_fixtures import ROOT


class Payload:
    """Unpickling it makes the folder `owned` where the process works."""

    def __reduce__(self):
        return os.mkdir, ("owned",)


def plain(protocol: int = 2) -> bytes:
    return pickle.dumps({"conv1.weight": Payload()}, protocol)


def saved(zipped: bool) -> bytes:
    held = io.BytesIO()
    content = {"conv1.weight": torch.zeros(1), "extra": Payload()}
    torch.save(content, held, _use_new_zipfile_serialization=zipped)
    return held.getvalue()


def objects() -> bytes:
    held = io.BytesIO()
    np.save(held, np.array([Payload()], dtype=object), allow_pickle=True)
    return held.getvalue()


def archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr("images.npy", objects())
    return held.getvalue()


def extension() -> bytes:
    """A column of a type whose description is a pickle, as Arrow before 14.0.1 unpickled it (CVE-2023-47248)."""
    kind = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": pickle.dumps(Payload())}
    schema = pa.schema([pa.field("label", pa.int64(), metadata=kind)])
    held = io.BytesIO()
    pq.write_table(pa.table({"label": [1]}, schema=schema), held)
    return held.getvalue()


EVIL = {
    "pickle": plain(),
    "pickle of today": plain(5),
    "torch.save": saved(True),
    "torch.save of old": saved(False),
    "array of objects": objects(),
    "archive": archive(),
}


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    assert not Path("owned").exists()


@pytest.mark.parametrize("load", [torch.load, lambda path, **_: np.load(path, allow_pickle=True)])
def test_the_payload_works(load, tmp_path):
    """Else nothing here would tell anything."""
    (tmp_path / "evil").write_bytes(EVIL["torch.save"] if load is torch.load else EVIL["array of objects"])
    load(tmp_path / "evil", weights_only=False)
    assert Path("owned").is_dir()
    Path("owned").rmdir()


@pytest.mark.parametrize("name", ["w.pt", "w.pth", "w.safetensors", "w.bin", "w", "w.npy", "w.parquet"])
@pytest.mark.parametrize("kind", EVIL)
def test_files_of_any_name_are_refused(kind, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(EVIL[kind])
    readers = [read_weights, read_array, lambda path: read_array(path, mapped=False), read_table, load_classifier]
    readers += [load_msinet, weights_record, read_state, read_facts]
    for read in readers:
        with pytest.raises(InputError, match=r"w(\.[a-z]+)?: (not a readable|expected weights of MSI-Net)") as told:
            read(path)
        assert "\n" not in str(told.value)


def test_a_type_that_describes_itself_with_a_pickle(tmp_path):
    (tmp_path / "a.parquet").write_bytes(extension())
    assert read_table(tmp_path / "a.parquet")["label"].tolist() == [1]


@pytest.mark.parametrize("kind", EVIL)
@pytest.mark.parametrize("file", ["weights/fold0.safetensors", "predictions.parquet", "history.parquet"])
def test_runs(kind, file, run, tmp_path):  # noqa: F811
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    (folder / file).write_bytes(EVIL[kind])
    with pytest.raises(InputError, match=f"{Path(file).name}: not a readable"):
        load_run(folder) and trained_network(folder, 0)
    if file.startswith("weights"):
        with pytest.raises(InputError, match=f"{Path(file).name}: not a readable"):
            load_member(folder, None)


@pytest.mark.parametrize("file", ["images.npy", "landmarks.npy", "samples.parquet"])
def test_prepared_sets(file, tmp_path):
    folder = load_dataset("synthetic", tmp_path, images=40, subjects=5).folder
    for content in EVIL.values():
        (folder / file).write_bytes(content)
        with pytest.raises(InputError, match=rf"{file}: not a readable .*; delete its folder to make it again"):
            load_dataset("synthetic", tmp_path, images=40, subjects=5)


@pytest.mark.parametrize("kind", EVIL)
def test_raw_files(kind, tmp_path):
    (tmp_path / PICKLE).write_bytes(EVIL[kind])
    with pytest.raises(InputError, match="not a pickled dictionary of names and numbers"):
        read_emotions(tmp_path)
    (tmp_path / "val_set" / "annotations").mkdir(parents=True)
    (tmp_path / "val_set" / "annotations" / "0_exp.npy").write_bytes(EVIL[kind])
    with pytest.raises(InputError, match="0_exp.npy: not a readable array"):
        read_arrays(tmp_path / "val_set")


def test_no_program_in_a_picture(monkeypatch):
    """Pillow would hand PostScript to Ghostscript."""
    called = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_: called.append(1) or Image.new("RGB", (8, 8)).im)
    Image.new("RGB", (8, 8)).save("face.eps")
    Path("face.eps").rename("face.png")
    with Image.open("face.png") as plain:
        plain.load()
    assert called == [1]
    for read in (read_frame, lambda path: read_image(path, 8)):
        with pytest.raises(InputError, match=r"face\.png: not a readable image"):
            read(Path("face.png"))
    assert read_chunk(".", ["face.png"], 8, "grey")[2] == {0: "not a readable image (unknown format)"}
    assert called == [1]


# What would unpickle, or run what it reads, by the end of its name; torch.load and numpy.load are looked at closer.
NEVER = {
    *("pickle.load", "pickle.loads", "joblib.load", "read_pickle", "read_hdf", "dill.load", "dill.loads"),
    *("cloudpickle.load", "cloudpickle.loads", "marshal.load", "marshal.loads", "shelve.open", "yaml.load"),
    *("yaml.unsafe_load", "yaml.full_load", "torch.jit.load", "torch.hub.load", "torch.package.PackageImporter"),
    *("hub.load_state_dict_from_url", "hub.download_url_to_file", "urlretrieve", "urlopen", "requests.get"),
    *("eval", "exec"),
}
#: An unpickler that looks up nothing: of names and numbers that others publish so.
UNPICKLERS = {"datasets/mmi_labels.py"}


def found(module: str, source: str) -> list[str]:
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr.endswith("Unpickler") and module not in UNPICKLERS:
            wrong.append(ast.unparse(node))
        if isinstance(node, ast.ImportFrom) and node.module in ("pickle", "joblib", "torch.hub", "urllib.request"):
            wrong += [
                f"{node.module}.{a.name}" for a in node.names if a.name not in ("Parallel", "delayed", "cpu_count")
            ]
        if not isinstance(node, ast.Call):
            continue
        name, given = ast.unparse(node.func), {word.arg: word.value for word in node.keywords}
        if any(name == never or name.endswith(f".{never}") for never in NEVER - {"eval", "exec"}):
            wrong.append(name)
        if name in ("eval", "exec"):
            wrong.append(name)
        if name == "torch.load" and not getattr(given.get("weights_only"), "value", False):
            wrong.append(f"{name} without weights_only=True")
        if "allow_pickle" in given and getattr(given["allow_pickle"], "value", True) is not False:
            wrong.append(f"{name} with allow_pickle")
    return wrong


def sources():
    for path in sorted(Path(fer_lib.__file__).parent.rglob("*.py")):
        yield path.relative_to(Path(fer_lib.__file__).parent).as_posix(), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "benchmarks").rglob("*.py")):
        yield path.name, path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        yield path.name, "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def test_no_line_of_the_code_could_unpickle():
    assert {module: wrong for module, source in sources() if (wrong := found(module, source))} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle\npickle.load(file)",
        "from pickle import loads",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "pd.read_pickle(path)",
        "import joblib\njoblib.load(path)",
        "class Mine(pickle.Unpickler): pass",
        "yaml.load(text, Loader)",
        "eval(text)",
        "torch.hub.load_state_dict_from_url(url)",
    ],
)
def test_the_checker_finds(line):
    assert len(found("training/loop.py", line)) == 1


@pytest.mark.parametrize("line", ["model.eval()", "torch.load(p, weights_only=True)", "json.load(f)", "np.load(p)"])
def test_the_checker_lets_pass(line):
    assert found("training/loop.py", line) == []
