"""A run's networks as one ONNX file that needs nothing else: faces as bytes in, probabilities out."""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..artifacts import atomic_path, file_sha256
from ..artifacts.cards import revision
from ..errors import InputError, require
from ..faces import FIVE_POINTS
from ..faces.hulls import MARGIN
from ..faces.similarity import TARGETS
from ..training.batches import normalise
from .model import Member, load_member, member_probabilities

NEEDED = ("onnx", "onnxruntime", "onnxscript")
#: Most that a probability may differ from PyTorch's; sums in another order differ by about 1e-7.
TOLERANCE = 1e-4
INPUT, OUTPUT = "faces", "probabilities"
UPRIGHT = (
    "turned until the inner corners of the eyes are level, and dlib's 68 landmarks with a margin of "
    f"{MARGIN:g} of these corners' distance"
)


class StandAlone(nn.Module):
    """What :class:`~fer_lib.recognizer.Recognizer` does with faces that have been cut out and resized, or aligned.

    Shapes:
        faces: uint8 (N, size, size) grey, or (N, size, size, 3) RGB where the networks were trained on colours;
            aligned faces where they were trained on such
        returns: float32 (N, K), rows sum to 1
    """

    def __init__(self, member: Member):
        super().__init__()
        self.member, self.networks = member, nn.ModuleList(member.networks)

    def forward(self, faces: Tensor) -> Tensor:
        return member_probabilities(self.member, normalise(faces))


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        difference: largest absolute difference of a probability to PyTorch's.
        images: over how many images.
        aligned: whether it takes aligned faces; where they have their points is in the file's metadata.
    """

    path: Path
    networks: int
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    difference: float
    images: int
    aligned: bool = False

    def __str__(self) -> str:
        size, several = self.path.stat().st_size / 1e6, f"mean of {self.networks} networks, " * (self.networks > 1)
        return (
            f"{self.path}: {size:.1f} MB, {several}uint8 (N, {', '.join(map(str, self.shape))})"
            f"{' of aligned faces (its metadata say how)' if self.aligned else ''} to probabilities of "
            f"{', '.join(self.classes)}\nlargest difference to PyTorch over {self.images} images: {self.difference:.1e}"
        )


def export_onnx(run: str | Path, out: str | Path, *, fold: int | None = None) -> Exported:
    """Write the networks of `run` as 32-bit floats; the number of faces in a batch is free.

    The file's metadata hold ``classes`` (a JSON list in the order of the probabilities), ``input``, ``model``,
    ``weights_sha256`` and ``revision``. Nothing is kept whose answers differ from PyTorch's by more than `TOLERANCE`.

    Args:
        run: what :class:`~fer_lib.recognizer.Recognizer` takes as `model`.
        fold: its network alone; None exports the mean of all folds, as the recognizer answers.

    Raises:
        InputError: a package is missing, `out` has another ending or no folder, `run` cannot be loaded or written as
            ONNX, or the answers differ.
    """
    run, out = Path(run), Path(out)
    check_export(out)
    member = load_member(run, fold)
    images = parity_images(member)
    with atomic_path(out) as temporary:
        write_onnx(member, temporary, metadata(member, run, fold))
        with torch.inference_mode():
            expected = StandAlone(member)(torch.from_numpy(images)).numpy()
        difference = float(np.abs(onnx_probabilities(temporary, images) - expected).max())
        require(
            difference <= TOLERANCE,
            f"{out}: its probabilities differ from PyTorch's by up to {difference:.1e}, expected at most "
            f"{TOLERANCE:g}; nothing was kept",
        )
    aligned = member.needs_landmarks
    return Exported(out, len(member.networks), images.shape[1:], member.classes, difference, len(images), aligned)


def check_export(out: Path) -> None:
    """Raise InputError unless ONNX can be written, and to `out`."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    are = "is" if len(missing) == 1 else "are"
    require(not missing, f"{', '.join(missing)} {are} not installed; run `pip install {' '.join(NEEDED)}`")
    require(out.suffix == ".onnx", f"{out}: expected a name ending in .onnx")
    require(out.parent.is_dir(), f"{out}: no folder {out.parent}, expected one that is there")
    require(not out.is_dir(), f"{out}: a folder, expected the name of a file")


def write_onnx(member: Member, path: Path, facts: dict[str, str]) -> None:
    """The file alone, unchecked.

    Raises:
        InputError: PyTorch cannot export one of the networks.
    """
    example = torch.from_numpy(parity_images(member)[:2])
    model = StandAlone(member).eval()
    try:
        program = torch.onnx.export(
            model,
            (example,),
            dynamo=True,  # the other exporter is deprecated
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes={INPUT: {0: torch.export.Dim("batch")}},
            verbose=False,
        )
    except torch.onnx.errors.OnnxExporterError as error:
        reason = type(error.__cause__ or error).__name__
        raise InputError(
            f"{member.name}: PyTorch {torch.__version__} cannot write this network as ONNX ({reason})"
        ) from error
    for node in program.model.graph.all_nodes():
        node.metadata_props.clear()  # stack traces with paths of this machine, half of a small file
    program.model.metadata_props.update(facts)
    program.save(path, external_data=False)


def metadata(member: Member, run: Path, fold: int | None) -> dict[str, str]:
    """Strings that a reader of the file needs."""
    files = [run] if run.is_file() else sorted((run / "weights").glob("*" if fold is None else f"fold{fold}.*"))
    colours = "grey" if member.channels == "grey" else "red, green, blue"
    return {
        "classes": json.dumps(member.classes, ensure_ascii=False),
        "input": f"uint8, {member.size} × {member.size} pixels, 0 … 255, {colours}: {shown(member)}",
        "model": run.name,
        "networks": str(len(member.networks)),
        "weights_sha256": json.dumps({file.name: file_sha256(file) for file in files}),
        "revision": str(revision()["revision"]),
    }


def shown(member: Member) -> str:
    """What lies where in the images that these networks take."""
    beyond = "beyond the picture, its border goes on"
    if member.square is not None:
        return (
            f"the face {UPRIGHT if member.square.upright else 'as it is cut out'} in a square that takes "
            f"{member.square.side:g} of the width, in the middle; {beyond}"
        )
    if member.points is None:
        return "the face and little else"
    places = zip(FIVE_POINTS, TARGETS[member.points], strict=False)  # the eyes alone, or all five
    named = ", ".join(f"{name} ({x:g}, {y:g})" for name, (x, y) in places)
    return (
        f"the face turned, scaled and shifted so that, in shares of width and height, its points lie at {named}; left "
        f"as seen in the image, an eye the mean of its six lid points; {beyond}"
    )


def parity_images(member: Member, count: int = 16) -> np.ndarray:
    """uint8 (count, size, size[, 3]): random patterns, from coarse to fine and from faint to strong."""
    random = np.random.default_rng(0)
    shape = (member.size, member.size, *((3,) if member.channels == "rgb" else ()))
    images = []
    for number in range(count):
        block = max(1, member.size >> (1 + number % 5))
        rows = np.arange(member.size) // block
        coarse = random.normal(0, 16 * 2 ** (number % 4), (rows[-1] + 1, rows[-1] + 1, *shape[2:]))
        images.append(random.integers(64, 192) + coarse[rows][:, rows])
    return np.clip(np.stack(images), 0, 255).astype(np.uint8)


def onnx_probabilities(path: Path, images: np.ndarray, batch_size: int = 64) -> np.ndarray:
    """float32 (N, K) that onnxruntime computes on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    parts = range(0, len(images), batch_size)
    return np.concatenate([session.run(None, {INPUT: images[i : i + batch_size]})[0] for i in parts])
