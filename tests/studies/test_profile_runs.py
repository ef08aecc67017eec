"""Names of runs are found wherever a card keeps them, and no two entries are called the same."""

from types import SimpleNamespace

import pandas as pd
import pytest

from fer_lib.artifacts import write_card
from fer_lib.studies.profile_runs import Entry, _run_names, distinct, entries_of, entry_names


@pytest.mark.parametrize(
    "runs", [["a", "b", "c"], {"none": ["a", "b"], "soft": "c"}, {"none": {"2020": "a", "2021": "b"}, "soft": ["c"]}]
)
def test_names_are_found_in_any_order_of_things(runs):
    assert _run_names(runs) == ["a", "b", "c"]


def test_cards_without_runs_have_no_entries(tmp_path):
    write_card(tmp_path / "10_error_analysis", "stage", {})
    write_card(tmp_path / "book", "book", {}, runs=["never read"])
    assert entries_of(tmp_path) == []


def finished_run(reports, name: str, seed: int, **parameters):
    made = {"variant": "none, full", "training": {"seed": seed, "fine_tune": "full"}, **parameters}
    write_card(reports / "runs" / name, "run", made)
    for table in ("history", "predictions", "theta"):
        pd.DataFrame({"sample_id": []}).to_parquet(reports / "runs" / name / f"{table}.parquet")


def test_seeds_of_a_variant_are_one_entry_though_each_has_a_source_of_its_own(tmp_path):
    def start(dataset, seed):
        return {"dataset": {"dataset": dataset}, "seed": seed, "sha256": f"{dataset}{seed}"}

    finished_run(tmp_path, "a1", 1, initial=start("a", 1))
    finished_run(tmp_path, "a2", 2, initial=start("a", 2))
    finished_run(tmp_path, "b1", 1, initial=start("b", 1))
    finished_run(tmp_path, "c1", 1)
    write_card(tmp_path / "08_transfer", "stage", {}, runs=["a1", "a2", "b1", "c1"])
    found = entries_of(tmp_path)
    assert [list(entry.runs) for entry in found] == [[1, 2], [1], [1]]


def test_seeds_of_a_variant_are_one_entry_though_each_has_maps_of_its_own(tmp_path):
    for name, variant, seed in (("a1", "saliency_gradcam", 1), ("a2", "saliency_gradcam", 2), ("b1", "noise", 1)):
        made = {"maps": f"saliency_gradcam-{seed}"} if variant == "saliency_gradcam" else {"seed": 5}
        finished_run(tmp_path, name, seed, variant=variant, guidance=made, content=f"{variant}{seed}")
    finished_run(tmp_path, "b2", 2, variant="noise", guidance={"seed": 5}, content="other pixels")
    write_card(tmp_path / "03_guided", "stage", {}, runs=["a1", "a2", "b1", "b2"])
    assert [list(entry.runs) for entry in entries_of(tmp_path)] == [[1, 2], [1], [2]]


def entry(notebook: str, variant: str) -> Entry:
    return Entry(notebook, {1: SimpleNamespace(card={"parameters": {"variant": variant}})})


def test_equal_variants_are_told_apart_by_notebook_then_by_number():
    entries = [entry("03_guided", "soft"), entry("03_guided", "none"), entry("08_transfer", "soft")]
    assert entry_names(entries) == ["soft (03)", "none", "soft (08)"]
    assert entry_names([entries[0], entries[0], entries[1]]) == ["soft (03)", "soft (03)-2", "none"]


def test_names_that_occur_again_are_numbered():
    assert distinct(["a", "b", "a", "a"]) == ["a", "b", "a-2", "a-3"]
