"""``fer predict``: what the faces in images, videos and before the webcam express."""

import sys
import warnings
from contextlib import ExitStack
from pathlib import Path

from ..errors import InputError, require
from .parsing import Parser, command

WEBCAM = "webcam"
NAME = "fer predict"


def add_commands(commands) -> None:
    parser = command(
        commands,
        "predict",
        "Find the faces in images, videos or before the webcam and say what they express. Without --model the demo's "
        "run answers, which knows drawn faces only.",
        [
            "predict photo.jpg --model reports/demo/runs/RUN",
            "predict photos --model RUN --csv faces.csv --annotated annotated/",
            "predict video.mp4 --model RUN --every 5 --json faces.json --annotated annotated.mp4",
            "predict webcam --model RUN",
        ],
        _predict,
    )
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="images, folders of images, videos; or the word webcam alone"
    )
    _add_recognizer(parser)
    parser.add_argument("--csv", type=Path, metavar="FILE", help="a row per face, with the probability of every class")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the same, an object per image or frame")
    parser.add_argument(
        "--annotated",
        metavar="PATH",
        help="copies with boxes and labels: a file for one image, video (.mp4) or the webcam, else a folder",
    )
    parser.add_argument(
        "--every", type=int, metavar="N", help="look at every N-th frame of videos and the webcam (default: 1)"
    )


def _add_recognizer(parser: Parser) -> None:
    parser.add_argument(
        "--model",
        action="append",
        metavar="RUN",
        help="folder of a finished run; repeatable: the probabilities of several are averaged",
    )
    parser.add_argument("--fold", type=int, metavar="K", help="this fold's network alone (default: the mean of all)")
    parser.add_argument(
        "--detector",
        default="dlib",
        choices=("dlib", "haar", "yunet"),
        metavar="NAME",
        help="dlib (default), haar, yunet",
    )
    parser.add_argument("--device", default="auto", metavar="NAME", help="auto (default), cpu, cuda, mps")


def _predict(given) -> None:
    require(given.every is None or given.every >= 1, f"every = {given.every}, expected at least 1")
    if WEBCAM in given.sources:
        _webcam(given)
    else:
        _files(given)


def _files(given) -> None:
    from ..recognizer.outputs import annotated_names, check_outputs
    from ..recognizer.predict import find_files, predict_files
    from ..recognizer.video import is_video
    from .seen import Seen

    files, left_out = find_files(given.sources)
    require(given.every is None or any(map(is_video, files)), f"every = {given.every}, but no video is named")
    copies, folder = {}, None
    if given.annotated:
        target = Path(given.annotated)
        alone = len(given.sources) == 1 and not Path(given.sources[0]).is_dir()
        folder = None if alone and not (target.is_dir() or given.annotated.endswith("/")) else target
        copies = annotated_names(files, target, folder is not None)
    check_outputs([*filter(None, (given.csv, given.json)), *copies.values()], files, folder)
    if left_out:
        _say(
            f"left out, as they are no images: {', '.join(path.name for path in left_out[:5])}"
            + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
        )
    recognizer = _recognizer(given)
    with ExitStack() as stack:
        seen = Seen(given.csv, given.json, recognizer.classes, stack)
        failed = predict_files(recognizer, files, seen.tell, copies=copies, every=given.every or 1)
        if not seen.frames:  # no table of nothing is left behind
            _refuse(failed, len(files))
    print(seen.tables())
    _refuse(failed, len(files))


def _webcam(given) -> None:
    from ..recognizer.outputs import check_outputs
    from ..recognizer.video import require_mp4, webcam
    from .seen import Seen

    require(given.sources == [WEBCAM], "webcam beside other sources, expected it alone; ./webcam names a file")
    annotated = Path(given.annotated) if given.annotated else None
    if annotated:
        require_mp4(annotated)
    outputs = [path for path in (given.csv, given.json, annotated) if path]
    check_outputs(outputs, [])
    recognizer = _recognizer(given)
    with ExitStack() as stack:
        seen = Seen(given.csv, given.json, recognizer.classes, stack)
        stopped = webcam(recognizer, tell=seen.tell if outputs else None, annotated=annotated, every=given.every or 1)
    print(seen.tables())
    _refuse([stopped] if stopped else [], 1)


def _recognizer(given):
    """With its networks read; what it warns of is said in a line."""
    from ..recognizer import Recognizer

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        recognizer = Recognizer(model=given.model, fold=given.fold, device=given.device, detector=given.detector).load()
    for warning in said:
        _say(str(warning.message))
    return recognizer


def _say(sentence: str) -> None:
    print(f"{NAME}: {sentence}", file=sys.stderr)


def _refuse(failed: list[str], files: int) -> None:
    """Raise InputError where there are sentences: the only one, or a count after all of them."""
    if len(failed) == 1:
        raise InputError(failed[0])
    for sentence in failed:
        _say(sentence)
    require(not failed, f"{len(failed)} of {files} files could not be read to their end")
