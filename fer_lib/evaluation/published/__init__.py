"""Published numbers as data: one YAML file per paper, each row with its protocol."""

from importlib.resources import files

import pandas as pd
import yaml


def published(paper: str) -> pd.DataFrame:
    """All rows of one paper's file: ``dataset, classes, protocol, samples, variant, accuracy`` (%),
    ``half_width`` (points), ``status`` (verified, or where the number comes from), ``folds``.

    Args:
        paper: file name without suffix, e.g. ``"guided_st"``.
    """
    content = yaml.safe_load((files(__package__) / f"{paper}.yaml").read_text(encoding="utf-8"))
    return pd.DataFrame(content["rows"]).assign(paper=content["paper"], doi=content["doi"])


def published_accuracy(paper: str, *, dataset: str, classes: int) -> pd.DataFrame:
    """Rows for one data set and number of classes, indexed by ``variant``."""
    rows = published(paper)
    return rows[(rows["dataset"] == dataset) & (rows["classes"] == classes)].set_index("variant")
