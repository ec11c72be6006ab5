"""References of chapter 10a_the_state_you_carry, cut from its solution: do not edit, run  make chapters."""

from collections.abc import Callable

import numpy as np
import torch


def mamba2_numbers(D: int, N: int, expand: int, P: int, K: int) -> tuple[int, int]:
    """Parameters of a Mamba-2 layer, and the numbers it carries from step to step."""
    # Letter by letter: which shape has what is learnt? And what must step t know of the past?
    I = expand * D
    H = I // P
    conv = I + 2 * N
    parameters = D * (I + conv + H) + conv * (K + 1) + 3 * H + I + I * D
    return parameters, I * N + (K - 1) * conv


def model_inputs(
    z: torch.Tensor, action: torch.Tensor, is_first: torch.Tensor, z0: torch.Tensor, a0: torch.Tensor
) -> torch.Tensor:
    """What the sequence model takes in at each step of a window, (B, T, Z + A)."""
    # One step later, and empty where nobody has lived yet.
    before_z = torch.cat([z0[:, None], z[:, :-1]], 1)
    before_a = torch.cat([a0[:, None], action[:, :-1]], 1)
    return torch.cat([before_z, before_a], -1) * ~is_first[..., None]  # (B, T, Z + A)


def prior_loss(post: torch.Tensor, prior: torch.Tensor, is_first: torch.Tensor, free: float) -> torch.Tensor:
    """How badly the prior foretells the next step: mean KL in nats over pairs within a life, a scalar."""
    # Begin with the lines above. Which frame has prior t not been told yet?
    q, p = post[:, 1:].detach(), prior[:, :-1]  # (B, T - 1, Z, C)
    kl = (q * (q.log() - p.log())).sum((-2, -1)).clamp(min=free)  # (B, T - 1)
    return kl[~is_first[:, 1:]].mean()


def unimix_probs(logits: torch.Tensor, mix: float) -> torch.Tensor:
    """Probabilities (1 - mix) softmax + mix uniform, (..., Z, C)."""
    # Among how many is the share handed out?
    return (1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-1]


def decayed_step(
    weights: dict[str, torch.Tensor], updates: dict[str, torch.Tensor], lr: float, decay: float
) -> dict[str, torch.Tensor]:
    """The weights after one step with decoupled weight decay, by name."""
    # How much is taken away, and from whom?
    after = {}
    for name, w in weights.items():
        spared = w.dim() < 2 or name.split(".")[-1] in ("A_log", "D", "dt_bias")
        after[name] = w - lr * updates[name] - (0.0 if spared else lr * decay) * w
    return after


def train_chances(N: np.ndarray, tau: float) -> np.ndarray:
    """The chance of each start to be trained on, (S,)."""
    # What may be added to all counters without changing a single chance?
    weight = np.exp(-(N - N.min()) / tau)
    return weight / weight.sum()


def dream_chances(N: np.ndarray, M: np.ndarray, tau: float, alpha: float, beta: float) -> np.ndarray:
    """The chance of each start to be dreamt from, (S,)."""
    # First a score, then a softmax that survives large numbers.
    score = N - alpha * M - beta * np.maximum(0, N - M)
    weight = np.exp((score - score.max()) / tau)
    return weight / weight.sum()


def counted(
    trained: np.ndarray,
    dreamt: np.ndarray,
    train_starts: np.ndarray,
    dream_starts: np.ndarray,
    overwritten: np.ndarray,
    rate: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Both counters after an update, (S,) each."""
    # What is drawn three times counts three times. What is new begins at 0.
    N, M = trained.copy(), dreamt.copy()
    N[overwritten], M[overwritten] = 0, 0
    np.add.at(N, train_starts, 1)
    np.add.at(M, dream_starts, rate)
    return N, M


def act_step(
    obs: torch.Tensor, is_first: torch.Tensor, state: tuple, encode: Callable, recur: Callable,
    prior: Callable, policy: Callable,
) -> tuple:
    """An action (B, A) for each world, and the state to carry on: h, z and a."""
    # Empty what is another life's, take in what was, look at what is, act.
    h, z, a = state
    keep = ~is_first[:, None]  # (B, 1)
    h = recur(h * keep, torch.cat([z, a], -1) * keep)
    z = encode(obs)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)


def collect(env, policy, steps: int) -> list[tuple]:
    """Steps of an agent's life as they are stored: obs, action, reward, is_first, is_last, is_terminal."""
    # Begin with the lines above. Somebody knows the 200, and nobody listens.
    stored, obs = [], env.reset()
    reward, first, last, terminal = 0.0, True, False, False
    while len(stored) < steps:
        action = 0 if last else policy(obs)
        stored.append((obs, action, reward, first, last, terminal))
        if last:
            obs = env.reset()
            reward, first, last, terminal = 0.0, True, False, False
        else:
            obs, reward, terminal, truncated = env.step(action)
            first, last = False, terminal or truncated
    return stored


REFERENCES = {
    "10.1": mamba2_numbers,
    "10.2": model_inputs,
    "10.3": prior_loss,
    "10.4": unimix_probs,
    "10.5": decayed_step,
    "10.6": train_chances,
    "10.7": dream_chances,
    "10.8": counted,
    "10.9": act_step,
    "10.10": collect,
}
