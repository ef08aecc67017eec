"""README shows what was run: its result table is the committed one, its links lead somewhere."""

import re
from pathlib import Path

import pandas as pd

from fer_lib.reporting import attention_tables
from fer_lib.reporting.backbone_tables import backbones_for_readers
from fer_lib.reporting.ensemble_tables import ensembles_for_readers
from fer_lib.reporting.split_tables import published_for_readers, splits_for_readers
from fer_lib.reporting.tables import paired_for_readers, result_table, transfer_for_readers

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PUBLISHED = ROOT / "reports" / "published"
RESULTS = PUBLISHED / "fer2013-quick" / "03_guided_spatial_transformers" / "tables" / "results.csv"
TRANSFER = PUBLISHED / "transfer" / "08_transfer_learning" / "tables" / "results.csv"
DEEP_EMOTION = PUBLISHED / "deep-emotion" / "04_deep_emotion" / "tables"
MOTION = PUBLISHED / "fmpn" / "05_facial_motion_priors" / "tables"
FERATT = PUBLISHED / "feratt" / "07_feratt" / "tables"
VARIANCE = PUBLISHED / "fer2013-controls" / "tables" / "variance.csv"
PAIRED = PUBLISHED / "fer2013-controls" / "tables" / "paired.csv"
SALIENCY = PUBLISHED / "fer2013-saliency"


def test_result_table_is_the_committed_one():
    assert result_table(pd.read_csv(RESULTS)).to_markdown(index=False) in README


def test_differences_to_the_controls_are_the_committed_ones():
    assert paired_for_readers(pd.read_csv(PAIRED)).to_markdown() in README


def test_saliency_kinds_are_the_committed_ones():
    tables = SALIENCY / "03_guided_spatial_transformers" / "tables"
    assert paired_for_readers(pd.read_csv(tables / "paired.csv")).to_markdown() in README
    blank = pd.read_csv(tables / "blank_maps.csv").set_index("variant")["blank (%)"]
    grad_cam, landmarks = blank["saliency_gradcam"], blank["saliency_landmark"]
    assert f"blank for {grad_cam:.1f} % of the tested images and landmark maps for {landmarks:.1f} %" in README
    maps = pd.read_csv(SALIENCY / "02_guidance_generation" / "tables" / "agreement.csv", index_col="kind")
    kinds = ["saliency[spectral]", "saliency[fine-grained]", "landmark map"]
    pairs = {(a, b): maps.loc[a, b] for a in kinds for b in kinds if a < b}
    closest = max(pairs, key=pairs.get)
    assert set(closest) == {"saliency[spectral]", "landmark map"} and f"correlates {pairs[closest]:.2f}" in README


def test_transfer_table_is_the_committed_one():
    shown = ["target", "mode", "accuracy % [95 %]", "Δ to scratch [95 %]", "p (Holm)", "n"]
    assert transfer_for_readers(pd.read_csv(TRANSFER))[shown].to_markdown(index=False) in README


def test_deep_emotion_is_the_committed_one():
    table = published_for_readers(pd.read_csv(DEEP_EMOTION / "published.csv", keep_default_na=False))
    assert table.drop(columns="same thing?").to_markdown(index=False) in README
    results = pd.read_csv(DEEP_EMOTION / "results.csv").query("target == 'FER-2013'").set_index("variant")
    for variant in ("no_penalty", "no_transformer", "input_warp", "tuned", "tuned_port", "deep_emotion_port"):
        assert f"{results.loc[variant, 'accuracy']:.1f}" in README
    for _, row in pd.read_csv(DEEP_EMOTION / "leaks.csv").query("variant == 'deep_emotion'").iterrows():
        assert f"{row['difference']:.1f}" in README and f"[{row['low']:.1f}, {row['high']:.1f}]" in README


def test_small_networks_are_the_committed_ones():
    folder = PUBLISHED / "fer2013-backbones"
    table = backbones_for_readers(pd.read_csv(folder / "06_residual_masking" / "tables" / "results.csv"))
    shown = ["variant", "accuracy % [95 %]", "balanced %", "macro-F1 %", "parameters", "MACs (M)"]
    assert table[shown].to_markdown(index=False) in README
    (masks,) = pd.read_csv(folder / "06_residual_masking" / "tables" / "masking.csv").to_dict("records")
    assert f"+{masks['difference']:.1f} points [{masks['low']:.1f}, {masks['high']:.1f}]" in README
    ensembles = folder / "09_ensembles" / "tables" / "results-fer2013-native-official.csv"
    shown = [
        *("method", "TTA", "members", "accuracy % [95 %]"),
        *("against", "Δ (points) [95 %]", "McNemar p (Holm)"),
    ]
    assert ensembles_for_readers(pd.read_csv(ensembles))[shown].to_markdown(index=False) in README


def test_motion_priors_are_the_committed_ones():
    table = splits_for_readers(pd.read_csv(MOTION / "results.csv"), "the classifier alone")
    shown = ["set", "variant", "knows the class", "accuracy % [95 %]", "Δ to the classifier alone [95 %]", "p (Holm)"]
    assert table[[*shown, "n"]].to_markdown(index=False) in README
    swaps = pd.read_csv(MOTION / "swaps.csv").query("target == 'CK+'").set_index("mask")
    assert f"(a constant mask instead: {swaps.loc['the same everywhere', 'accuracy']:.1f} %)" in README
    masks = pd.read_csv(MOTION / "mask_errors.csv").query("target == 'CK+' and stage == 'generator'").set_index("class")
    assert f"correlate {masks.loc['all', 'correlation']:.2f} with those of the true class on CK+48" in README
    assert f"{masks.loc['all', 'nearest_correct']:.0f} % are nearest to" in README.replace("\n", " ")
    means = pd.read_csv(MOTION / "fold_means.csv").set_index("variant").loc["fmpn (fork), published"]
    clean = means[means["target"] == "JAFFE"].iloc[0]
    assert f"{clean['mean']:.1f} % becomes {clean['mean_clean']:.1f} %" in README


def test_attention_is_the_committed_one():
    results = pd.read_csv(FERATT / "results.csv")
    table = attention_tables.paired_for_readers(results, "the classifier alone")
    assert table.to_markdown(index=False) in README
    (gain,) = results.query("target == 'CK+' and part == 'synthetic' and variant == 'feratt_cls_slim'").to_dict(
        "records"
    )
    told = f"+{gain['difference']:.1f} points [{gain['difference_low']:.1f}, {gain['difference_high']:.1f}]"
    assert told in README.replace("\n", " ")
    masses = pd.read_csv(FERATT / "attention.csv").query("target == 'CK+'").set_index(["set", "variant"])["mass"]
    for name, text in (
        ("all", "{:.0f} % (`feratt_cls_slim`) and {:.0f} %"),
        ("face at most 35 %", "{:.0f} and {:.0f} %"),
    ):
        assert text.format(*(100 * masses[name])) in README
    nearest = pd.read_csv(FERATT / "neighbours.csv").query("target == 'JAFFE'")["difference"].dropna()
    assert "{:.1f} and {:.1f} points".format(*nearest) in README


def test_shares_of_variance_are_the_committed_ones():
    table = pd.read_csv(VARIANCE)
    for rows, share in ((table[table["baseline"] == "–"], "57 %"), (table[table["baseline"] != "–"], "68 %")):
        variances = (rows[["sd_fold", "sd_seed", "sd_residual"]] ** 2).mean()
        assert f"{100 * variances['sd_residual'] / variances.sum():.0f} %" == share and share in README


def test_links_lead_to_files_of_the_repository():
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    assert len(targets) >= 6
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert not missing


def test_profiles_and_notebooks_are_all_listed():
    for path in [*(ROOT / "notebooks" / "profiles").glob("*.yaml"), *(ROOT / "notebooks").glob("*.ipynb")]:
        assert path.stem in README, f"{path.name} is not mentioned"
