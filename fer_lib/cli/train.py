"""``fer train``: large networks, each on one device or on several."""

import argparse
from pathlib import Path

from .parsing import add_options, command, group, options

#: Arguments beside the folders: type, what they say; defaults are those of ``ImageNetConfig``.
NUMBERS = (
    ("epochs", int, "all are trained (default: 90)"),
    ("batch-size", int, "images of a batch, of all processes together (default: 256)"),
    ("accumulate", int, "batches whose mean gradient makes one step (default: 1)"),
    ("learning-rate", float, "of the first epochs (default: 0.1)"),
    ("momentum", float, "of stochastic gradient descent (default: 0.9)"),
    ("weight-decay", float, "of all parameters (default: 0.0001)"),
    ("decay-every", int, "epochs after which the learning rate is divided by ten (default: 30)"),
    ("image-size", int, "pixels on a side of what the network sees (default: 224)"),
    ("resize", int, "pixels of the shorter side from whose centre that is cut when scoring (default: 256)"),
    ("seed", int, "of weights, order, random parts and dropout (default: 2020)"),
    ("workers", int, "reading processes for each process that trains (default: this machine's cores, shared)"),
)


def add_commands(commands) -> None:
    inside = group(
        commands,
        "train",
        "Train large networks, each on one GPU or on several.",
        [
            "train runs --profile fer2013-backbones",
            "train imagenet /data/imagenet --model residual_masking --out runs/imagenet-residual-masking",
        ],
    )
    runs = command(
        inside,
        "runs",
        "Train the networks of a profile's notebook 06_residual_masking, which then finds them trained. By itself the "
        "notebook does it on one GPU; several train each network together when started so: torchrun --nproc-per-node 4 "
        "-m fer_lib.cli train runs --profile … What is finished is not trained again.",
        ["train runs --profile fer2013-backbones"],
        _runs,
    )
    runs.add_argument("--profile", required=True, help="a file of notebooks/profiles")
    imagenet = command(
        inside,
        "imagenet",
        "Train a network on ImageNet, or on any folder with train/<class>/ and val/<class>/. The recipe is "
        "torchvision's: SGD 0.1, a tenth of it every 30 epochs, random parts of 224 pixels, mirrored or not. Goes on "
        "where it was stopped, from the last finished epoch. On several GPUs: torchrun --nproc-per-node 4 -m "
        "fer_lib.cli train imagenet … The weights are the last epoch's; read_source in fer_lib.training.source gives "
        "them to other trainings.",
        [
            "train imagenet /data/imagenet --model residual_masking --out runs/imagenet-residual-masking",
            "train imagenet /data/imagenet --model resnet18 --out runs/resnet18 --batch-size 64 --accumulate 4",
        ],
        _imagenet,
    )
    given = {"default": argparse.SUPPRESS}  # what is not given is left to the recipe
    imagenet.add_argument("folder", type=Path, help="with train/ and val/, each with a folder for each class")
    imagenet.add_argument("--model", required=True, metavar="NAME", help="a network for photographs, such as resnet18")
    imagenet.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the training is kept")
    add_options(imagenet, "option", "an option of the network")
    for name, kind, what in NUMBERS:
        imagenet.add_argument(f"--{name}", type=kind, metavar="N", help=what, **given)
    imagenet.add_argument("--precision", metavar="NAME", help="auto (default), fp32 or bf16", **given)
    imagenet.add_argument("--device", metavar="NAME", help="auto (default), cuda, mps or cpu", **given)
    imagenet.add_argument("--compile", action="store_true", help="train through torch.compile", **given)
    imagenet.add_argument(
        "--sync-batch-norm", action="store_true", help="normalise over all processes; CUDA alone", **given
    )


def _runs(given) -> None:
    from ..studies import residual_masking
    from ..training.parallel import checked, is_first, process_group
    from .planned import planned_study

    study = planned_study(given.profile)
    with process_group(study.device):
        runs = residual_masking.train(study, checked(lambda: residual_masking.prepare(study)))
        for by_scheme in runs.values() if is_first() else ():
            for by_variant in by_scheme.values():
                for by_seed in by_variant.values():
                    for run in by_seed.values():
                        right = (run.test["label"] == run.test["predicted"]).mean()
                        print(f"{run.folder}: {100 * right:.2f} % of {len(run.test):,}")


def _imagenet(given) -> None:
    from dataclasses import fields

    from ..training.imagenet import ImageNetConfig, train_imagenet
    from ..training.parallel import is_first, process_group

    named = {field.name: getattr(given, field.name) for field in fields(ImageNetConfig) if hasattr(given, field.name)}
    config = ImageNetConfig(**named, model_options=tuple(options(given.option).items()))
    with process_group(config.device):
        card = train_imagenet(given.folder, given.out, config)
        if is_first():
            scores = f"top-1 {100 * card['top1']:.2f} %, top-5 {100 * card['top5']:.2f} %"
            print(f"{given.out}: {given.model}, {card['epochs_run']} epochs, {scores} of {card['samples']['val']:,}")
