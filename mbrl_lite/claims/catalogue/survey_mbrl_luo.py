"""The worked demonstration of Luo et al.'s survey: the simulation lemma on hundreds of random worlds."""

import numpy as np

from mbrl_lite.claims.spec import Claim, Part
from mbrl_lite.evaluation.bounds import model_error, simulation_bound, value_gap
from mbrl_lite.planning import policy_value

SETTINGS = {
    "worlds": 10,  # of each kind a seed
    "S": 20,
    "A": 3,
    "branching": 3,
    "eps": [0.005, 0.01, 0.02, 0.03, 0.04, 0.05],
    "horizons": [4, 8, 16, 32, 64, 128],  # 1 / (1 - gamma)
    "middle": {"eps": 0.02, "horizon": 32},  # held fixed while the other one varies
}
KINDS = ("garnet", "ring")


def measure(settings: dict, seed: int) -> dict[str, float]:
    """One seed: random worlds, a random policy for each, and models that err on purpose or at random."""
    rng = np.random.default_rng(seed)
    found = {"worlds": float(len(KINDS) * settings["worlds"]), "violations": 0.0, "tightest": 0.0}
    for kind in KINDS:
        P, Q = sample(kind, settings, rng), sample(kind, settings, rng)  # (worlds, S, A, S)
        R, pi = rng.random(P.shape[:-1]), rng.dirichlet(np.ones(settings["A"]), size=P.shape[:2])  # (worlds, S, A)
        for how in ("directed", "random"):
            gap, bound = gaps(settings, P, R, pi, Q if how == "random" else None)  # (horizons, eps, worlds)
            found["violations"] += float((gap > bound).sum())
            found["tightest"] = max(found["tightest"], float((gap / bound).max()))
            found |= {f"{kind}.{how}.{key}": value for key, value in _shape(settings, gap.mean(-1)).items()}
    return found


def sample(kind: str, settings: dict, rng: np.random.Generator) -> np.ndarray:
    """Random transition tables (worlds, S, A, S): "garnet" mixes fast, "ring" steps only to a neighbour and is slow."""
    shape = (settings["worlds"], settings["S"], settings["A"])
    P = np.zeros((*shape, settings["S"]))
    if kind == "ring":
        to = (np.arange(settings["S"])[:, None, None] + np.array([-1, 0, 1])) % settings["S"]  # (S, 1, 3)
        to = np.broadcast_to(to, (*shape, 3))
    else:
        to = rng.random(P.shape).argsort(-1)[..., : settings["branching"]]
    np.put_along_axis(P, to, rng.dirichlet(np.ones(to.shape[-1]), size=shape), -1)
    return P


def gaps(settings: dict, P, R, pi, Q) -> tuple[np.ndarray, np.ndarray]:
    """The largest value gap of each world and the lemma's bound, both (horizons, eps, worlds).

    The model is (1 - eps) P + eps Q. Without a Q all its error points one way: to the state with the lowest value.
    """
    gap, bound = np.zeros((2, len(settings["horizons"]), len(settings["eps"]), len(P)))
    for i, horizon in enumerate(settings["horizons"]):
        gamma, other = 1 - 1 / horizon, Q
        if Q is None:
            lowest = policy_value(P, R, pi, gamma).argmin(-1)  # (worlds,)
            other = np.eye(P.shape[-1])[lowest][:, None, None, :]  # (worlds, 1, 1, S)
        for j, eps in enumerate(settings["eps"]):
            P_hat = (1 - eps) * P + eps * other
            gap[i, j] = np.abs(value_gap(P, P_hat, R, pi, gamma)).max(-1)
            worst = model_error(P, P_hat).max((-1, -2))
            bound[i, j] = simulation_bound(worst, gamma, 1.0) * np.ptp(R, axis=(1, 2))
    return gap, bound


def _shape(settings: dict, gap: np.ndarray) -> dict[str, float]:
    """How the mean gap (horizons, eps) grows: R^2 of a line in eps, and the log-log slope in the horizon."""
    eps, horizons, middle = settings["eps"], settings["horizons"], settings["middle"]
    along = gap[horizons.index(middle["horizon"])]  # (eps,)
    up = gap[:, eps.index(middle["eps"])]  # (horizons,)
    return {
        "linear": float(np.corrcoef(eps, along)[0, 1] ** 2),
        "slope": float(np.polyfit(np.log(horizons), np.log(up), 1)[0]),
    }


def _grows(kind: str, where: str) -> tuple[Part, ...]:
    return (
        Part(f"{kind} linear", f"{where}: the gap is a line in eps, R^2 at least 0.95",
             kind="bound", treatment=f"{kind}.directed.linear", direction="more", target=0.95),
        Part(f"{kind} horizon", f"{where}: the gap grows faster than the horizon, log-log slope above 1",
             kind="bound", treatment=f"{kind}.directed.slope", direction="more", target=1.0),
    )  # fmt: skip


CLAIM = Claim(
    id="survey-mbrl-luo",
    title="The simulation lemma, measured",
    chapter="01",
    section="01b, 1",
    original="the value of a policy in a learned model is off by at most gamma R_max eps / (1 - gamma)^2: errors of "
    "the model compound over the horizon (theory, any Markov decision process)",
    here="20 random worlds a seed, 600 in all: Garnets and rings of 20 states, a random policy each, six errors, six "
    "horizons; once the model errs towards the state of lowest value, once at random",
    kept="the lemma with eps in total variation and R_max as the range of the rewards",
    replaced="growth is judged for errors that point one way; at random (a share eps of another random world) they are "
    "smaller on rings and partly cancel (measured too)",
    chance="a bound that does not hold would be crossed by some world",
    settings=SETTINGS,
    parts=(
        Part("never crossed", "the gap is below the bound in every world", kind="bound", treatment="violations",
             direction="less", target=0.0, every=True),
        *_grows("garnet", "Garnets"),
        *_grows("ring", "Rings"),
    ),
    seeds=30,
    core_minutes=1.0,
    beside=("garnet.random.slope", "ring.random.slope"),
)  # fmt: skip
