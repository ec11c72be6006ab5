"""Dynamic programming on a transition table: Bellman backups, value iteration and exact policy evaluation."""

import numpy as np

from mbrl_lite.envs.tabular import MDP, check_gamma, check_policy, check_transitions
from mbrl_lite.errors import MbrlError


def backup(P: np.ndarray, R: np.ndarray, V: np.ndarray, gamma: float) -> np.ndarray:
    """One Bellman backup, Q(s, a) = R(s, a) + gamma sum_s' P(s'|s, a) V(s'): (..., S, A) from V (..., S)."""
    return R + gamma * (P @ V[..., None, :, None])[..., 0]  # (..., S, A, S) @ (..., 1, S, 1)


def greedy(Q: np.ndarray) -> np.ndarray:
    """The best action of each state, (..., S); among equals the first."""
    return Q.argmax(-1)


def value_iteration(
    mdp: MDP, tol: float = 1e-10, V: np.ndarray | None = None, limit: int = 1_000_000
) -> tuple[np.ndarray, np.ndarray]:
    """Optimal values V* (..., S) and Q* (..., S, A), within `tol` of the truth (Puterman, 1994, Theorem 6.3.1).

    `V` is where to start, by default zeros. Raises `MbrlError` if `limit` backups are not enough.
    """
    V = np.zeros(mdp.P.shape[:-2]) if V is None else V
    enough = tol * (1 - mdp.gamma) / max(2 * mdp.gamma, 1e-12)
    for _ in range(limit):
        Q = backup(mdp.P, mdp.R, V, mdp.gamma)  # (..., S, A)
        change, V = np.abs(Q.max(-1) - V).max(), Q.max(-1)
        if change <= max(enough, 1e-15 * np.abs(V).max()):
            return V, backup(mdp.P, mdp.R, V, mdp.gamma)
    raise MbrlError(f"value iteration needs more than {limit} backups at gamma = {mdp.gamma}: raise tol or the limit")


def evaluate_policy(mdp: MDP, pi: np.ndarray) -> np.ndarray:
    """V^pi (..., S), exactly: the solution of (I - gamma P^pi) V = R^pi. `pi` (S, A) probabilities or (S,) actions."""
    return policy_value(mdp.P, mdp.R, pi, mdp.gamma)


def policy_value(P: np.ndarray, R: np.ndarray, pi: np.ndarray, gamma: float) -> np.ndarray:
    """`evaluate_policy` for bare tables; raises `MbrlError` for rows that are no distributions or a wrong gamma."""
    check_gamma(gamma)
    check_transitions(P)
    pi = check_policy(pi, *P.shape[-3:-1], lead=P.shape[:-3])  # (..., S, A)
    P_pi = (pi[..., None] * P).sum(-2)  # (..., S, S)
    R_pi = (pi * R).sum(-1)  # (..., S)
    return np.linalg.solve(np.eye(P.shape[-1]) - gamma * P_pi, R_pi[..., None])[..., 0]
