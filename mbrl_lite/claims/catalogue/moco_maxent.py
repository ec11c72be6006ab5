"""The claim of maximum-entropy model correction: a wrong model speeds planning up and no longer bends the answer."""

import numpy as np

from mbrl_lite.agents.moco_dyna import MoCoDyna, MoCoDynaConfig, practise_moco, practise_q, uniform_samples
from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.envs.cliff import cliff_walk
from mbrl_lite.envs.tabular import MDP, garnet, stack
from mbrl_lite.planning import backup, policy_value, value_iteration
from mbrl_lite.planning.moco import moco_vi, plan_in, smear

SETTINGS = {
    "gamma": 0.95,
    "garnet": {"S": 30, "A": 4, "branching": 5},
    "cliff": {"rows": 5, "columns": 6, "slip": [0.05, 0.15]},  # a slip a seed
    "least_bias": 0.1,  # of planning in the moderate model; a Garnet with less is drawn again
    "moderate": 0.5,
    "smears": [0.0, 0.1, 0.3, 0.5, 0.7, 1.0],
    "d": 1,
    "iterations": 60,
    "at": [5, 15],
    "floor": 1e-9,  # a plan is solved to 1e-10, so smaller errors count as this
    "wrong": [0.5, 1.0],  # the models of MoCoDyna and Dyna
    "samples": 20000,
    "plan_every": 500,
    "moco_dyna": {"d": 2, "renew": 500, "noise": 0.5, "waiting": 0, "replay": True},
    "dyna": {"d": 0},
    "fresh": {"d": 2, "renew": 2000, "noise": 2.0, "waiting": 1, "replay": False},  # the paper's way, for comparison
    "fading": 0.9,  # Q-learning's step size is n(s, a)^-fading
}


def measure(settings: dict, seed: int) -> dict[str, float]:
    """One seed: a Garnet and a cliff walk, planned in with exact queries and learnt from samples."""
    rng = np.random.default_rng([seed, settings["draw"]] if "draw" in settings else seed)
    found = {}
    for name, mdp in (("garnet", _garnet(settings, rng)), ("cliff", _cliff(settings, rng))):
        exact = _exact(settings, mdp)
        sampled = _sampled(settings, mdp, rng)
        found |= {f"{name}.{key}": value for key, value in (exact | sampled).items()}
    return found


def _garnet(settings: dict, rng: np.random.Generator) -> MDP:
    while True:
        mdp = garnet(rng, **settings["garnet"], gamma=settings["gamma"])
        bias = plan_in(smear(mdp.P, settings["moderate"]), mdp) - value_iteration(mdp)[0]
        if np.abs(bias).max() >= settings["least_bias"]:
            return mdp


def _cliff(settings: dict, rng: np.random.Generator) -> MDP:
    size = settings["cliff"]
    return cliff_walk(size["rows"], size["columns"], rng.uniform(*size["slip"]), settings["gamma"])


def _exact(settings: dict, mdp: MDP) -> dict[str, float]:
    """Largest errors of the values, against the number of queries P V."""
    best, smears, V = value_iteration(mdp, 1e-12)[0], settings["smears"], np.zeros(mdp.S)
    vi = [np.abs(best).max()]
    for _ in range(settings["iterations"]):
        V = backup(mdp.P, mdp.R, V, mdp.gamma).max(-1)
        vi.append(np.abs(V - best).max())
    worlds = stack([mdp] * len(smears))
    values = moco_vi(worlds, smear(worlds.P, smears), settings["iterations"], settings["d"])  # (K + 1, smears, S)
    error = np.abs(values - best).max(-1).clip(settings["floor"])  # (K + 1, smears)
    early, late = settings["at"]
    moderate = smears.index(settings["moderate"])
    found = {"vi": vi[late], "moco": error[late, moderate], "bias": error[0, moderate], "end": error[-1].max()}
    found["worst"] = (error.max(0) / error[0]).max()
    found |= {f"early.{x:g}": e for x, e in zip(smears, error[early], strict=True)}
    return {key: float(value) for key, value in found.items()}


def _sampled(settings: dict, mdp: MDP, rng: np.random.Generator) -> dict[str, float]:
    """What greedy policies lose against the best one: mean over states, plans and models, in units of max |V*|."""
    best, wrong, every = value_iteration(mdp)[0], np.array(settings["wrong"]), settings["plan_every"]
    samples, worlds = uniform_samples(mdp, rng, settings["samples"]), stack([mdp] * len(wrong))

    def loss(policies: np.ndarray) -> np.ndarray:
        lost = [best - policy_value(mdp.P, mdp.R, pi, mdp.gamma) for pi in policies]
        return np.mean(lost, -1) / np.abs(best).max()

    found = {"q": practise_q(mdp, samples, every, loss, settings["fading"]).mean()}
    for name in ("moco_dyna", "dyna", "fresh"):
        scores = practise_moco(MoCoDyna(worlds, wrong, MoCoDynaConfig(**settings[name])), samples, every, loss)
        found[name] = scores.mean()
        found |= {f"{name}.{x:g}": mean for x, mean in zip(wrong, scores.mean(0), strict=True)}
    return {f"loss.{key}": max(float(value), 1e-9) for key, value in found.items()}


def _parts(name: str, where: str) -> tuple[Part, ...]:
    less = {"direction": "less"}
    return (
        Part(f"{name} 15 iterations", f"{where}: after 15 queries at most a tenth of value iteration's error",
             kind="better", treatment=f"{name}.moco", baseline=f"{name}.vi", scale="ratio", target=10.0, **less),
        Part(f"{name} bias", f"{where}: planning in the moderate model keeps a bias of at least 0.1",
             kind="bound", treatment=f"{name}.bias", direction="more", target=0.1, every=True),
        Part(f"{name} converges", f"{where}: MoCoVI ends below 1e-3 with every model",
             kind="bound", treatment=f"{name}.end", target=1e-3, every=True, **less),
        Part(f"{name} never diverges", f"{where}: no iteration of any model is worse than its first plan",
             kind="bound", treatment=f"{name}.worst", target=1.0, every=True, **less),
        Part(f"{name} shrinks", f"{where}: after 5 queries the error is at least 10 times larger with the worst model",
             kind="better", treatment=f"{name}.early.0.1", baseline=f"{name}.early.1", scale="ratio", target=10.0,
             **less),
        Part(f"{name} Dyna", f"{where}: MoCoDyna's policies lose at most two thirds of what Dyna's lose",
             kind="better", treatment=f"{name}.loss.moco_dyna", baseline=f"{name}.loss.dyna", scale="ratio",
             target=1.5, **less),
        Part(f"{name} Q-learning", f"{where}: MoCoDyna's policies lose at most two thirds of what Q-learning's lose",
             kind="better", treatment=f"{name}.loss.moco_dyna", baseline=f"{name}.loss.q", scale="ratio",
             target=1.5, **less),
    )  # fmt: skip


CLAIM = Claim(
    id="moco-maxent",
    title="Maximum entropy model correction",
    chapter="01",
    section="01b, 2",
    original="MoCoVI converges to the true value although its model is wrong, and faster the better the model; "
    "MoCoDyna does so from samples (a 6 x 6 cliff walk and Garnets, models smeared by 0.1, 0.5 and 1)",
    here="one Garnet (30 states, 4 actions, 5 successors, drawn until planning in the moderate model is off by 0.1) "
    "and one slippery 5 x 6 cliff walk a seed; models smeared by 0 to 1, moderate: 0.5; 20,000 uniform samples; errors "
    "below 1e-9 count as 1e-9, the floor of the plans",
    kept="the nearest distribution in KL that matches queried expectations of past values; planning in it; the smear",
    replaced="MoCoDyna answers a new question from all samples so far, not only from later ones (measured too: fresh); "
    "so it sees counts that Dyna is denied; its trust in an answer grows with the number of samples; Dyna is MoCoDyna "
    "with no basis function; losses are means over the smears 0.5 and 1",
    chance="value iteration without a query errs by max |V*|; Q-learning before its first sample acts as if all were 0",
    settings=SETTINGS,
    parts=(*_parts("garnet", "Garnet"), *_parts("cliff", "Cliff walk")),
    seeds=30,
    core_minutes=4.0,
    beside=(
        "garnet.loss.moco_dyna",
        "garnet.loss.dyna",
        "garnet.loss.q",
        "garnet.loss.fresh",
        "cliff.loss.moco_dyna",
        "cliff.loss.dyna",
        "cliff.loss.q",
        "cliff.loss.fresh",
    ),
)
