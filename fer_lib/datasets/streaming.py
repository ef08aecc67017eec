"""Sets too large to build in memory: images go to ``images.npy`` chunk by chunk, and a killed preparation goes on.

While it runs, the folder holds ``images.npy.partial`` (all images, those not read yet as zeros), ``facts.npy.partial``
(native size and digest of each) and ``record.json.partial`` (how far it is, which files cannot be read). Chunks are
written in order and flushed before the record counts them.
"""

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import fingerprint, read_array, save_json, save_table
from ..errors import InputError
from ..progress import progress
from ..resources import cores
from .faceset import FaceSet
from .row_files import read_header, save_blocks, write_rows
from .stream_reading import FACTS, read_chunk

CHUNK, CHUNK_BYTES = 512, 2**23  # images that are read at a time, and bytes they may have
BLOCK = 8192  # rows that are copied at a time
WORKERS = 16  # more would wait for the interpreter
IMAGES, FACTS_FILE, RECORD = "images.npy.partial", "facts.npy.partial", "record.json.partial"
UNREADABLE = "unreadable.csv"


@dataclass(frozen=True)
class FaceStream:
    """What a builder returns in place of a :class:`FaceSet` when its images shall be read while they are stored.

    Attributes:
        name, samples, classes, card: as those of FaceSet; one row per file.
        root: the folder that `files` are counted from.
        files: N paths with forward slashes; a file may be named twice.
        size, channels: of the stored images, see :func:`.stream_reading.read_whole`.
        landmarks: float32 (N, 68, 2) in pixels of the files (x right, y down, centre of the top-left pixel at 0),
            NaN where unknown, or None. They are scaled with the images.
        max_unreadable: share of the files that may be missing or damaged; these are left out.
    """

    name: str
    root: Path
    files: Sequence[str]
    samples: pd.DataFrame
    classes: tuple[str, ...]
    size: int = 48
    channels: str = "grey"
    landmarks: np.ndarray | None = None
    max_unreadable: float = 0.01
    card: dict = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.files)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), self.size, self.size, *((3,) if self.channels == "rgb" else ()))

    @property
    def identity(self) -> str:
        """Equal where the images of an interrupted preparation can be used."""
        names = hashlib.sha256("\n".join(self.files).encode()).hexdigest()
        return fingerprint([names, self.shape, FACTS.descr], length=32)


@contextmanager
def streamed(stream: FaceStream, folder: Path) -> Iterator[FaceSet]:
    """Read the images of `stream` into `folder`, going on where an earlier call was killed.

    Yields:
        The set with memory-mapped arrays that are in place already (``images.npy``, ``landmarks.npy``, and
        ``unreadable.csv`` where files were left out); ``width`` and ``height`` of the files and ``duplicate_group``
        stand in its samples. What remains for the caller is the table and the card; when that is done the record of
        the work is removed.

    Raises:
        InputError: more than `max_unreadable` of the files cannot be read; the folder is removed.
    """
    record = _record(stream, folder)
    if record["done"] < len(stream):
        _read(stream, folder, record)
    facts = read_array(folder / FACTS_FILE, mapped=False)
    readable = facts["width"] > 0
    if (folder / IMAGES).exists():
        _finish_images(folder, readable)
    samples = stream.samples[readable].reset_index(drop=True)
    samples = samples.assign(width=facts["width"][readable], height=facts["height"][readable])
    # equal digests of 128 bits: equal pixels
    samples["duplicate_group"] = pd.factorize(np.unique(facts["digest"][readable], return_inverse=True)[1])[0]
    extras = {}
    if stream.landmarks is not None:
        _finish_landmarks(stream.landmarks, facts, stream.size, folder / "landmarks.npy")
        extras["landmarks"] = read_array(folder / "landmarks.npy")
    lost = {stream.files[int(row)]: reason for row, reason in record["unreadable"].items()}
    if lost:
        save_table(folder / UNREADABLE, pd.DataFrame({"file": list(lost), "reason": list(lost.values())}))
        print(f"{stream.name}: {int((~readable).sum()):,} of {len(stream):,} images cannot be read, see {UNREADABLE}")
    left_out = {**stream.card.get("left_out", {}), "unreadable": int((~readable).sum())}
    images = read_array(folder / "images.npy")
    yield FaceSet(stream.name, images, samples, stream.classes, {**stream.card, "left_out": left_out}, extras)
    for name in (RECORD, FACTS_FILE):
        (folder / name).unlink()


def _record(stream: FaceStream, folder: Path) -> dict:
    """How far an earlier call came with the same files; a fresh folder where there was none."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):  # none, or damaged: what it would have saved is redone
        record = None
    record = record if isinstance(record, dict) else {}
    finished = record.get("done") == len(stream) and (folder / "images.npy").exists()
    usable = (folder / FACTS_FILE).exists() and (finished or (folder / IMAGES).exists())
    if record.get("identity") == stream.identity and usable:
        print(f"{stream.name}: {record['done']:,} of {len(stream):,} images were read before; going on")
        for cut_off in folder.glob(".*"):  # temporary names of files that were being written when it was killed
            cut_off.unlink()
        return record
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name, dtype, shape in ((IMAGES, np.uint8, stream.shape), (FACTS_FILE, FACTS, (len(stream),))):
        np.lib.format.open_memmap(folder / name, mode="w+", dtype=dtype, shape=shape)
    record = {"identity": stream.identity, "done": 0, "unreadable": {}}
    save_json(folder / RECORD, record)
    return record


def _read(stream: FaceStream, folder: Path, record: dict) -> None:
    allowed = stream.max_unreadable * len(stream)
    label = f"reading {stream.name}"
    with (
        open(folder / IMAGES, "r+b") as images,
        open(folder / FACTS_FILE, "r+b") as facts,
        progress(total=len(stream), initial=record["done"], label=label, unit="image") as bar,
        closing(_chunks(stream, record["done"])) as chunks,
    ):
        for start, (part, told, faults) in chunks:
            write_rows(images, start, part)
            write_rows(facts, start, told)
            record["unreadable"] |= {str(start + k): reason for k, reason in faults.items()}
            record["done"] = start + len(part)
            if len(record["unreadable"]) > allowed:
                _give_up(stream, folder, record)
            save_json(folder / RECORD, record)
            bar.update(len(part))


def _chunks(stream: FaceStream, first: int) -> Iterator[tuple[int, tuple]]:
    """Positions from `first` on and what :func:`.stream_reading.read_chunk` makes of them, in order.

    Threads do: Pillow lets go of the interpreter while it decodes and resizes, and they need no memory of their own and
    end with the process. Only so many chunks are under way that a slow disk does not fill the memory.
    """
    step = max(1, min(CHUNK, CHUNK_BYTES // int(np.prod(stream.shape[1:]))))
    workers = min(cores(), WORKERS)
    waiting: deque = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for start in range(first, len(stream), step):
            names = stream.files[start : start + step]
            waiting.append((start, pool.submit(read_chunk, str(stream.root), names, stream.size, stream.channels)))
            if len(waiting) > 2 * workers:
                start, done = waiting.popleft()
                yield start, done.result()
        while waiting:
            start, done = waiting.popleft()
            yield start, done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _give_up(stream: FaceStream, folder: Path, record: dict) -> None:
    shutil.rmtree(folder)
    row, reason = next(iter(record["unreadable"].items()))
    raise InputError(
        f"{stream.root / stream.files[int(row)]}: {reason}; {len(record['unreadable'])} of the first {record['done']} "
        f"of {len(stream)} images cannot be read, expected at most {stream.max_unreadable:.1%} (option max_unreadable)"
    )


def _finish_images(folder: Path, readable: np.ndarray) -> None:
    """``images.npy`` without the rows of unreadable files."""
    if readable.all():
        os.replace(folder / IMAGES, folder / "images.npy")
        return
    with open(folder / IMAGES, "rb") as source:
        shape, dtype, _ = read_header(source)

        def rows():
            for start in range(0, len(readable), BLOCK):
                keep = readable[start : start + BLOCK]
                count = len(keep) * int(np.prod(shape[1:]))
                yield np.fromfile(source, dtype, count).reshape(len(keep), *shape[1:])[keep]

        save_blocks(folder / "images.npy", rows(), (int(readable.sum()), *shape[1:]), dtype)
    (folder / IMAGES).unlink()


def _finish_landmarks(points: np.ndarray, facts: np.ndarray, size: int, path: Path) -> None:
    """Landmarks of the readable images in pixels of the stored ones; pixel centres are at whole numbers in both."""

    def rows():
        for start in range(0, len(points), BLOCK):
            part, fact = points[start : start + BLOCK], facts[start : start + BLOCK]
            keep = fact["width"] > 0
            scale = size / np.stack([fact["width"][keep], fact["height"][keep]], axis=1)[:, None]
            yield ((part[keep] + 0.5) * scale - 0.5).astype(np.float32)

    save_blocks(path, rows(), (int((facts["width"] > 0).sum()), *points.shape[1:]), np.dtype(np.float32))
