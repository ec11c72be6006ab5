"""Model-correcting value iteration: plan in a wrong model, ask the world about the plan, correct the model, repeat."""

import numpy as np

from mbrl_lite.envs.tabular import MDP, check_transitions
from mbrl_lite.errors import MbrlError
from mbrl_lite.planning.maxent import correct
from mbrl_lite.planning.value_iteration import value_iteration


def smear(P: np.ndarray, amount: float | np.ndarray) -> np.ndarray:
    """A model that is wrong by design: (1 - amount) P + amount U, U uniform over the states that (s, a) can lead to.

    P (..., S, A, S), amount (...) or one number. At 0 it is P; at 1 it knows what may happen, but not how often
    (Rakhsha et al., 2024, section 6). Raises `MbrlError` for an amount outside [0, 1].
    """
    check_transitions(P)
    if not ((np.asarray(amount) >= 0) & (np.asarray(amount) <= 1)).all():
        raise MbrlError(
            f"expected an amount of smearing from 0 (the model itself) to 1 (all even), got {amount}: 0.5 is half"
        )
    amount = np.asarray(amount, float)[..., None, None, None]
    near = (P > 0).astype(float)  # (..., S, A, S)
    return (1 - amount) * P + amount * near / near.sum(-1, keepdims=True)


def plan_in(P: np.ndarray, mdp: MDP, V: np.ndarray | None = None, tol: float = 1e-10) -> np.ndarray:
    """V* (..., S) of the world `mdp` if its transitions were P, begun at `V`: rewards, ends and gamma stay its own."""
    return value_iteration(MDP(P, mdp.R, mdp.gamma, mdp.start, mdp.terminal), tol, V)[0]


def moco_vi(mdp: MDP, P_hat: np.ndarray, iterations: int = 15, d: int = 3) -> np.ndarray:
    """MoCoVI (Rakhsha et al., 2024, section 4): values V_0 .. V_iterations, (iterations + 1, ..., S).

    V_0 is the plan in P_hat (..., S, A, S). Each iteration asks the true world for P V_k, as many exact queries as one
    iteration of value iteration, corrects P_hat to agree with the last d answers, and plans in the corrected model.
    """
    if d < 1:
        raise MbrlError(f"expected at least one basis function, got d = {d}: with none MoCoVI is a plan in P_hat")
    V = plan_in(P_hat, mdp)
    values, answers = [V], []
    for _ in range(iterations):
        answers.append((mdp.P @ V[..., None, :, None])[..., 0])  # (..., S, A): the query
        phi, psi = np.stack(values[-d:], -2), np.stack(answers[-d:], -1)  # (..., d, S), (..., S, A, d)
        V = plan_in(correct(P_hat, phi, psi).P, mdp, V)
        values.append(V)
    return np.stack(values)
