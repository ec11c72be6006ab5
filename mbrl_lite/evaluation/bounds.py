"""How much a wrong model may cost: the simulation lemma, its policy-shift term, and the gaps they bound."""

import numpy as np

from mbrl_lite.envs.tabular import check_gamma, check_transitions
from mbrl_lite.errors import MbrlError
from mbrl_lite.planning import policy_value


def model_error(P: np.ndarray, P_hat: np.ndarray) -> np.ndarray:
    """Total variation of each pair's prediction, (..., S, A): 1/2 sum_s' |P - P_hat|, from 0 (right) to 1 (disjoint).

    P and P_hat (..., S, A, S). Half the L1 distance, and the largest error in the probability of any event.
    """
    P, P_hat = np.asarray(P, float), np.asarray(P_hat, float)
    check_transitions(P)
    check_transitions(P_hat)
    if P.shape[-3:] != P_hat.shape[-3:]:
        raise MbrlError(f"expected two transition tables of one shape, got {P.shape} and {P_hat.shape}: compare equals")
    return np.abs(P - P_hat).sum(-1) / 2


def value_gap(P: np.ndarray, P_hat: np.ndarray, R: np.ndarray, pi: np.ndarray, gamma: float) -> np.ndarray:
    """V^pi_M - V^pi_Mhat, (..., S): what the model hides (> 0) or promises too much (< 0), exactly.

    R (..., S, A) is known; pi (S, A) probabilities or (S,) actions. Raises `MbrlError` as `policy_value` does.
    """
    return policy_value(P, R, pi, gamma) - policy_value(P_hat, R, pi, gamma)


def simulation_bound(eps: float | np.ndarray, gamma: float, reward_range: float) -> float | np.ndarray:
    """Simulation lemma: |V^pi_M - V^pi_Mhat| <= gamma R_max eps / (1 - gamma)^2 in every state, for every policy.

    eps is the largest total variation, `model_error(...).max()`, and R_max the range of the rewards, max R - min R: for
    rewards in [0, R_max] just the largest. With eps in L1 the constant is half as large. No smaller power of
    1 / (1 - gamma) will do: two states suffice to come as close as one likes (Kearns and Singh, 2002; Luo et al., 2022,
    section 3). Raises `MbrlError` for gamma outside [0, 1), a range below 0, eps outside [0, 1].
    """
    _check(eps, gamma, reward_range)
    return gamma * reward_range * eps / (1 - gamma) ** 2


def policy_shift_bound(eps_m: float, eps_pi: float, gamma: float, r_max: float) -> float:
    """How much less than its model promises a policy may earn when the model was fitted to another policy's data.

    |J_M(pi) - J_Mhat(pi)| <= 2 gamma r_max (eps_m + 2 eps_pi) / (1 - gamma)^2 + 4 r_max eps_pi / (1 - gamma) (Janner et
    al., 2019, Theorem 4.1). eps_m: the model's total variation, averaged over the states and actions of the data at the
    worst time step; eps_pi: the total variation between the two policies in the worst state; r_max = max |R|.
    """
    _check(eps_m, gamma, r_max)
    _check(eps_pi, gamma, r_max)
    return 2 * gamma * r_max * (eps_m + 2 * eps_pi) / (1 - gamma) ** 2 + 4 * r_max * eps_pi / (1 - gamma)


def _check(eps, gamma: float, reward: float) -> None:
    check_gamma(gamma)
    if not ((np.asarray(eps) >= 0) & (np.asarray(eps) <= 1)).all():
        raise MbrlError(f"expected a total variation from 0 to 1, got {eps}: it is half the L1 distance")
    if not reward >= 0:
        raise MbrlError(f"expected a size of the rewards of 0 or more, got {reward}: take max R - min R or max |R|")
