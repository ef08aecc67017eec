"""``fer guidance saliency``: MSI-Net's published weights, converted once or checked."""

from pathlib import Path

from ..errors import require
from .parsing import command

OUT = Path("data/models/msinet.safetensors")


def add_saliency(inside) -> None:
    saliency = command(
        inside,
        "saliency",
        "Convert the published weights of MSI-Net for the guidance saliency_msinet, or check a converted file. "
        "Reads a frozen graph (.pb) or a SavedModel, without TensorFlow; nothing is downloaded. The converted network "
        "looks at two bright disks before its file is written.",
        [
            "guidance saliency --weights model_salicon_cpu.pb",
            "guidance saliency --weights MSI-Net --out data/models/msinet-hub.safetensors",
            f"guidance saliency --weights {OUT}",
            f"guidance saliency --weights {OUT} --reference picture.jpg its_map.jpeg",
        ],
        _saliency,
    )
    saliency.add_argument(
        "--weights",
        type=Path,
        required=True,
        metavar="FILE",
        help="frozen graph, SavedModel (its folder or its .pb), or a converted file, which is checked",
    )
    saliency.add_argument(
        "--reference",
        type=Path,
        nargs=2,
        metavar=("PICTURE", "MAP"),
        help="a picture and the map that the published network made of it, which ours has to equal",
    )
    saliency.add_argument(
        "--canvas",
        type=int,
        nargs=2,
        metavar=("HEIGHT", "WIDTH"),
        help="at which that map was made (default: 240 320, as after SALICON)",
    )
    saliency.add_argument("--out", type=Path, metavar="FILE", help=f"ends in .safetensors (default: {OUT})")


def _saliency(given) -> None:
    if given.weights.suffix == ".safetensors":
        _check(given)
    else:
        _convert(given)


def _check(given) -> None:
    from ..models.msinet_loading import load_msinet, weights_record

    require(given.out is None, f"{given.weights}: converted already, so there is nothing to write; leave out --out")
    _print_checks(load_msinet(given.weights), given)
    _print_record(given.weights, weights_record(given.weights))


def _convert(given) -> None:
    import torch

    from ..models.msinet import MSINet
    from ..models.msinet_weights import convert, store
    from ..parameters import project_root

    out = given.out or project_root() / OUT
    require(out.suffix == ".safetensors", f"--out {out}: expected a name that ends in .safetensors")
    tensors = convert(given.weights)
    with torch.device("meta"):
        network = MSINet()
    network.load_state_dict(tensors, assign=True)
    _print_checks(network, given)
    _print_record(out, store(tensors, out, given.weights))


def _print_checks(network, given) -> None:
    from ..guidance.msinet import canvas_size
    from ..guidance.msinet.reference import check_reference
    from ..models.msinet_sanity import check_sanity

    path = given.weights
    seen = check_sanity(network, path)
    print(
        f"{path}: {seen['parameters']:,} parameters; maps of bright disks span {seen['lowest']:.3f} to "
        f"{seen['highest']:.3f} and have their maximum {seen['distance']:.0f} pixels from the disk's centre at most"
    )

    if given.reference:
        found = check_reference(network, *given.reference, canvas_size(given.canvas))
        print(
            f"{given.reference[1]}: correlates {found['correlation']:.5f} with our map, mean absolute difference "
            f"{found['difference']:.5f} on 0 to 1"
        )


def _print_record(path: Path, record: dict[str, str]) -> None:
    said = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in record.items())
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {said or 'which does not say where they come from'}")
