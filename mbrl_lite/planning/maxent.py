"""Maximum-entropy correction: the distributions nearest to a model's that agree with what the world was asked."""

from dataclasses import dataclass

import numpy as np

from mbrl_lite.envs.tabular import check_transitions
from mbrl_lite.errors import MbrlError

_SMALL = 1e-7  # directions of the basis this much weaker than the strongest are copies of the others


@dataclass(frozen=True, eq=False)
class Correction:
    """A corrected model P (..., S, A, S), its tilt lam (..., S, A, d), and what is left unmatched, gap (..., S, A).

    gap is the largest |E_p phi_i - psi_i| of a row over the spread of phi_i: about 0 unless beta > 0, or no
    distribution on the model's support has these expectations.
    """

    P: np.ndarray
    lam: np.ndarray
    gap: np.ndarray


def tilt(P_hat: np.ndarray, phi: np.ndarray, lam: np.ndarray) -> np.ndarray:
    """p(s') proportional to P_hat(s') exp(sum_i lam_i phi_i(s')), (..., S, A, S): the exponential family of the model.

    phi (..., d, S), lam (..., S, A, d). Zeros of P_hat stay zeros; no tilt is too large.
    """
    return _tilted(_log(P_hat), lam @ phi[..., None, :, :])[0]


def _log(P: np.ndarray) -> np.ndarray:
    return np.log(P, out=np.full(P.shape, -np.inf), where=P > 0)


def _tilted(logs: np.ndarray, tilts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows exp(logs + tilts), normalised, and the logarithm of what they were divided by, (..., S, A)."""
    logits = logs + tilts  # (..., S, A, S)
    top = logits.max(-1, keepdims=True)
    weights = np.exp(logits - top)  # the largest weight of a row is exp(0)
    total = weights.sum(-1, keepdims=True)
    return weights / total, (top + np.log(total))[..., 0]


def correct(
    P_hat: np.ndarray, phi: np.ndarray, psi: np.ndarray, beta: float | np.ndarray = 0.0, steps: int = 80
) -> Correction:
    """For each (s, a) the p closest to P_hat in KL with sum_s' p(s') phi_i(s') = psi_i (Rakhsha et al., 2024, P1).

    P_hat (..., S, A, S); basis functions phi (..., d, S); queried expectations psi (..., S, A, d). With beta > 0, for
    noisy queries, p minimises KL(p, P_hat) + |E_p phi - psi|^2 / beta^2 instead (their P2); beta may differ by pair,
    (..., S, A), and infinity leaves a row as it is. Damped Newton steps on the dual, for all pairs at once. Where no p
    on the support of P_hat fits, the result is a distribution that leans as far as `steps` took it: see `gap`.
    Raises `MbrlError` for wrong shapes, rows that are no distributions, numbers that are not finite, beta < 0.
    """
    P_hat, phi, psi = np.asarray(P_hat, float), np.asarray(phi, float), np.asarray(psi, float)
    beta = np.asarray(beta, float)
    _check(P_hat, phi, psi, beta)
    if phi.shape[-2] == 0:
        return Correction(P_hat, psi, np.zeros(P_hat.shape[:-1]))
    mix = _independent(phi)  # (..., d, d)
    easy = mix @ (phi - phi.mean(-1, keepdims=True))  # (..., d, S)
    target = (psi - phi.mean(-1)[..., None, None, :]) @ np.swapaxes(mix, -1, -2)[..., None, :, :]  # (..., S, A, d)
    free = np.isfinite(beta) & (easy != 0).any((-1, -2))[..., None, None]  # rows that have something to match
    pull = np.where(free, np.where(free, beta, 0.0) ** 2 / 2, 0.0)[..., None, None]  # (..., S, A, 1, 1)
    # |lam|^2 in the coordinates of the independent basis: lam = mix^T lam', so lam'^T (mix mix^T) lam'.
    penalty = pull * (mix @ np.swapaxes(mix, -1, -2))[..., None, None, :, :]  # (..., S, A, d, d)
    lam = _newton(P_hat, easy, target, penalty, free, steps)
    P = tilt(P_hat, easy, lam)
    spread = phi.max(-1) - phi.min(-1)  # (..., d)
    spread = np.where(spread > 0, spread, 1.0)[..., None, None, :]  # a constant function has no spread
    gap = (np.abs(P @ np.swapaxes(phi, -1, -2)[..., None, :, :] - psi) / spread).max(-1)  # (..., S, A)
    return Correction(P, lam @ mix[..., None, :, :], gap)


def _newton(P_hat, phi, psi, penalty, free, steps: int) -> np.ndarray:
    """Minimise log sum_s' P_hat exp(lam . (phi - psi)) + lam . penalty . lam / 2 over lam (..., S, A, d)."""
    dual = _Dual(P_hat, phi, psi, penalty)
    lam = np.zeros(psi.shape)
    P, height = dual(lam)
    going = np.broadcast_to(free, height.shape)
    for _ in range(steps):
        slope, step, reach = dual.direction(P, lam)
        # Each row stops by itself: what becomes of it does not depend on which others are solved with it.
        going = going & (np.abs(slope).max(-1) > 1e-14) & (reach > 1e-14)
        if not going.any():
            break
        wanted = 0.1 * (slope * step).sum(-1)
        # A step of log(1 + x) / x lowers the dual for certain: log-sum-exp is generalised self-concordant (Bach, 2010).
        safe = np.log1p(reach) / np.maximum(reach, 1e-300)
        size = np.where(going, 1.0, 0.0)
        while True:
            P, new = dual(lam + size[..., None] * step)
            short = going & (new > height + size * wanted + 1e-14 * (1 + np.abs(height))) & (size > safe)
            if not short.any():
                break
            size = np.where(short, np.maximum(size / 4, safe), size)
        lam, height = lam + size[..., None] * step, new
    return lam


class _Dual:
    """The dual of the correction, all pairs at once: its height, its slope and Newton's direction."""

    def __init__(self, P_hat, phi, psi, penalty):
        self.logs, self.psi, self.penalty = _log(P_hat), psi, penalty
        self.phi = phi[..., None, :, :]  # (..., 1, d, S)
        outer = phi[..., :, None, :] * phi[..., None, :, :]  # (..., d, d, S)
        self.outer = outer.reshape(*phi.shape[:-2], 1, -1, phi.shape[-1])  # (..., 1, d d, S)

    def __call__(self, lam) -> tuple[np.ndarray, np.ndarray]:
        """The tilted rows (..., S, A, S) and the dual's height (..., S, A)."""
        P, log_Z = _tilted(self.logs, lam @ self.phi)
        return P, log_Z - (lam * self.psi).sum(-1) + (lam * self._pull(lam)).sum(-1) / 2

    def direction(self, P, lam) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Slope and Newton step, both (..., S, A, d), and by how much a whole step tilts a row, (..., S, A)."""
        mean = P @ np.swapaxes(self.phi, -1, -2)  # (..., S, A, d)
        slope = mean - self.psi + self._pull(lam)
        square = (P @ np.swapaxes(self.outer, -1, -2)).reshape(*mean.shape, -1)  # (..., S, A, d, d)
        curve = square - mean[..., None] * mean[..., None, :] + self.penalty
        # A ridge, as a deterministic row has no curvature at all and a constant direction none anywhere.
        ridge = 1e-10 * np.trace(curve, axis1=-2, axis2=-1) + 1e-13
        step = np.linalg.solve(curve + ridge[..., None, None] * np.eye(mean.shape[-1]), -slope[..., None])[..., 0]
        tilts, inside = step @ self.phi, np.isfinite(self.logs)
        reach = np.where(inside, tilts, -np.inf).max(-1) - np.where(inside, tilts, np.inf).min(-1)
        return slope, step, reach

    def _pull(self, lam) -> np.ndarray:
        return (self.penalty @ lam[..., None])[..., 0]


def _independent(phi: np.ndarray) -> np.ndarray:
    """The (..., d, d) matrix that turns centred basis functions into orthonormal ones, and copies into zeros."""
    U, size, _ = np.linalg.svd(phi - phi.mean(-1, keepdims=True), full_matrices=False)  # (..., d, d'), (..., d')
    floor = np.maximum(_SMALL * size[..., :1], 1e-12 * np.abs(phi).max((-1, -2))[..., None])
    kept = size > np.maximum(floor, 1e-300)
    mix = np.swapaxes(U, -1, -2) * np.where(kept, 1 / np.where(kept, size, 1.0), 0.0)[..., None]  # (..., d', d)
    # A unit of the new functions is a spread of about 1 whatever S is.
    return mix * np.sqrt(phi.shape[-1])


def _check(P_hat, phi, psi, beta) -> None:
    check_transitions(P_hat)
    S = P_hat.shape[-1]
    if phi.ndim != P_hat.ndim - 1 or phi.shape[-1] != S or phi.shape[:-2] != P_hat.shape[:-3]:
        raise MbrlError(
            f"expected basis functions phi of shape (..., d, S) = {(*P_hat.shape[:-3], 'd', S)}, got {phi.shape}: "
            "one row for each function, one number for each state"
        )
    wanted = (*P_hat.shape[:-1], phi.shape[-2])
    if psi.shape != wanted:
        raise MbrlError(
            f"expected queried expectations psi of shape (..., S, A, d) = {wanted}, got {psi.shape}: "
            "one for each pair and function, as P @ phi.T gives them"
        )
    if not (np.isfinite(phi).all() and np.isfinite(psi).all()):
        raise MbrlError("expected finite phi and psi, but some are infinite or not a number: leave those out")
    if not (beta >= 0).all():
        raise MbrlError(f"expected beta >= 0, got {beta.min():.3g}: 0 trusts the queries, infinity the model")
    if beta.shape not in ((), P_hat.shape[:-1]):
        raise MbrlError(f"expected beta as one number or of shape {P_hat.shape[:-1]}, got {beta.shape}: one a pair")
