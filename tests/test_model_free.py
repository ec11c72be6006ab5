"""Laws of the model-free runs: when they stop, what they note and see, that nothing is run twice or overwritten."""

import sys
from dataclasses import replace
from types import ModuleType

import gymnasium as gym
import numpy as np
import pytest

from mbrl_lite.errors import MbrlError, MissingExtra
from mbrl_lite.evaluation import model_free
from mbrl_lite.evaluation.curves import Curve, curve_path, load_curve
from mbrl_lite.evaluation.model_free import Log, Seen, finished, make_seen, run_all, run_seed
from mbrl_lite.evaluation.published import PUBLISHED, published
from mbrl_lite.evaluation.tasks import task

GOAL = replace(task("cartpole"), window=2, budget=100)
SETTINGS = published("cartpole", "ppo")


class Learner:
    """Stands in for an algorithm of stable-baselines3: no learning, episodes of 10 steps, good from the third on."""

    made = []

    def __init__(self, policy, envs, **arguments):
        self.policy, self.arguments, self.num_timesteps = policy, arguments, 0
        Learner.made.append(self)

    def learn(self, steps, callback):
        episodes = 0
        while self.num_timesteps < steps:
            self.num_timesteps += 10
            episodes += 1
            infos = [{"episode": {"r": 500.0 if episodes >= 3 else 20.0}}, {}]
            if not callback({"self": self, "infos": infos}, None):
                break


class Envs:
    """Stands in for environments side by side."""

    observation_space = gym.spaces.Box(-1, 1, (4,))

    def __init__(self, *_, **arguments):
        self.arguments = arguments

    def close(self):
        pass


@pytest.fixture
def stood_in(monkeypatch):
    """stable-baselines3 as the runner sees it, whether or not the optional package is installed."""
    names = ("", ".common", ".common.env_util", ".common.vec_env")
    library, common, util, vector = (ModuleType(f"stable_baselines3{name}") for name in names)
    library.PPO = library.DQN = Learner
    util.make_vec_env, vector.VecNormalize = Envs, Envs
    for module in (library, common, util, vector):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    Learner.made.clear()


def test_a_run_notes_raw_returns_and_stops_soon_after_it_arrives(stood_in):
    curve = run_seed(GOAL, "ppo", 3, SETTINGS)
    assert curve.step == (10, 20, 30, 40, 50) and curve.returns == (20, 20, 500, 500, 500)
    assert curve.reach(475, 2) == 40 and curve.made["stopped"] == "after it arrived" and curve.budget == 100
    assert (curve.agent, curve.env, curve.seed, curve.settings) == ("ppo", "CartPole-v1", 3, SETTINGS)


def test_a_run_that_never_arrives_has_its_whole_budget(stood_in):
    curve = run_seed(replace(GOAL, threshold=501), "ppo", 0, SETTINGS)
    assert curve.step[-1] == 100 and curve.made["stopped"] == "at its budget" and curve.reach(501, 2) is None


def test_the_margin_never_exceeds_the_budget():
    log = Log(replace(GOAL, budget=41))
    for step in (10, 20):
        log.note(step, 500.0, 0.0)
    assert log.stop == pytest.approx(22)
    late = Log(replace(GOAL, budget=41))
    for step in (30, 40):
        late.note(step, 500.0, 0.0)
    assert late.stop == 41


def test_published_settings_arrive_at_the_library(stood_in):
    run_seed(GOAL, "ppo", 7, SETTINGS)
    arguments = Learner.made[-1].arguments
    assert arguments["seed"] == 7 and arguments["n_steps"] == 32 and arguments["gae_lambda"] == 0.8
    assert arguments["learning_rate"](1.0) == pytest.approx(1e-3) and arguments["clip_range"](0.25) == pytest.approx(
        0.05
    )
    run_seed(replace(GOAL, budget=80_000), "dqn", 0, published("cartpole", "dqn"))
    assert Learner.made[-1].arguments["exploration_fraction"] == pytest.approx(0.1)
    assert Learner.made[-1].arguments["policy_kwargs"] == {"net_arch": [256, 256]}


def test_recurrent_ppo_is_the_other_package_s_and_has_a_memory(stood_in, monkeypatch):
    contrib = ModuleType("sb3_contrib")
    contrib.RecurrentPPO = Learner
    monkeypatch.setitem(sys.modules, "sb3_contrib", contrib)
    run_seed(GOAL, "rppo", 0, published("goals", "rppo"))
    assert Learner.made[-1].policy == "MlpLstmPolicy" and Learner.made[-1].arguments["ent_coef"] == 0.01
    monkeypatch.setitem(sys.modules, "sb3_contrib", None)
    with pytest.raises(MissingExtra, match=r"mbrl_lite\[baselines\]"):
        run_seed(GOAL, "rppo", 0, published("goals", "rppo"))


def test_all_published_settings_name_their_source_and_a_known_task():
    for name, agents in PUBLISHED.items():
        assert task(name) and agents
        for settings in agents.values():
            assert len(settings["source"]) > 20 and settings["view"] in ("flat", "conv")
    with pytest.raises(MbrlError, match=r"got 'sac' on 'doorkey': choose from cartpole: ppo, dqn;"):
        published("doorkey", "sac")


def stored(seed: int, path, settings=SETTINGS, budget=100) -> Curve:
    curve = Curve("ppo", "CartPole-v1", seed, settings, {}, (10,), (1,), (1,), budget)
    curve.save(path)
    return curve


def test_a_seed_that_is_there_is_not_run_again(tmp_path, monkeypatch, capsys):
    ran = []

    def quick(goal, agent, seed, settings):
        ran.append(seed)
        return Curve(agent, goal.env, seed, settings, {}, (10, 20), (500, 500), (1, 2), goal.budget)

    monkeypatch.setattr(model_free, "run_seed", quick)
    kept = stored(1, curve_path("ppo", "CartPole-v1", 1, tmp_path))
    run_all(GOAL, "ppo", range(3), tmp_path)
    run_all(GOAL, "ppo", range(3), tmp_path)
    assert ran == [0, 2] and load_curve(curve_path("ppo", "CartPole-v1", 1, tmp_path)) == kept
    printed = capsys.readouterr().out
    assert "cartpole ppo seed 0: reaches 475.0 at step 20, 2 s" in printed
    assert "cartpole ppo seed 1: never reaches 475.0, 1 s" in printed


@pytest.mark.parametrize("changes", [{"budget": 99}, {"settings": SETTINGS | {"n_envs": 9}}])
def test_a_file_of_other_settings_is_neither_taken_nor_overwritten(tmp_path, changes):
    kept = stored(0, curve_path("ppo", "CartPole-v1", 0, tmp_path), **changes)
    with pytest.raises(MbrlError, match=r"other settings or another budget .*delete it to run that seed again"):
        finished(GOAL, "ppo", 0, SETTINGS, tmp_path)
    assert load_curve(curve_path("ppo", "CartPole-v1", 0, tmp_path)) == kept


def test_without_the_baselines_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    with pytest.raises(MissingExtra, match=r"mbrl_lite\[baselines\]"):
        run_seed(GOAL, "ppo", 0, SETTINGS)


class Still(gym.Env):
    """Shows one given observation for ever."""

    action_space = gym.spaces.Discrete(2)

    def __init__(self, shown, most):
        self.shown, self.observation_space = shown, gym.spaces.Box(0, most, shown.shape, shown.dtype)

    def reset(self, *, seed=None, options=None):
        return self.shown, {}


@pytest.mark.parametrize(
    "kind, shape, most, flat, seen",
    [
        ("planes", (10, 10, 4), 1, False, (4, 10, 10)),
        ("planes", (10, 10, 4), 1, True, (400,)),
        ("image", (32, 32, 1), 255, False, (1, 32, 32)),
        ("image", (32, 32, 3), 255, True, (3072,)),
        ("grid", (7, 7, 3), 2, True, (980,)),
    ],
)
def test_observations_keep_every_number_and_fit_their_space(kind, shape, most, flat, seen):
    shown = np.random.default_rng(0).integers(0, most + 1, shape).astype(np.uint8)
    env = Seen(Still(shown, most), kind, flat, np.float32 if kind == "image" and flat else np.uint8)
    observation, _ = env.reset()
    assert observation.shape == seen and env.observation_space.contains(observation)
    if kind == "grid":
        assert observation.reshape(49, 20).sum() == 3 * 49
    elif flat:
        assert np.allclose(observation * (255 if kind == "image" else 1), shown.reshape(-1), atol=1e-4)
    else:
        assert (np.moveaxis(observation, 0, -1) == shown).all()


@pytest.mark.parametrize("env_id, dtype", [("CartPole-v1", np.float32), ("MiniGrid-Empty-8x8-v0", np.uint8)])
def test_the_runs_see_the_environment_unmodified_but_for_the_form_of_its_numbers(env_id, dtype):
    env = make_seen(env_id, "flat")
    observation, _ = env.reset(seed=0)
    assert observation.dtype == dtype and env.observation_space.contains(observation)
    assert env.spec.id == env_id and env.action_space == gym.make(env_id).action_space
    assert make_seen("MiniGrid-Empty-8x8-v0", "flat", normalize=True).reset(seed=0)[0].dtype == np.float32
