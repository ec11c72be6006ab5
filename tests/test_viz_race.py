"""Laws of the race: only runs that exist are drawn, a run that never arrives counts as its budget, ends are honest."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from mbrl_lite.errors import MbrlError
from mbrl_lite.evaluation.curves import Curve
from mbrl_lite.evaluation.tasks import task
from mbrl_lite.viz.race import LOOKS, arrival, draw_race, lane, row

GOAL = task("cartpole")  # 475, window 10


def curve(agent, seed=0, arrives=40, episodes=60, budget=9000, every=100):
    """Return 20 until episode `arrives`, then 500; an episode every 100 steps and every 2 seconds."""
    returns = [500.0 if i >= arrives else 20.0 for i in range(episodes)]
    step, seconds = [every * (i + 1) for i in range(episodes)], [2.0 * (i + 1) for i in range(episodes)]
    return Curve(agent, GOAL.env, seed, {}, {}, step, returns, seconds, budget)


@pytest.fixture
def folder(tmp_path):
    for made in (curve("dreamer", 0, 10), curve("dreamer", 1, 20), curve("ppo", 0, 40), curve("dqn", 0, 99)):
        made.save(tmp_path / GOAL.env.lower() / f"{made.agent}-{made.seed}.json")
    return tmp_path


def dots(axes):
    return [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]


def lines(axes):
    return {line.get_label(): line.get_xydata() for line in axes.lines if line.get_label() in dict_of_names()}


def dict_of_names():
    return {name for name, _, _ in LOOKS.values()}


def test_only_runs_that_exist_are_there(folder):
    runs = lane("cartpole", folder=folder).runs
    assert {agent: len(curves) for agent, curves in runs.items()} == {"dreamer": 2, "ppo": 1, "dqn": 1}
    assert [curve.seed for curve in runs["dreamer"]] == [0, 1]
    assert lane("pendulum", folder=folder).runs == {}
    assert "dreamer" not in lane("cartpole", seeds=[1, 2][1:], folder=folder).runs


def test_the_median_arrival_is_that_of_the_curves_and_a_missing_one_counts_as_the_budget():
    two = curve("dreamer", 0, 10), curve("dreamer", 1, 20)
    reach = [each.reach(GOAL.threshold, GOAL.window) for each in two]
    end = arrival(two, GOAL)
    assert reach == [2000, 3000] and (end.steps, end.seconds, end.arrived, end.seeds) == (2500.0, 50.0, 2, 2)
    never = arrival([curve("dqn", arrives=99)], GOAL)
    assert (never.steps, never.seconds, never.arrived) == (9000.0, 120.0, 0)


def test_the_rival_is_the_quickest_of_the_others(folder):
    line = row(lane("cartpole", folder=folder))
    assert (line.rival, line.free.steps, line.model.steps) == ("ppo", 5000.0, 2500.0)
    assert line.ratio == 2.0
    alone = row(lane("cartpole", agents=["dreamer"], folder=folder))
    assert alone.free is None and alone.ratio is None and alone.rival == alone.fastest == ""


def test_by_the_other_clock_another_rival_may_be_the_quickest(folder):
    slow_but_few, gave_up = curve("dqn", arrives=20), curve("dqn", arrives=99, episodes=5)
    slow_but_few = replace(slow_but_few, seconds=tuple(9 * second for second in slow_but_few.seconds))
    for dqn, rivals in ((slow_but_few, ("dqn", "ppo")), (gave_up, ("ppo", "ppo"))):
        dqn.save(folder / GOAL.env.lower() / "dqn-0.json")
        line = row(lane("cartpole", folder=folder))
        assert (line.rival, line.fastest) == rivals
        assert (line.fast.seconds, line.fast.arrived) == (100.0, 1)


def test_each_panel_shows_each_agent_with_its_arrival(folder):
    picture = draw_race([lane("cartpole", folder=folder)])
    steps, seconds = picture.axes
    assert set(lines(steps)) == set(lines(seconds)) == {"Dreamer", "PPO", "DQN"}
    assert dots(steps) == [2500.0, 5000.0] and dots(seconds) == [50.0, 100.0]  # DQN has not arrived: no dot
    assert steps.get_xlabel().startswith("environment steps") and seconds.get_xlabel().startswith("seconds")
    assert steps.get_ylabel() and steps.get_title("left") == "CartPole"
    assert "seeds: Dreamer 2, PPO 1, DQN 1" in [text.get_text() for text in steps.texts]


def test_an_arrived_run_is_carried_on_and_one_without_arrival_ends_at_its_last_episode(folder):
    short, long = curve("dreamer", 0, 10, episodes=25), curve("dreamer", 1, 40)
    from mbrl_lite.viz.race import Lane

    picture = draw_race([Lane(GOAL, {"dreamer": (short, long)})])
    drawn = lines(picture.axes[0])["Dreamer"]
    assert drawn[-1, 0] == pytest.approx(6000) and drawn[-1, 1] == pytest.approx(500)
    failed = draw_race([Lane(GOAL, {"dreamer": (curve("dreamer", 0, 99, episodes=30), long)})])
    assert lines(failed.axes[0])["Dreamer"][-1, 0] == pytest.approx(3000)
    assert np.isfinite(lines(failed.axes[1])["Dreamer"]).all()


def test_one_seed_has_no_band_and_several_have_one(folder):
    picture = draw_race([lane("cartpole", folder=folder)])
    assert len(picture.axes[0].collections) == 1  # the Dreamer's two seeds


def test_the_words_say_who_arrives_when_and_who_does_not(folder):
    picture = draw_race([lane("cartpole", folder=folder), lane("pendulum", folder=folder)])
    assert len(picture.axes) == 2  # a task without runs is no panel
    assert "Dreamer arrives after 2,500 steps and 50 seconds in the median (2 of 2 seeds arrive)" in picture.alt
    assert "DQN mostly does not arrive (0 of 1 seeds arrive)" in picture.alt
    image = Image.open(io.BytesIO(picture.png()))
    assert image.width > 400 and image.text["Description"] == picture.alt


def test_nothing_to_draw_is_one_sentence(folder):
    with pytest.raises(MbrlError, match="at least one agent on one task, got none: record"):
        draw_race([lane("pendulum", folder=folder)])
