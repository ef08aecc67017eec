"""Rankings of what cannot be ranked, or has not been run."""

from fer_lib.evaluation.leaderboard import rank
from fer_lib.studies.leaderboard import LeaderboardParameters, load_boards

from . import case
from .runs import predictions


@case("rank-other-samples")
def _(place):
    return lambda: rank({"none": predictions("abcd"), "soft": predictions("abce")})


@case("leaderboard-nothing")
def _(place):
    place.project()
    return lambda: load_boards(LeaderboardParameters.check({"profile": "demo"}))
