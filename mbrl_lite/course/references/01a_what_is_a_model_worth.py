"""References of chapter 01a_what_is_a_model_worth, cut from its solution: do not edit, run  make chapters."""

import numpy as np


def q_backup(P: np.ndarray, R: np.ndarray, V: np.ndarray, gamma: float) -> np.ndarray:
    """One Bellman backup: Q(s, a), (S, A)."""
    # Where does each pair lead, on average, and what is it worth there?
    return R + gamma * P @ V


def fit_table(transitions: list, S: int, A: int) -> tuple[np.ndarray, np.ndarray]:
    """The model of counts: P_hat (S, A, S) and R_hat (S, A)."""
    # Count first, divide at the end. What do pairs need that nobody tried?
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(axis=2)
    P_hat = np.repeat(np.eye(S)[:, None], A, axis=1)  # stay
    P_hat[tried > 0] = n[tried > 0] / tried[tried > 0][:, None]
    return P_hat, total / np.maximum(tried, 1)


def q_update(Q: np.ndarray, s, a, r, s2, done, alpha: float, gamma: float) -> np.ndarray:
    """The table after one transition, (S, A)."""
    # What is the target? How far does Q[s, a] move towards it?
    target = r if done else r + gamma * Q[s2].max()
    new = Q.copy()
    new[s, a] += alpha * (target - Q[s, a])
    return new


def plan_plus(Q: np.ndarray, reward, following, tried, t, pairs, alpha, gamma, kappa) -> np.ndarray:
    """The planning of Dyna-Q+ at the given pairs, one after another: the new Q, (S, A)."""
    # When does the bonus of a pair grow, and when does it shrink? Does it here?
    Q = Q.copy()
    for s, a in pairs:
        tau = t - tried[s, a]
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q


def sweep(Q: np.ndarray, reward, following, priority, n, alpha, gamma, theta) -> np.ndarray:
    """n updates of prioritised sweeping: the new Q, (S, A)."""
    # Which errors deserve a place in line?
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q


def factored_next(moved: np.ndarray, turned: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """p(cell', bit'_0, ..., bit'_{K-1}) after one action in one cell, (cells, 2, ..., 2)."""
    # Turn each part's counts into shares. All parts happen at once, independently.
    P = moved / max(moved.sum(), 1)  # (cells,)
    for k, bit in enumerate(bits):
        row = turned[k, bit]  # (2,)
        P = np.multiply.outer(P, row / max(row.sum(), 1))  # one more axis
    return P


REFERENCES = {
    "01.1": q_backup,
    "01.2": fit_table,
    "01.3": q_update,
    "01.4": plan_plus,
    "01.5": sweep,
    "01.6": factored_next,
}
