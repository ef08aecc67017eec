"""Grad-CAM guidance through the notebooks: trained after what draws its maps, and each fold asked with its own."""

from dataclasses import replace

import numpy as np
import pytest

from fer_lib.artifacts import write_card
from fer_lib.datasets import load_dataset
from fer_lib.errors import InputError
from fer_lib.guidance import make_guidance, network_inputs
from fer_lib.guidance.gradcam import fold_guidance
from fer_lib.studies import ensemble_members, ensemble_views, error_analysis, explained_runs
from fer_lib.studies import guided_transformers as steps
from fer_lib.studies.ensembles_parameters import EnsembleStudy
from fer_lib.studies.guidance_generation import GuidanceGenerationParameters, by_title, make_all
from fer_lib.studies.profile_runs import entries_of
from fer_lib.studies.trained_runs import join, load_trained
from fer_lib.studies.transfer_parameters import TransferStudy
from fer_lib.studies.warps import warped_examples

KIND = "saliency_gradcam"
OPTIONS = {"images": 120, "subjects": 20}
SEEDS = [1, 2]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Study, images, experiments and runs of a finished notebook 03 with Grad-CAM guidance."""
    root = tmp_path_factory.mktemp("gradcam")
    load_dataset("synthetic", root / "data", **OPTIONS)
    study = steps.GuidedStudy.check(
        {
            "profile": "mine", "data_dir": str(root / "data"), "reports_dir": str(root / "reports"),
            "dataset_options": OPTIONS, "variants": [KIND, "none", "soft"], "fold_scheme": "subject", "folds": 2,
            "landmarks": "dataset", "epochs": 2, "batch_size": 16, "seeds": SEEDS, "device": "cpu", "precision": "fp32",
        }
    )  # fmt: skip
    faces = steps.prepare(study)
    planned, runs = steps.train_all(study, faces)
    stage = study.stage()
    write_card(stage.folder, "stage", study.model_dump(), **steps.facts(runs))
    return study, faces, planned, runs


def maps_of(run):
    return run.card["parameters"]["guidance"]["maps"]


def test_variants_stand_in_their_order_on_the_same_folds(trained):
    study, _, planned, runs = trained
    assert list(planned) == list(runs) == study.variants
    for seed in SEEDS:
        guided, unguided = planned[KIND][seed], planned["none"][seed]
        assert np.array_equal(guided.folds, unguided.folds) and guided.model == unguided.model
        assert runs[KIND][seed].card["parameters"]["variant"] == KIND
        assert guided.folder != unguided.folder and f"-{KIND}-honest-s{seed}-" in guided.folder.name


def test_each_seed_is_guided_by_the_networks_of_its_own_seed(trained):
    study, faces, planned, runs = trained
    names = [maps_of(runs[KIND][seed]) for seed in SEEDS]
    assert names[0] != names[1]
    for seed, name in zip(SEEDS, names, strict=True):
        expected = fold_guidance(faces, planned["none"][seed].folds, name, study.data)
        assert all(np.array_equal(planned[KIND][seed].guidance_of(fold), expected[fold]) for fold in (0, 1))


def test_a_second_call_trains_nothing(trained, monkeypatch):
    study, faces, _, runs = trained
    monkeypatch.setattr("fer_lib.training.cross_validation.train_jobs", lambda jobs, workers: _none_of(jobs))
    _, again = steps.train_all(study, faces)
    assert [again[v][s].folder for v in again for s in SEEDS] == [runs[v][s].folder for v in runs for s in SEEDS]


def _none_of(jobs):
    assert not jobs


def test_pictures_name_the_fold_whose_maps_they_show(trained):
    _, _, planned, _ = trained
    _, rows = warped_examples({variant: by_seed[1] for variant, by_seed in planned.items()}, count=3)
    kinds = ["saliency[Grad-CAM, fold 0]", "none", "soft"]
    assert list(rows) == [f"{kind}: {what}" for kind in kinds for what in ("sees", "warped")]
    experiment = planned[KIND][1]
    chosen = np.flatnonzero(experiment.folds == 0)[[0, -1]]
    assert np.array_equal(rows[f"{kinds[0]}: sees"][[0, 2]], experiment.guidance_of(0)[chosen])


def test_maps_that_say_nothing_are_counted_where_they_were_shown(trained):
    _, _, planned, runs = trained
    table = steps.blank_maps(planned).set_index("variant")["blank (%)"]
    assert list(table.index) == [KIND, "soft"]
    counts = []
    for seed in SEEDS:
        experiment = planned[KIND][seed]
        own = [experiment.guidance_of(fold)[row] for row, fold in enumerate(experiment.folds) if fold >= 0]
        counts.append(100 * np.mean([len(np.unique(one)) == 1 for one in own]))
    assert table[KIND] == pytest.approx(np.mean(counts)) and table["soft"] == 0


def places(study):
    return {"profile": "mine", "data_dir": study.data_dir, "reports_dir": study.reports_dir}


def test_mistakes_are_those_of_the_network_whose_map_is_shown(trained):
    """Of the first seed alone, as each seed's networks look elsewhere."""
    study, _, _, runs = trained
    asked = error_analysis.ErrorAnalysisParameters.check({**places(study), "dataset_options": OPTIONS})
    found = load_trained(asked)
    faces, decisions = join(asked, found)
    for seeds in (SEEDS, SEEDS[::-1]):
        first = replace(found, runs={**found.runs, KIND: {seed: found.runs[KIND][seed] for seed in seeds}})
        lines = error_analysis.mistakes(faces, decisions, first, asked)
        line = lines[decisions.variants.index(KIND)]
        assert [one.name for one in lines] == ["saliency[Grad-CAM]", "none", "soft"]
        v, s = decisions.variants.index(KIND), decisions.seeds.index(seeds[0])
        rows = []
        for pair, (heading, shown) in zip(error_analysis.HARD, line.groups.items(), strict=True):
            confused = np.flatnonzero(decisions.confused(pair)[v, s])
            best = confused[np.argsort(-decisions.confidence[v, s, confused], kind="stable")][: asked.pictures]
            assert len(shown) == len(best) and heading == "{} taken for {}".format(*pair)
            rows += best.tolist()
        assert rows, "some hard confusion is there"
        own = make_guidance(KIND, faces.subset(np.array(rows)), study.data, maps=maps_of(runs[KIND][seeds[0]]))
        assert {one.tobytes() for one in line.maps} == {one.tobytes() for one in own}


def test_members_of_ensembles_validate_and_test_with_their_folds_maps(trained):
    """An image that validates in one fold and is tested in another has a map in each."""
    study, _, planned, runs = trained
    asked = EnsembleStudy.check({**places(study), "sources": [study.notebook], "tta": ["flip"], "final": "flip"})
    groups, _ = ensemble_members.gather(asked)
    group = next(group for group in groups if runs[KIND][1].folder in {run.folder for run in group.runs.values()})
    (run,) = (run for run in group.runs.values() if run.folder == runs[KIND][1].folder)
    _, guidance = ensemble_members.inputs_of(asked, group, run)
    experiment = planned[KIND][1]
    order = {name: row for row, name in enumerate(experiment.sample_ids)}
    places_of = [order[name] for name in group.faces.samples["sample_id"]]
    for fold in (0, 1):
        assert np.array_equal(guidance[fold], experiment.guidance_of(fold)[places_of])
    answers = ensemble_views.probabilities(asked, group)["none"][list(group.runs.values()).index(run)]
    told = group.rows.merge(run.predictions, on=["split", "fold", "sample_id"], how="left", validate="1:1")
    np.testing.assert_allclose(answers, told.filter(regex=r"^p_\d$"), atol=1e-3)


def test_explained_networks_see_the_maps_of_their_fold(trained):
    study, _, _, runs = trained
    asked = explained_runs.ExplanationParameters.check({**places(study), "variants": [KIND], "landmarks": "dataset"})
    (group,) = explained_runs.chosen(asked)
    images, guidance = explained_runs.inputs_of(asked, group, KIND)
    expected = network_inputs(KIND, group.faces, study.data, maps=maps_of(runs[KIND][1]))
    assert np.array_equal(images, expected[0]) and np.array_equal(guidance, expected[1])


def test_notebook_02_shows_the_maps_of_one_folds_network(trained):
    """Of all images, those of no fold too: notebook 02 loads the whole set."""
    study, _, planned, runs = trained
    name = maps_of(runs[KIND][2])
    given = {**places(study), "dataset_options": OPTIONS, "landmarks": "dataset", "kinds": ["soft", KIND]}
    asked = GuidanceGenerationParameters.check({**given, "gradcam_maps": name, "gradcam_fold": 1})
    faces = asked.load()
    _, maps = make_all(faces, asked)
    experiment = planned[KIND][2]
    assert len(faces) > len(experiment.labels), "polarities leave surprise out"
    rows = np.flatnonzero(np.isin(faces.samples["sample_id"], experiment.sample_ids))
    assert np.array_equal(maps[KIND][rows], experiment.guidance_of(1))
    assert list(by_title(maps, asked)) == ["soft", "saliency[Grad-CAM, fold 1]"]
    with pytest.raises(InputError, match="no Grad-CAM maps ''"):
        make_all(faces, GuidanceGenerationParameters.check(given))
    with pytest.raises(InputError, match="expected 'saliency_gradcam' among kinds, too"):
        GuidanceGenerationParameters.check({**given, "kinds": ["soft"], "gradcam_maps": name})


def test_both_seeds_are_one_variant_of_the_leaderboard(trained):
    study, _, _, runs = trained
    found = {entry.variant: list(entry.runs) for entry in entries_of(study.reports)}
    assert found == dict.fromkeys(runs, SEEDS)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"variants": [KIND, "soft"]}, "the networks of 'none' draw the maps"),
        ({"variants": ["none", KIND], "protocol": "reference"}, "what their fold tests, expected 'honest'"),
        ({"variants": ["none", KIND], "seed_mode": "once"}, "expected 'per_fold'"),
        ({"variants": ["none", KIND], "complete": "epochs_from_cv"}, "expected 'none'"),
        ({"leak_variant": KIND}, "for the folds of the study's own variants alone"),
        ({"shift_variants": [KIND]}, "for the folds of the study's own variants alone"),
    ],
)
def test_where_a_tested_label_could_reach_a_map_the_study_is_refused(parameters, sentence):
    with pytest.raises(InputError, match=sentence):
        steps.GuidedStudy.check(parameters)


def test_networks_trained_on_every_sample_have_no_such_maps():
    target = {"dataset": "synthetic"}
    with pytest.raises(InputError, match="none for networks trained on every sample"):
        TransferStudy.check({"targets": [target], "variants": ["none", KIND]})
