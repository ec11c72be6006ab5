"""The runs of chapter 10's figure: made with the claims' own settings, read where they are there already."""

import pytest
from tiny import complaint

from mbrl_lite.claims import family, find_claim
from mbrl_lite.claims.family import STAGES, family_curve, main, settings_of
from mbrl_lite.evaluation.curves import Curve


@pytest.mark.parametrize(("agent", "called"), [("r2i", "r2i"), ("dreamer", "dreamer-long")])
def test_the_corridor_has_the_settings_of_the_claim(agent, called):
    assert settings_of(agent, STAGES["LongRecall"]) == find_claim("r2i").settings["agents"][called]


def test_the_agents_of_a_stage_differ_in_their_memory_alone():
    for stage in STAGES.values():
        each = [settings_of(agent, stage) for agent in ("dreamer", "drama", "r2i", "storm")]
        rest = [one | {"agent": {k: v for k, v in one["agent"].items() if k != "model"}} for one in each]
        assert all(other == rest[0] for other in rest)


def test_a_run_of_a_claim_is_found():
    curve = family_curve("drama", "DoorKey", 0)  # settings that differ would be refused
    assert (curve.agent, curve.env) == ("drama", "MiniGrid-DoorKey-5x5-v0") and curve.step[-1] > 1000


def test_all_runs_of_the_worlds_asked_for_are_made_seed_by_seed(monkeypatch, capsys):
    made = []

    def curve(name, settings, goal, steps, seed):
        made.append((name, goal.name, seed))
        return Curve(name, goal.env, seed, {}, {}, (10,), (1.0,), (60.0,), steps)

    monkeypatch.setattr(family, "dreamer_curve", curve)
    main(["LongRecall", "--agents", "dreamer", "storm"])
    assert made == [(name, "recall", seed) for seed in range(3) for name in ("dreamer-long", "storm")]
    assert "LongRecall: storm, seed 2: 10 steps, 1.0 minutes" in capsys.readouterr().out


def test_an_unknown_world_is_refused():
    assert "DoorKey, Breakout, LongRecall" in complaint(lambda: family_curve("drama", "Pong", 0))
