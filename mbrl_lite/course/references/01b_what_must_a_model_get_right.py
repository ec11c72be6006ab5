"""References of chapter 01b_what_must_a_model_get_right, cut from its solution: do not edit, run  make chapters."""

import numpy as np


def worst_gap(P: np.ndarray, P_hat: np.ndarray, R: np.ndarray, gamma: float) -> float:
    """The simulation lemma's bound on how far a policy's value in the model is from that in the world."""
    # Three factors: the worst pair's total variation, the range of the rewards, the horizon twice.
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


def tilt(p_hat: np.ndarray, phi: np.ndarray, lam: np.ndarray) -> np.ndarray:
    """p proportional to p_hat exp(sum_i lam_i phi_i), row by row, (N, S)."""
    # A number that you take off all exponents of a row cancels in the division.
    with np.errstate(divide="ignore"):
        logits = np.log(p_hat) + lam @ phi  # (N, S); log 0 is -inf, and stays it
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


REFERENCES = {
    "01.7": worst_gap,
    "01.8": tilt,
}
