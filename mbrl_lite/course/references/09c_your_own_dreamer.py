"""References of chapter 09c_your_own_dreamer, cut from its solution: do not edit, run  make chapters."""

from collections.abc import Callable

import torch


def dream_starts(h: torch.Tensor, z: torch.Tensor, is_terminal: torch.Tensor) -> tuple:
    """Where dreams may start: h (B * T, D), z (B * T, Z), and cont (B * T,)."""
    # Nobody shall learn backwards through a start.
    cont = 1 - is_terminal.float()
    return h.detach().flatten(0, 1), z.detach().flatten(0, 1), cont.flatten()


def dream_rollout(
    h: torch.Tensor, z: torch.Tensor, H: int, policy: Callable, recur: Callable, prior: Callable
) -> tuple:
    """A dream of H steps: feat (B, H + 1, D + Z), the start included, and actions (B, H, A)."""
    # Who acts on which feat? Which h does z belong to?
    feats, actions = [torch.cat([h, z], dim=-1)], []
    for _ in range(H):
        a = policy(feats[-1])
        h = recur(h, z, a)
        z = prior(h)
        feats.append(torch.cat([h, z], dim=-1)), actions.append(a)
    return torch.stack(feats, dim=1), torch.stack(actions, dim=1)


def dream_targets(
    reward: torch.Tensor,
    cont: torch.Tensor,
    value: torch.Tensor,
    lambda_return: Callable,
    reach_weights: Callable,
    gamma: float,
    lam: float,
) -> tuple:
    """Returns (B, H) and reach (B, H), from what the heads say at the H + 1 feats of a dream."""
    # What do the actions 0 to H - 1 bring about?
    returns = lambda_return(reward[:, 1:], cont[:, 1:], value, gamma, lam)
    return returns, reach_weights(cont[:, 1:], cont[:, 0], gamma)


REFERENCES = {
    "09.13": dream_starts,
    "09.14": dream_rollout,
    "09.15": dream_targets,
}
