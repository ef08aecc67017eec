"""Sets whose images are read while they are stored: the same bytes whatever happened on the way, or nothing."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fer_lib.artifacts import is_complete
from fer_lib.datasets import load_dataset, streaming
from fer_lib.datasets.duplicates import exact_groups
from fer_lib.datasets.registry import DATASETS
from fer_lib.datasets.stream_reading import read_whole
from fer_lib.datasets.streaming import FACTS_FILE, IMAGES, RECORD, FaceStream
from fer_lib.errors import InputError

from .affectnet_tree import picture

N = 41


def stream_of(root, files, **options) -> FaceStream:
    n = len(files)
    table = {"sample_id": [f"s{k}" for k in range(n)], "label": np.arange(n) % 2, "subject": "", "split": "train"}
    return FaceStream("many", root, files, pd.DataFrame({**table, "source": "many"}), ("a", "b"), **options)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """41 pictures of different sizes, the last one equal to the third."""
    monkeypatch.setattr(streaming, "CHUNK", 8)
    folder = tmp_path / "raw" / "many"
    folder.mkdir(parents=True)
    for k in range(N - 1):
        picture(k, (20 + k, 60 - k)).save(folder / f"{k}.png")
    (folder / f"{N - 1}.png").write_bytes((folder / "2.png").read_bytes())
    return folder


@pytest.fixture
def load(root, tmp_path, monkeypatch):
    """``load(…)``: the set of all files, or of these, stored by load_dataset."""
    monkeypatch.setattr(DATASETS, "_builders", dict(DATASETS._builders))

    def prepared(files=None, data=tmp_path, **options):
        names = files or [f"{k}.png" for k in range(N)]
        DATASETS._builders["many"] = lambda raw: stream_of(root, names, **options)
        return load_dataset("many", data)

    return prepared


def stored(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "card.json"}


def test_equals_its_slow_twin(load, root):
    landmarks = np.random.default_rng(0).uniform(0, 60, (N, 68, 2)).astype(np.float32)
    landmarks[5] = np.nan
    faces = load(landmarks=landmarks, size=24)
    for k in range(N):
        with Image.open(root / f"{k}.png") as file:
            assert np.array_equal(faces.images[k], np.asarray(file.convert("LA").resize((24, 24)).convert("L")))
            assert file.size == tuple(faces.samples.loc[k, ["width", "height"]])
            slowly = (landmarks[k] + 0.5) * 24 / file.size - 0.5
        assert np.allclose(faces.extras["landmarks"][k], slowly, atol=1e-4, equal_nan=True)
    assert np.array_equal(faces.samples["duplicate_group"], exact_groups(faces.images))
    assert faces.samples["duplicate_group"].iloc[-1] == 2 and faces.extras["landmarks"].dtype == np.float32


@pytest.mark.parametrize(("cores", "most_bytes"), [(1, 2**23), (3, 2**23), (7, 1), (2, 5 * 48 * 48)])
def test_threads_and_chunks_do_not_matter(load, tmp_path, monkeypatch, cores, most_bytes):
    one = stored(load().folder)
    monkeypatch.setenv("FER_CORES", str(cores))
    monkeypatch.setattr(streaming, "CHUNK_BYTES", most_bytes)
    assert stored(load(data=tmp_path / "other").folder) == one


def damage(root):
    (root / "3.png").write_bytes(b"")
    (root / "17.png").write_bytes((root / "17.png").read_bytes()[:300])
    (root / "18.png").write_text("no image")
    (root / "30.png").unlink()
    Image.fromarray(np.full((9, 9), 7_000, np.uint16)).save(root / "40.png")
    return [3, 17, 18, 30, 40]


def test_what_cannot_be_read_is_left_out_and_listed(load, root):
    lost = damage(root)
    landmarks = np.arange(N, dtype=np.float32)[:, None, None] + np.zeros((N, 68, 2), np.float32)
    faces = load(max_unreadable=0.2, landmarks=landmarks)
    kept = [k for k in range(N) if k not in lost]
    assert faces.samples["sample_id"].tolist() == [f"s{k}" for k in kept] and len(faces) == len(kept)
    for row, k in enumerate(kept):
        image, (width, height) = read_whole(root / f"{k}.png", 48)
        assert np.array_equal(faces.images[row], image)
        assert faces.extras["landmarks"][row, 0] == pytest.approx([(k + 0.5) * 48 / s - 0.5 for s in (width, height)])
    table = pd.read_csv(faces.folder / "unreadable.csv")
    assert table["file"].tolist() == [f"{k}.png" for k in lost]
    assert table["reason"][0] == "empty file" and table["reason"][3] == "no such file"
    assert table["reason"][2] == "not a readable image (unknown format)"
    assert table["reason"][4] == "not a readable image (I;16 pixels, expected 8 bits)"
    assert faces.card["left_out"] == {"unreadable": 5}


def test_too_many_unreadable_files_leave_nothing_behind(load, root, tmp_path):
    damage(root)
    with pytest.raises(InputError) as error:
        load(max_unreadable=0.03)
    assert str(error.value) == (
        f"{root / '3.png'}: empty file; 3 of the first 24 of 41 images cannot be read, "
        "expected at most 3.0% (option max_unreadable)"
    )
    assert [path.name for path in (tmp_path / "prepared").iterdir()] == [".many.lock"]


def interrupted(monkeypatch, after: int):
    """The next load stops when it has written the record of so many chunks."""
    save, calls = streaming.save_json, []

    def stop(path, content):
        save(path, content)
        calls.append(path)
        if len(calls) == after + 1:  # the first call makes an empty record
            raise KeyboardInterrupt

    monkeypatch.setattr(streaming, "save_json", stop)
    return lambda: monkeypatch.setattr(streaming, "save_json", save)


@pytest.mark.parametrize("after", [0, 1, 3, 6])
def test_an_interrupted_preparation_goes_on(load, root, tmp_path, monkeypatch, after):
    damage(root)
    whole = stored(load(max_unreadable=0.2, data=tmp_path / "whole").folder)
    go_on = interrupted(monkeypatch, after)
    with pytest.raises(KeyboardInterrupt):
        load(max_unreadable=0.2)
    folder = tmp_path / "prepared" / "many"
    assert not is_complete(folder, {"dataset": "many"})
    go_on()
    read = []
    chunk = streaming.read_chunk
    monkeypatch.setattr(
        streaming, "read_chunk", lambda root, names, *rest: read.extend(names) or chunk(root, names, *rest)
    )
    assert stored(load(max_unreadable=0.2).folder) == whole
    assert sorted(read, key=lambda name: int(name[:-4])) == [f"{k}.png" for k in range(8 * after, N)]


@pytest.mark.parametrize("step", ["_finish_images", "_finish_landmarks"])
def test_killed_while_it_finishes(load, root, tmp_path, monkeypatch, step):
    """No image is read again, wherever in the end it was; what a killed write left is cleared away."""
    damage(root)
    options = {"max_unreadable": 0.2, "landmarks": np.ones((N, 68, 2), np.float32)}
    whole = stored(load(data=tmp_path / "whole", **options).folder)

    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(streaming, step, killed)
        with pytest.raises(KeyboardInterrupt):
            load(**options)
    (tmp_path / "prepared" / "many" / ".images-x1.npy").write_bytes(b"half")
    monkeypatch.setattr(streaming, "_read", killed)
    assert stored(load(**options).folder) == whole


def test_other_files_start_anew(load, root, tmp_path, monkeypatch):
    go_on = interrupted(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        load()
    go_on()
    files = [f"{k}.png" for k in reversed(range(N))]
    faces = load(files)
    assert np.array_equal(faces.images[0], faces.images[N - 3]) and np.array_equal(
        faces.images[N - 1], read_whole(root / "0.png", 48)[0]
    )


def test_a_record_without_its_arrays_starts_anew(load, tmp_path, monkeypatch):
    whole = stored(load(data=tmp_path / "whole").folder)
    for lost in (IMAGES, FACTS_FILE):
        go_on = interrupted(monkeypatch, 2)
        with pytest.raises(KeyboardInterrupt):
            load()
        go_on()
        (tmp_path / "prepared" / "many" / lost).unlink()
        faces = load()
        assert stored(faces.folder) == whole
        (faces.folder / "card.json").unlink()


def test_killed_for_good_and_called_again(tmp_path):
    """SIGKILL in the midst of it: the second call reads only what is missing, and the bytes are the same."""
    raw = tmp_path / "a" / "raw" / "folder"
    raw.mkdir(parents=True)
    for k in range(64):
        picture(k, (200, 200)).save(raw / f"{k}.jpg")
    code = """if True:
        import sys, time
        import numpy as np, pandas as pd
        from pathlib import Path
        from fer_lib.datasets import load_dataset, streaming
        from fer_lib.datasets.registry import register_dataset
        from tests.datasets.test_streaming import stream_of
        streaming.CHUNK = 4
        if sys.argv[2] == "slow":
            save = streaming.save_json
            streaming.save_json = lambda *given: (save(*given), time.sleep(0.2))
        raw = Path(sys.argv[3])
        register_dataset("many")(lambda _: stream_of(raw, [f"{k % 64}.jpg" for k in range(200)]))
        print(len(load_dataset("many", sys.argv[1])), "images")
    """

    def call(data, speed, **options):
        words = [sys.executable, "-c", code, str(data), speed, str(raw)]
        return subprocess.Popen(words, env={**os.environ, "FER_CORES": "2"}, text=True, **options)

    slow = call(tmp_path / "a", "slow")
    record = tmp_path / "a" / "prepared" / "many" / RECORD
    until = time.monotonic() + 120
    while time.monotonic() < until and slow.poll() is None:
        if record.exists() and json.loads(record.read_text())["done"] >= 12:
            break
        time.sleep(0.02)
    slow.send_signal(signal.SIGKILL)
    assert slow.wait() == -signal.SIGKILL
    done = json.loads(record.read_text())["done"]
    assert 12 <= done < 200 and (record.parent / IMAGES).exists() and not (record.parent / "card.json").exists()
    again = call(tmp_path / "a", "fast", stdout=subprocess.PIPE)
    said = again.communicate()[0]
    assert f"many: {done} of 200 images were read before; going on" in said and "200 images" in said
    whole = call(tmp_path / "b", "fast")
    assert whole.wait() == 0
    assert stored(tmp_path / "a/prepared/many") == stored(tmp_path / "b/prepared/many")


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "P", "1", "CMYK"])
def test_every_mode_is_read_as_the_study_did(tmp_path, mode):
    suffix = "tiff" if mode == "CMYK" else "png"
    picture(4, (70, 50), "RGBA").convert("RGB").convert(mode).save(tmp_path / f"a.{suffix}")
    image, native = read_whole(tmp_path / f"a.{suffix}", 48)
    with Image.open(tmp_path / f"a.{suffix}") as file:
        assert np.array_equal(image, np.asarray(file.convert("LA").resize((48, 48)).convert("L"))) and native == (
            70,
            50,
        )
