"""Published numbers as data: one YAML file per paper, each row with its protocol."""

from importlib.resources import files

import pandas as pd
import yaml

#: How far a number can be trusted, best first; every one but the first is printed beside the number (:func:`shown`).
STATUSES = ("verified", "reported", "recalled", "superseded")
COLUMNS = [
    *(
        "paper",
        "doi",
        "dataset",
        "label_space",
        "classes",
        "class_names",
        "protocol",
        "split",
        "n_folds",
        "samples",
        "variant",
    ),
    *("accuracy", "half_width", "status", "uses", "source", "folds"),
]
NOISE_SUFFIX = " (noise)"  # keeps variants apart that one set lists with and without noise
CLASS_COLUMNS = ["variant", "class", "precision", "recall", "f1", "samples", "status", "source"]


def list_papers() -> list[str]:
    """Names that :func:`published` takes."""
    return sorted(
        path.name.removesuffix(".yaml") for path in files(__package__).iterdir() if path.name.endswith(".yaml")
    )


def published(paper: str) -> pd.DataFrame:
    """All rows of one paper's file.

    Args:
        paper: file name without suffix, e.g. ``"guided_st"``.

    Returns:
        `COLUMNS`, missing where the paper does not say: ``dataset``; ``label_space`` ("polarity", "native");
        ``classes`` (how many), ``class_names``; ``protocol`` ("honest": the epoch was chosen apart from the reported
        images, "reference": on them, "last_epoch": not at all, "leaked": reported images were trained on, "unknown");
        ``split`` (a fold scheme of :mod:`fer_lib.datasets.folds`, or "paper", a split of the paper's alone),
        ``n_folds``; ``samples`` (tested images, all folds); ``variant``; ``accuracy`` (%), ``half_width`` (points);
        ``status`` ("verified": read in the authors' own text, code or logs, "reported": stated without what it was
        computed from, "recalled": from memory or second hand, "superseded" by later numbers of the authors);
        ``uses`` (what ours may lack); ``source``; ``folds`` (% each). Columns that one paper alone has stand behind.
    """
    content = _content(paper)
    rows = []
    for table in content["tables"]:
        shared = {key: value for key, value in table.items() if key != "rows"}
        rows += [{"paper": content["paper"], "doi": content["doi"], **shared, **row} for row in table["rows"]]
    table = pd.DataFrame(rows)
    table = table.reindex(columns=[*COLUMNS, *(name for name in table if name not in COLUMNS)])
    return table.astype({"classes": "Int64", "n_folds": "Int64", "samples": "Int64"})


def published_folds(paper: str, dataset: str) -> pd.DataFrame:
    """Accuracy in every fold of the rows that give it: ``variant, fold`` (from 0, in printed order), ``accuracy`` (%);
    superseded rows are left out."""
    rows = published(paper)
    rows = rows[(rows["dataset"] == dataset) & rows["folds"].notna() & (rows["status"] != "superseded")]
    table = rows[["variant", "folds"]].explode("folds", ignore_index=True).rename(columns={"folds": "accuracy"})
    table.insert(1, "fold", table.groupby("variant").cumcount())
    return table.astype({"accuracy": float})


def published_class_scores(dataset: str, paper: str = "fmpn") -> pd.DataFrame:
    """Scores of every class on one data set: ``variant, class, precision, recall, f1`` (%), ``samples, status,
    source``; empty where the paper has none. FMPN's are means of per-fold values
    (:func:`~fer_lib.evaluation.fold_scores.class_scores`)."""
    rows = [
        {**{key: table[key] for key in ("variant", "status", "source")}, **row}
        for table in _content(paper).get("class_tables", [])
        if table["dataset"] == dataset
        for row in table["rows"]
    ]
    return pd.DataFrame(rows, columns=CLASS_COLUMNS)


def published_noise(dataset: str, paper: str = "feratt") -> pd.DataFrame:
    """Accuracy on one data set under Gaussian noise: ``variant`` (as in the paper's other tables), ``sigma`` (standard
    deviation, grey values in [0, 1]), ``accuracy`` (%), in printed order; superseded rows are left out, and the table
    is empty where the paper has none."""
    rows = published(paper).reindex(columns=["dataset", "status", "variant", "noise", "under_noise"])
    rows = rows[(rows["dataset"] == dataset) & rows["under_noise"].notna() & (rows["status"] != "superseded")]
    table = rows[["variant", "noise", "under_noise"]].explode(["noise", "under_noise"], ignore_index=True)
    table["variant"] = table["variant"].str.removesuffix(NOISE_SUFFIX)
    return table.set_axis(["variant", "sigma", "accuracy"], axis=1).astype({"sigma": float, "accuracy": float})


def _content(paper: str) -> dict:
    return yaml.safe_load((files(__package__) / f"{paper}.yaml").read_text(encoding="utf-8"))


def all_published() -> pd.DataFrame:
    """`COLUMNS` of all papers, and ``file``, the paper's file name."""
    return pd.concat([published(paper)[COLUMNS].assign(file=paper) for paper in list_papers()], ignore_index=True)


def published_accuracy(paper: str, *, dataset: str, classes: int) -> pd.DataFrame:
    """Rows for one data set and number of classes, indexed by ``variant``; superseded ones are left out.

    They may be of another protocol or other folds than yours: :mod:`fer_lib.evaluation.comparable` decides.
    """
    rows = published(paper)
    asked = (rows["dataset"] == dataset) & (rows["classes"] == classes) & (rows["status"] != "superseded")
    return rows[asked.fillna(False)].set_index("variant")


def shown(accuracy: float, status: str, half_width: float | None = None) -> str:
    """``"74.93 ± 0.48"``; a number that was not verified says so: ``"70.02 [recalled]"``."""
    number = f"{accuracy:.2f}" if half_width is None or pd.isna(half_width) else f"{accuracy:.2f} ± {half_width:.2f}"
    return number if status == "verified" else f"{number} [{status}]"
