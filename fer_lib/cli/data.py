"""``fer data``: which sets there are, prepare one, look at it, draw its folds."""

from pathlib import Path

from .parsing import Parser, add_data_dir, add_options, command, group, options, table
from .sizes import bytes_in, size


def add_commands(commands) -> None:
    inside = group(
        commands,
        "data",
        "List, prepare and describe data sets, and draw their folds.",
        ["data list", "data prepare synthetic --option images=420", "data folds fer2013 --scheme duplicate_safe"],
    )
    listing = command(
        inside,
        "list",
        "List the registered data sets. Says what each one reads, what lies in data/raw, and what is prepared.",
        ["data list", "data list --data-dir /mnt/faces"],
        _list,
    )
    add_data_dir(listing)

    prepare = command(
        inside,
        "prepare",
        "Read and check a set's raw files and store it as arrays. Does nothing where that is done.",
        [
            "data prepare fer2013",
            "data prepare synthetic --option images=420 --option style=studio",
            "data prepare jaffe --option face_margin=0.15",
        ],
        _prepare,
    )
    _add_set(prepare)

    describe = command(
        inside,
        "describe",
        "Count a set's images per class and split, its duplicates and its subjects. Prepares it if need be.",
        ["data describe fer2013", "data describe synthetic --option images=420"],
        _describe,
    )
    _add_set(describe)

    folds = command(
        inside,
        "folds",
        "Draw the folds of a set and count what leaks between them. Stored on request as emotion;path;in_set;fold.",
        [
            "data folds fer2013 --scheme duplicate_safe --out folds.csv",
            "data folds synthetic --scheme subject --folds 3 --label-space native",
        ],
        _folds,
    )
    _add_set(folds)
    folds.add_argument("--scheme", default="published", help="how images are dealt to folds (default: published)")
    folds.add_argument("--folds", type=int, default=5, metavar="N", help="how many (default: 5)")
    folds.add_argument(
        "--label-space", default="polarity", metavar="SPACE", help="polarity (default), native, expression6 …"
    )
    folds.add_argument("--seed", type=int, default=2020, help="default: 2020")
    folds.add_argument("--out", type=Path, metavar="FILE", help="the csv to write")


def _add_set(parser: Parser) -> None:
    parser.add_argument("name", help="see fer data list")
    add_options(parser, "option", "an option of the data set")
    add_data_dir(parser)


def _data(given) -> Path:
    from ..parameters import project_root

    return project_root() / given.data_dir


def _load(given):
    from ..datasets.registry import resolve_options
    from ..faces.crops import MARGIN, load_faces

    chosen = options(given.option)
    # names that are no options, load_dataset's own arguments among them
    resolve_options(given.name, {key: value for key, value in chosen.items() if key != MARGIN})
    return load_faces(given.name, _data(given), **chosen)


def _list(given) -> None:
    from .inventory import data_sets

    print(table([{**row, "size": size(row["size"]), "raw": size(row["raw"])} for row in data_sets(_data(given))]))


def _prepare(given) -> None:
    print(_sentence(_load(given)))


def _sentence(faces) -> str:
    shape = " × ".join(map(str, faces.images.shape[1:]))
    stored = size(bytes_in(faces.folder))
    return f"{faces.folder}: {len(faces):,} images of {shape}, {len(faces.classes)} classes, {stored}"


def _describe(given) -> None:
    from ..datasets.duplicates import duplicate_report
    from ..datasets.near_duplicates import near_groups_of
    from ..studies.data_preparation import class_counts, duplicate_table
    from .inventory import card_facts, subject_counts

    faces = _load(given)
    print(_sentence(faces))
    print(f"\n{class_counts(faces).to_markdown(tablefmt='simple', intfmt=',')}")
    equal, near = duplicate_report(faces), duplicate_report(faces, groups=near_groups_of(faces))
    duplicates = duplicate_table({"": equal}, {"": near}).dropna()  # the row on folds is empty
    duplicates = duplicates.astype({"equal": int, "nearly equal": int})
    for rows in (duplicates, subject_counts(faces), card_facts(faces)):
        print(f"\n{rows.to_markdown(index=False, tablefmt='simple', intfmt=',')}")


def _folds(given) -> None:
    from ..datasets.folds import make_folds
    from ..datasets.identity import identity_sentence
    from ..datasets.labels import label_space
    from ..datasets.published_folds import write_published_folds
    from ..errors import require
    from .inventory import fold_counts, fold_leaks

    to_space = label_space(given.label_space)  # a wrong word ends here, before a set is prepared
    require(
        given.out is None or given.scheme != "official",
        f"{given.out}: the official parts are no folds and stand in the column in_set of every fold file; "
        "leave out --out, or choose another scheme",
    )
    faces = to_space(_load(given))
    folds = make_folds(given.scheme, faces, given.folds, given.seed)
    print(fold_counts(faces, folds).to_markdown(tablefmt="simple", intfmt=","))
    print(f"\n{fold_leaks(faces, folds).to_markdown(index=False, tablefmt='simple', intfmt=',')}")
    print(f"\n{identity_sentence(faces.samples['subject'], folds)}")
    if given.out:
        write_published_folds(given.out, faces, folds)
        print(f"\n{given.out}: {len(faces):,} rows")
