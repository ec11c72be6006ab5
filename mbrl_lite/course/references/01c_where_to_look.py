"""References of chapter 01c_where_to_look, cut from its solution: do not edit, run  make chapters."""

import numpy as np


def bernstein_bonus(
    p_hat: np.ndarray, v: np.ndarray, n: np.ndarray, iota: float, H: int
) -> np.ndarray:
    """sqrt(2 Var iota / n) + 7 H iota / 3n for each pair, (S, A)."""
    # The mean of v under each row of p_hat comes first, then the squared distances from it.
    mean = p_hat @ v  # (S, A)
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)  # (S, A)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / (3 * m), np.inf)


def belief_update(b: np.ndarray, P: np.ndarray, s: int, a: int, s2: int) -> np.ndarray:
    """What to believe about the contexts after the step s, a -> s2, (M,)."""
    # How often does each world show you this step? And which share of those times is it world m?
    seen = b * P[:, s, a, s2]  # (M,)
    total = seen.sum()
    return seen / total if total > 0 else b


REFERENCES = {
    "01.9": bernstein_bonus,
    "01.10": belief_update,
}
