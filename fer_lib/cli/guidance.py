"""``fer guidance``: which kinds there are, draw them for a set, and what they are drawn from."""

from collections.abc import Sequence

from ..errors import require
from ..registry import nearest
from .parsing import Parser, add_data_dir, add_options, command, group, options, table
from .saliency import add_saliency


def add_commands(commands) -> None:
    inside = group(
        commands,
        "guidance",
        "List and draw guidance maps, find the landmarks they need, and take over the weights of MSI-Net.",
        [
            "guidance list",
            "guidance make soft dilated --dataset synthetic",
            "guidance landmarks --dataset fer2013",
            "guidance saliency --weights model_salicon_cpu.pb",
        ],
    )
    command(
        inside,
        "list",
        "List the kinds of guidance. Says what each is drawn from, where it goes and which options it takes.",
        ["guidance list"],
        _list,
    )
    make = command(
        inside,
        "make",
        "Draw guidance maps for every image of a set and store them. Does nothing where that is done.",
        [
            "guidance make soft --dataset synthetic --dataset-option images=420",
            "guidance make dilated --dataset fer2013 --option dilate_mode=centered --option no_face_fill=black",
        ],
        _make,
    )
    make.add_argument("kinds", nargs="+", metavar="KIND", help="see fer guidance list")
    _add_set(make)
    add_options(make, "option", "an option of the guidance")

    landmarks = command(
        inside,
        "landmarks",
        "Find the 68 landmarks in every image of a set and count those without a face. Found once, they are kept.",
        ["guidance landmarks --dataset fer2013", "guidance landmarks --dataset synthetic --source dataset"],
        _landmarks,
    )
    _add_set(landmarks)
    landmarks.add_argument("--source", default="dlib", help="dlib (default), or dataset for those the set brings")
    add_options(landmarks, "option", "an option of the detector")
    add_saliency(inside)


def _add_set(parser: Parser) -> None:
    parser.add_argument("--dataset", required=True, metavar="NAME", help="see fer data list")
    add_options(parser, "dataset-option", "an option of the data set")
    add_data_dir(parser)


def _load(given):
    from ..datasets import load_dataset
    from ..datasets.registry import resolve_options
    from ..parameters import project_root

    chosen = options(given.dataset_option)
    resolve_options(given.dataset, chosen)
    data_dir = project_root() / given.data_dir
    return load_dataset(given.dataset, data_dir, **chosen), data_dir


def _list(given) -> None:
    from .inventory import guidance_kinds

    print(table(guidance_kinds()))


def _make(given) -> None:
    from ..guidance import make_guidance

    per_kind = _options_of(given.kinds, options(given.option))  # all words are checked before a set is prepared
    faces, data_dir = _load(given)
    for kind, chosen in per_kind.items():
        maps = make_guidance(kind, faces, data_dir, **chosen)
        where = getattr(
            maps, "filename", "not stored, being the images" if kind == "none" else "put together of stored maps"
        )
        print(f"{kind}: {len(maps):,} maps of {maps.shape[1]} × {maps.shape[2]}, {where}")


def _options_of(kinds: Sequence[str], given: dict) -> dict[str, dict]:
    """What make_guidance is to be given for each kind: the notebooks' parameters, and options of the kind alone.

    Raises:
        InputError: an option that none of the kinds takes, or a value it cannot have.
    """
    from ..guidance import GUIDANCE
    from ..studies.common import DETECTION, DatasetParameters, GuidanceParameters

    detection = ("landmarks", *DETECTION)
    takes = {kind: {*GUIDANCE[kind].options, *(detection if GUIDANCE[kind].landmarks else ())} for kind in kinds}
    known = sorted(set().union(*takes.values()))
    for key in given:
        require(
            key in known,
            f"no option {key!r} of {', '.join(kinds)}{nearest(key, known)} (known: {', '.join(known) or 'none'})",
        )
    common = GuidanceParameters.model_fields.keys() - DatasetParameters.model_fields.keys()
    study = GuidanceParameters.check({key: value for key, value in given.items() if key in common})
    own = {key: value for key, value in given.items() if key not in common}
    return {
        kind: {**study.guidance_options(kind), **{key: value for key, value in own.items() if key in takes[kind]}}
        for kind in kinds
    }


def _landmarks(given) -> None:
    from ..faces import find_landmarks
    from ..faces.detect import detector_options
    from ..studies.guidance_generation import coverage_table

    chosen = options(given.option)
    detector_options(chosen)
    faces, data_dir = _load(given)
    landmarks = find_landmarks(faces, data_dir, given.source, **chosen)
    print(f"{faces.name}: {landmarks.summary()}\n")
    print(coverage_table(faces, landmarks).to_markdown(index=False, tablefmt="simple", intfmt=",", floatfmt=".1f"))
