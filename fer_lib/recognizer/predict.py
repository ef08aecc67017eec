"""Image files, folders and videos through a recognizer; whoever wants the answers listens."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import InputError, require
from ..progress import progress
from ..registry import nearest
from .frames import Frame, answered
from .images import IMAGE_SUFFIXES, read_frame
from .outputs import save_image
from .video import is_video, predict_video


def find_files(words: Sequence[str | Path]) -> tuple[list[Path], list[Path]]:
    """Images and videos that these words name, a folder by the images in it, in natural order ("2" before "10").

    Returns:
        the files; what lies beside the images in folders and is left out (hidden files are not mentioned).

    Raises:
        InputError: something that is not there, or a folder without images.
    """
    files, left_out = [], []
    for path in map(Path, words):
        if path.is_dir():
            inside = sorted((p for p in path.iterdir() if not p.name.startswith(".")), key=natural)
            images = [p for p in inside if p.is_file() and p.suffix.lower() in IMAGE_SUFFIXES]
            require(bool(images), f"{path}: no images, expected files ending in {', '.join(IMAGE_SUFFIXES)}")
            files += images
            left_out += [p for p in inside if p not in set(images)]
        else:
            hint = "" if path.exists() else nearest(path.name, _names_beside(path))
            require(path.is_file(), f"{path}: no such file{hint}, expected an image, a folder, a video or webcam")
            files.append(path)
    return files, left_out


def natural(path: Path) -> tuple:
    """Sorts names by the numbers in them."""
    parts = re.split(r"(\d+)", path.name.casefold())  # text and numbers in turn
    return [int(part) if part.isdecimal() else part for part in parts], path.name


def predict_files(
    recognizer,
    files: Sequence[Path],
    tell: Callable[[Frame], None],
    *,
    copies: Mapping[Path, Path] | None = None,
    every: int = 1,
) -> list[str]:
    """Every face in images and in every n-th frame of videos, images first.

    Args:
        recognizer: a :class:`~fer_lib.recognizer.Recognizer`.
        tell: is given each image and each frame in which faces were looked for.
        copies: where annotated copies go, by file (:func:`~fer_lib.recognizer.outputs.annotated_names`).

    Returns:
        A sentence for each file that could not be read, or not to its end.
    """
    failed: list[str] = []
    copies = copies or {}
    images = [path for path in files if not is_video(path)]
    for frame in answered(recognizer, _images(images, failed.append)):
        tell(frame)
        if frame.path in copies:
            save_image(copies[frame.path], recognizer.draw(frame.image, list(frame.faces)))
    for path in files:
        if is_video(path):
            try:
                cut_off = predict_video(recognizer, path, tell, every=every, annotated=copies.get(path))
                failed += [cut_off] if cut_off else []
            except InputError as error:
                failed.append(str(error))
    return failed


def _images(paths: Sequence[Path], failed: Callable[[str], None]) -> Iterator[Frame]:
    for path in progress(paths, label="predicting", unit="image"):
        try:
            yield Frame(path, 0, None, read_frame(path))
        except InputError as error:
            failed(str(error))


def _names_beside(path: Path) -> list[str]:
    return ["webcam", *(p.name for p in path.parent.iterdir())] if path.parent.is_dir() else ["webcam"]
