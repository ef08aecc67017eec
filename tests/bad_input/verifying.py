"""Runs that are to be trained again from their cards."""

from fer_lib.artifacts import write_card

from . import case, fer
from .command_line import typed
from .runs import QUICK, experiment

typed("verify-nothing", "verify", "reports/demo")
typed("status-unpublished", "study", "status", "--profile", "fmpn", "--published", project=True)


def stated(name: str, *words: str, switches: dict | None = None, **changes):
    """A case in which a report of one run is verified; `changes` are made to the parameters in its card."""

    @case(name)
    def arrange(place):
        faces = place.synthetic()
        made = experiment("reports/demo/runs/mine")
        asked = {
            "dataset": {"dataset": "synthetic", "images": len(faces), "subjects": 5}, "label_space": "polarity",
            "variant": "simple_cnn", "guidance": {}, "fold_scheme": "subject", "folds": 2,
        }  # fmt: skip
        parameters = {**made.parameters(QUICK), **asked, **changes}
        parameters["training"] = {**parameters["training"], **(switches or {})}
        folds = [{"fold": fold} for fold in (0, 1)]
        write_card(made.folder, "run", parameters, device=["cpu (x86_64)"], folds=folds, weights={})
        return lambda: fer("verify", "reports/demo", *words)


stated("verify-run", "--run", "mein")
stated("verify-seed", "--seed", "7")
stated("verify-fold", "--fold", "2")
stated("verify-over-itself", "--out", "reports/demo/runs")
stated("verify-stages", motion={})
stated("verify-switch", switches={"epoch": 3})
stated("verify-different")
