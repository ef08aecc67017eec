"""How the recogniser does on photographs it was not trained on: faces found, smiling against neutral, time per face.

    python benchmarks/recogniser_on_photographs.py FOLDER --model RUN [--model RUN ...] [--detector dlib]

FOLDER holds the Face Research Lab London Set as ``<subject>_neutral.jpg`` and ``<subject>_happiness.jpg`` (DeBruine and
Jones, doi:10.6084/m9.figshare.5047666.v5, CC BY 4.0). Two questions are asked. Each photograph by itself: it counts as
smiling where the class ``happy`` gets a higher probability than ``neutral``. The two photographs of a person side by
side: the smiling one is that with the higher odds of ``happy`` against ``neutral``, so that where a network draws the
line between a faint smile and none does not matter. Intervals are Wilson's over the people.
"""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from report_file import parser, write_report
from statsmodels.stats.proportion import proportion_confint

from fer_lib.errors import require
from fer_lib.recognizer import Recognizer
from fer_lib.recognizer.images import read_frame
from fer_lib.training.device import choose_device

EMOTIONS = {"happiness": "happy", "neutral": "neutral"}


def photographs(folder: Path) -> pd.DataFrame:
    """``path, subject, truth`` of every photograph in `folder`."""
    rows = [
        {"path": path, "subject": path.stem.rsplit("_", 1)[0], "truth": EMOTIONS[path.stem.rsplit("_", 1)[1]]}
        for path in sorted(folder.glob("*.jpg"))
        if path.stem.rsplit("_", 1)[-1] in EMOTIONS
    ]
    require(len(rows) > 0, f"{folder}: no <subject>_neutral.jpg or <subject>_happiness.jpg, expected the London set")
    return pd.DataFrame(rows)


def measure(table: pd.DataFrame, recognizer: Recognizer) -> tuple[pd.DataFrame, dict[str, float]]:
    """`table` with ``faces, happy, neutral, answer`` (of the largest face), and milliseconds per photograph or face."""
    frames = [read_frame(path) for path in table["path"]]
    recognizer.load()
    recognizer.detect_emotion_for_frames(frames[:2])  # warms up
    started = time.perf_counter()
    boxes = [recognizer.detect_faces(frame) for frame in frames]
    found = time.perf_counter()
    crops = [
        frame[b["ymin"] : b["ymax"], b["xmin"] : b["xmax"]] for frame, (b, *_) in zip(frames, boxes, strict=True) if b
    ]
    classify = time.perf_counter()
    for crop in crops:
        recognizer.detect_emotion_for_single_face_image(crop)
    alone = time.perf_counter()
    answers = recognizer.detect_emotion_for_frames(frames)
    together = time.perf_counter()
    best = [max(faces, key=lambda f: f["xmax"] - f["xmin"], default=None) for faces in answers]
    values = [{} if face is None else {k: v for one in face["proba_list"] for k, v in one.items()} for face in best]
    table = table.assign(
        faces=[len(faces) for faces in answers],
        happy=[value.get("happy", np.nan) for value in values],
        neutral=[value.get("neutral", np.nan) for value in values],
        answer=["none" if face is None else face["emo_label"] for face in best],
    )
    n = len(frames)
    return table, {
        "finding faces, per photograph": 1000 * (found - started) / n,
        "classifying a face alone": 1000 * (alone - classify) / len(crops),
        "both, all photographs at once, per face": 1000 * (together - alone) / n,
    }


def pairs(table: pd.DataFrame) -> pd.Series:
    """Whether the smiling photograph has the higher odds of ``happy`` against ``neutral``, by subject; those who lack
    one of the two photographs, or a face in it, are left out."""
    odds = table.assign(odds=np.log(table["happy"]) - np.log(table["neutral"]))
    odds = odds.pivot(index="subject", columns="truth", values="odds").dropna()
    return odds["happy"] > odds["neutral"]


def main(words: list[str] | None = None) -> None:
    arguments = parser(__doc__)
    arguments.add_argument("folder", type=Path, help="the photographs")
    arguments.add_argument("--model", action="append", required=True, help="folder of a run; several: an ensemble")
    arguments.add_argument("--detector", default="dlib", help="dlib, haar or yunet (default dlib)")
    given = arguments.parse_args(words)
    recognizer = Recognizer(model=given.model, detector=given.detector)
    table, times = measure(photographs(given.folder), recognizer)
    right = np.where(table["truth"] == "happy", table["happy"] > table["neutral"], table["neutral"] > table["happy"])
    both = pd.Series(right).groupby(table["subject"]).all()
    low, high = proportion_confint(int(both.sum()), len(both), method="wilson")
    beside = pairs(table)
    below, above = proportion_confint(int(beside.sum()), len(beside), method="wilson")
    top = (table["answer"] == table["truth"]).mean()
    wrong = {truth: int((~right[table["truth"] == truth]).sum()) for truth in ("happy", "neutral")}
    lines = [
        f"{len(table)} photographs of {table['subject'].nunique()} people; exactly one face found on "
        f"{(table['faces'] == 1).sum()} (detector {given.detector}).",
        f"Smiling against neutral: {100 * right.mean():.1f} % of the photographs right ({wrong['happy']} smiling and "
        f"{wrong['neutral']} neutral ones wrong); both photographs right for {100 * both.mean():.1f} % of the people "
        f"[{100 * low:.1f}, {100 * high:.1f}]. Right among all {len(recognizer.classes)} classes: {100 * top:.1f} %.",
        f"The smiling one of the two photographs of a person: {100 * beside.mean():.1f} % of {len(beside)} people "
        f"right [{100 * below:.1f}, {100 * above:.1f}].",
        "Models: " + ", ".join(f"`{Path(name).name}`" for name in given.model),
        pd.DataFrame({"ms": times}).round(1).to_markdown(),
    ]
    write_report("recogniser", "The recogniser on photographs", lines, choose_device("auto"), given.out)


if __name__ == "__main__":
    main()
