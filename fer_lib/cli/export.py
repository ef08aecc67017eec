"""``fer export``: a run's networks as one ONNX file."""

from pathlib import Path

from .parsing import add_data_dir, command


def add_commands(commands) -> None:
    parser = command(
        commands,
        "export",
        "Write the networks of a run as one ONNX file that takes faces as bytes and gives probabilities. Its answers "
        "are compared with those of PyTorch before the file is kept. Needs onnx, onnxruntime and onnxscript.",
        [
            "export reports/demo/runs/RUN --out faces.onnx",
            "export reports/fer2013/runs/RUN --fold 0 --int8 --out faces-int8.onnx",
        ],
        _export,
    )
    parser.add_argument("folder", type=Path, metavar="RUN", help="folder of a finished run without guidance maps")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends in .onnx")
    parser.add_argument("--fold", type=int, metavar="K", help="this fold's network alone (default: the mean of all)")
    parser.add_argument(
        "--int8", action="store_true", help="weights and activations in 8 bits, calibrated on the run's training images"
    )
    add_data_dir(parser)


def _export(given) -> None:
    from ..parameters import project_root
    from ..recognizer.export import export_onnx
    from ..recognizer.int8 import export_int8

    if given.int8:
        made = export_int8(given.folder, given.out, fold=given.fold, data_dir=project_root() / given.data_dir)
    else:
        made = export_onnx(given.folder, given.out, fold=given.fold)
    print(made)
