"""Claim: two knobs of the survey's map: how much is planned, and where planning starts."""

from mbrl_lite.agents.dyna import Dyna, DynaConfig
from mbrl_lite.agents.lockstep import run, solved
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs.mazes import DYNA_MAZE, grid_maze

# Each arm turns knobs away from `agent`. Only the first three decide; the others fill in the map.
ARMS = {
    "n0": {"planning": 0},
    "n50": {"planning": 50},
    "prioritised": {"planning": 50, "start": "prioritised"},
    "n5": {"planning": 5},
    "deep": {"planning": 50, "depth": 10},
    "on_policy": {"planning": 50, "depth": 10, "start": "on_policy"},
    "decision": {"planning": 50, "depth": 10, "start": "on_policy", "when": "decision"},
}
CLAIM = Claim(
    id="survey-mbrl-moerland",
    title="The survey's map as knobs: how much to plan, and where to start",
    chapter="01",
    section="01a, 5",
    original="Methods differ in where planning starts, how much is planned, in depth or breadth, and what it changes "
    "(a survey, without experiments: Moerland et al., 2023, section 4).",
    here="The textbook's Dyna maze, 47 cells, deterministic; one Dyna loop with four knobs, a table as its model.",
    kept="four axes of planning as four settings of one loop",
    replaced="everything beyond tables: no function approximation, no uncertainty, no partial observability",
    chance="the first episode is a random walk, whatever is planned; half of them take more than some 470 steps",
    settings={
        "maze": DYNA_MAZE,
        "gamma": 0.95,
        "agent": {"alpha": 0.1, "epsilon": 0.1, "theta": 1e-4},
        "arms": ARMS,
        "within": 16,  # solved: the greedy path has at most 16 steps, and the shortest has 14
        "every": 5,
        "limit": 20_000,
    },
    seeds=30,
    core_minutes=8.0,
    beside=(
        "n0.steps",
        "n5.steps",
        "n50.steps",
        "prioritised.steps",
        "deep.steps",
        "on_policy.steps",
        "decision.steps",
        "n5.updates",
        "n50.updates",
        "prioritised.updates",
    ),
    parts=(
        Part(
            "planning",
            "50 made-up updates after each real step need at least 5 times fewer real steps to a solution than none",
            kind="better",
            treatment="n50.steps",
            baseline="n0.steps",
            direction="less",
            scale="ratio",
            target=5.0,
        ),
        Part(
            "starts",
            "planning at the largest errors needs at least 30 % fewer updates to a solution than at visited pairs",
            kind="better",
            treatment="prioritised.updates",
            baseline="n50.updates",
            direction="less",
            scale="ratio",
            target=1 / 0.7,
        ),
    ),
)


def measure(settings: dict, seed: int) -> dict[str, float]:
    """Real steps and updates until solved, for each arm; who never arrives counts as the limit."""
    world = grid_maze(settings["maze"], settings["gamma"])
    until, seen = solved(world, settings["within"], settings["every"]), {}
    for arm, knobs in settings["arms"].items():
        agent = Dyna(world, 1, DynaConfig(**settings["agent"], **knobs))
        walk = run(world, agent, [seed], until=until, limit=settings["limit"])
        seen |= {f"{arm}.steps": float(walk.steps[0]), f"{arm}.updates": float(agent.updates[0])}
    return seen
