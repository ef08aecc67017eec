"""A run's network with weights and activations of 8 bits, and what that costs on the images that selected it."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from ..artifacts import atomic_path
from ..artifacts.runs import load_run
from ..datasets.labels import LABEL_SPACES
from ..errors import require
from ..faces.crops import load_faces
from ..faces.grey import to_grey
from ..faces.similarity import aligned_faces
from ..faces.squares import squares_of_run
from .export import INPUT, check_export, metadata, onnx_probabilities, write_onnx
from .model import load_member

CALIBRATION = 512  # images; ranges of activations hardly change beyond
#: Layers that are computed in 8 bits. What lies between them stays in floats: normalisation of the bytes, sampling
#: grids of spatial transformers (255 steps would be a fifth of a pixel), masks and the softmax.
LAYERS = ("Conv", "Gemm")


@dataclass(frozen=True)
class Quantised:
    """What was written, and its answers beside those of 32-bit floats to the part that selected the network.

    Attributes:
        part: which images these are; images: how many.
        accuracy, accuracy_fp32: shares that are right.
        agreement: share with the same label.
        difference: mean absolute difference of a probability.
    """

    path: Path
    classes: tuple[str, ...]
    calibrated_on: int
    part: str
    images: int
    accuracy: float
    accuracy_fp32: float
    agreement: float
    difference: float

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.path.stat().st_size / 1e6:.1f} MB, int8, calibrated on {self.calibrated_on} training "
            f"images, probabilities of {', '.join(self.classes)}\n"
            f"accuracy on {self.images} images of {self.part}: {100 * self.accuracy:.2f} % "
            f"(32-bit floats: {100 * self.accuracy_fp32:.2f} %, same label for {100 * self.agreement:.2f} %, mean "
            f"difference of probabilities {self.difference:.4f})"
        )


def export_int8(
    run: str | Path, out: str | Path, *, fold: int | None = None, data_dir: str | Path = "data"
) -> Quantised:
    """Write one network of `run` with 8-bit convolutions and linear layers, quantised statically: ranges of activations
    are those of `CALIBRATION` images that it was trained on.

    Args:
        data_dir: where the run's data set is, or is prepared.

    Raises:
        InputError: what :func:`~fer_lib.recognizer.export.export_onnx` raises, no single fold, or the run's images are
            not in `data_dir`.
    """
    run, out = Path(run), Path(out)
    check_export(out)
    member = load_member(run, fold)
    require(
        len(member.networks) == 1,
        f"{run}: {len(member.networks)} networks, each trained on what selected the others, expected the number of one "
        "of them with --fold",
    )
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    own = Images.of_run(run, fold, member.channels, data_dir)
    with TemporaryDirectory(dir=out.parent, prefix=".export-") as folder, atomic_path(out) as temporary:
        whole, prepared = Path(folder) / "fp32.onnx", Path(folder) / "prepared.onnx"
        write_onnx(member, whole, metadata(member, run, fold))
        quant_pre_process(whole, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            temporary,
            Batches(own.calibration),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(LAYERS),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        before, after = (onnx_probabilities(path, own.selecting) for path in (whole, temporary))
    return Quantised(
        out,
        member.classes,
        len(own.calibration),
        own.part,
        len(own.selecting),
        accuracy=float((after.argmax(1) == own.labels).mean()),
        accuracy_fp32=float((before.argmax(1) == own.labels).mean()),
        agreement=float((after.argmax(1) == before.argmax(1)).mean()),
        difference=float(np.abs(after - before).mean()),
    )


@dataclass(frozen=True)
class Images:
    """Images of one fold of a run, uint8 as its network takes them.

    Attributes:
        calibration: at most `CALIBRATION` that it was trained on, spread evenly over the set.
        selecting: those that selected it, `part` by name, and their `labels`.
    """

    calibration: np.ndarray
    selecting: np.ndarray
    labels: np.ndarray
    part: str

    @classmethod
    def of_run(cls, folder: Path, fold: int | None, channels: str, data_dir: str | Path) -> "Images":
        """Raises InputError where the set that the card names is not there, or has not the run's samples."""
        run = load_run(folder)
        fold = run.card["folds"][0]["fold"] if fold is None else fold
        parameters, own = run.card["parameters"], run.predictions[run.predictions["fold"] == fold]
        selecting, part = own[own["split"] == "validation"], "the validation part"
        if selecting.empty:
            selecting, part = own, "the tested fold, which selected the network"
        named = dict(parameters["dataset"])
        faces = load_faces(named.pop("dataset"), data_dir, **named)
        faces = LABEL_SPACES[parameters.get("label_space", "native")](faces)
        if how := dict(parameters.get("alignment") or {}):
            faces = aligned_faces(faces, data_dir, how.pop("frame"), **how)
        if parameters.get("squares"):
            faces = squares_of_run(faces, data_dir, parameters["squares"])
        ids = pd.Index(faces.samples["sample_id"])
        rows = ids.get_indexer(selecting["sample_id"])
        require(
            bool((rows >= 0).all()),
            f"{faces.name}: {int((rows < 0).sum())} of {len(rows)} images that selected {folder.name} are not in it, "
            "expected the set that it was trained on",
        )
        # a set may hold images of other classes, such as the neutral faces that motion masks are made from
        known = np.isin(np.array(faces.classes)[faces.labels], parameters["classes"])
        trained = np.flatnonzero(known & ~ids.isin(own["sample_id"]))
        spread = trained[np.linspace(0, len(trained) - 1, min(CALIBRATION, len(trained))).astype(int)]

        def images(positions: np.ndarray) -> np.ndarray:
            found = np.asarray(faces.images[positions])
            return to_grey(found) if channels == "grey" else found

        return cls(images(spread), images(rows), selecting["label"].to_numpy(), part)


class Batches:
    """What onnxruntime's calibration reads: batches until there is None."""

    def __init__(self, images: np.ndarray, size: int = 64):
        self._parts = iter([images[start : start + size] for start in range(0, len(images), size)])

    def get_next(self) -> dict[str, np.ndarray] | None:
        part = next(self._parts, None)
        return None if part is None else {INPUT: part}
