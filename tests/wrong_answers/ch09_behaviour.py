"""Answers to exercises 09.1 to 09.3."""

import numpy as np
import torch

from . import right, wrong

# 09.1 The lambda-return


@right("09.1")
def backwards(reward, cont, value, gamma, lam):
    H = reward.shape[1]
    out = [None] * H
    following = value[:, H]
    for t in range(H - 1, -1, -1):
        bootstrap = value[:, t + 1] + lam * (following - value[:, t + 1])
        following = reward[:, t] + cont[:, t] * gamma * bootstrap
        out[t] = following
    return torch.stack(out, 1)


@right("09.1")
def by_errors(reward, cont, value, gamma, lam):
    """Values plus discounted one-step errors, as in generalised advantage estimation."""
    delta = reward + gamma * cont * value[:, 1:] - value[:, :-1]
    gain, columns = torch.zeros_like(value[:, 0]), []
    for t in reversed(range(reward.shape[1])):
        gain = delta[:, t] + gamma * lam * cont[:, t] * gain
        columns.insert(0, gain + value[:, t])
    return torch.stack(columns, dim=-1)


@right("09.1")
def by_recursive_calls(reward, cont, value, gamma, lam):
    if reward.shape[1] == 0:
        return reward
    later = by_recursive_calls(reward[:, 1:], cont[:, 1:], value[:, 1:], gamma, lam)
    ahead = later[:, :1] if later.shape[1] else value[:, -1:]
    first = reward[:, :1] + gamma * cont[:, :1] * ((1 - lam) * value[:, 1:2] + lam * ahead)
    return torch.cat([first, later], 1)


def _walk(reward, value, step, lam, start=None):
    """Returns from the end, `step(t, v, last)` each; the columns in order."""
    last, columns = value[:, -1] if start is None else start, []
    for t in reversed(range(reward.shape[1])):
        last = step(t, last)
        columns.append(last)
    return torch.stack(columns[::-1], 1)


@wrong("09.1", "bootstraps_now")
def value_of_this_step(reward, cont, value, gamma, lam):
    return _walk(
        reward,
        value,
        lambda t, R: reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t] + lam * R),
        lam,
    )


@wrong("09.1", "cont_ignored")
def never_over(reward, cont, value, gamma, lam):
    return _walk(reward, value, lambda t, R: reward[:, t] + gamma * ((1 - lam) * value[:, t + 1] + lam * R), lam)


@wrong("09.1", "reward_cut")
def cont_times_all(reward, cont, value, gamma, lam):
    return _walk(
        reward,
        value,
        lambda t, R: cont[:, t] * (reward[:, t] + gamma * ((1 - lam) * value[:, t + 1] + lam * R)),
        lam,
    )


@wrong("09.1", "cont_early")
def shifted_cont(reward, cont, value, gamma, lam):
    cont = torch.cat([torch.ones_like(cont[:, :1]), cont[:, :-1]], 1)
    return by_errors(reward, cont, value, gamma, lam)


@wrong("09.1", "no_gamma")
def undiscounted(reward, cont, value, gamma, lam):
    return by_errors(reward, cont, value, 1.0, lam)


@wrong("09.1", "gamma_once")
def gamma_on_the_value_only(reward, cont, value, gamma, lam):
    return _walk(
        reward,
        value,
        lambda t, R: reward[:, t] + cont[:, t] * (gamma * (1 - lam) * value[:, t + 1] + lam * R),
        lam,
    )


@wrong("09.1", "flipped")
def lambda_is_the_short_share(reward, cont, value, gamma, lam):
    return by_errors(reward, cont, value, gamma, 1 - lam)


@wrong("09.1", "starts_at_zero")
def nothing_behind_the_dream(reward, cont, value, gamma, lam):
    return _walk(
        reward,
        value,
        lambda t, R: reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * R),
        lam,
        torch.zeros_like(value[:, 0]),
    )


@wrong("09.1", "monte_carlo")
def only_rewards(reward, cont, value, gamma, lam):
    return _walk(reward, value, lambda t, R: reward[:, t] + gamma * cont[:, t] * R, lam)


@wrong("09.1", "one_step")
def temporal_difference(reward, cont, value, gamma, lam):
    return reward + gamma * cont * value[:, 1:]


@wrong("09.1", "backwards")
def not_turned_round(reward, cont, value, gamma, lam):
    return by_errors(reward, cont, value, gamma, lam).flip(1)


@wrong("09.1", "no_gradient")
def in_numpy(reward, cont, value, gamma, lam):
    reward, cont, value = (x.detach().numpy() for x in (reward, cont, value))
    returns, last = np.zeros_like(reward), value[:, -1]
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)
        returns[:, t] = last
    return torch.tensor(returns)


@wrong("09.1", "shape")
def time_first(reward, cont, value, gamma, lam):
    return by_errors(reward, cont, value, gamma, lam).T


@wrong("09.1", "raised")
def one_too_far(reward, cont, value, gamma, lam):
    return [reward[:, t] + value[:, t + 2] for t in range(reward.shape[1])]


# 09.2 How much a dreamt step counts


@right("09.2")
def by_a_loop(cont, start_cont, gamma):
    weights = [start_cont]
    for t in range(1, cont.shape[1]):
        weights.append(weights[-1] * gamma * cont[:, t - 1])
    return torch.stack(weights, 1)


@right("09.2")
def powers_of_gamma(cont, start_cont, gamma):
    alive = torch.cat([start_cont.unsqueeze(1), cont], 1).cumprod(1)[:, :-1]
    return alive * gamma ** torch.arange(cont.shape[1])


@wrong("09.2", "too_late")
def own_cont(cont, start_cont, gamma):
    return start_cont[:, None] * (gamma * cont).cumprod(1)


@wrong("09.2", "no_gamma")
def just_alive(cont, start_cont, gamma):
    return torch.cat([start_cont[:, None], cont[:, :-1]], 1).cumprod(1)


@wrong("09.2", "no_start")
def from_one(cont, start_cont, gamma):
    return torch.cat([torch.ones_like(cont[:, :1]), gamma * cont[:, :-1]], 1).cumprod(1)


@wrong("09.2", "gamma_first")
def discounted_at_once(cont, start_cont, gamma):
    return (gamma * torch.cat([start_cont[:, None], cont[:, :-1]], 1)).cumprod(1)


@wrong("09.2", "not_cumulative")
def one_at_a_time(cont, start_cont, gamma):
    return torch.cat([start_cont[:, None], gamma * cont[:, :-1]], 1)


@wrong("09.2", "gamma_only")
def never_ending(cont, start_cont, gamma):
    return start_cont[:, None] * gamma ** torch.arange(cont.shape[1])


@wrong("09.2", "gamma_once")
def gamma_outside(cont, start_cont, gamma):
    return gamma * torch.cat([start_cont[:, None], cont[:, :-1]], 1).cumprod(1)


# 09.3 Find the bug: a return that looks back


@right("09.3")
def next_value(reward, termination, value, gamma, lam):
    return by_errors(reward, 1 - termination, value, gamma, lam)


@right("09.3")
def shifted_values(reward, termination, value, gamma, lam):
    following = value[:, 1:]
    last, columns = following[:, -1], []
    for t in range(reward.shape[1] - 1, -1, -1):
        alive = gamma * (1 - termination[:, t])
        last = reward[:, t] + alive * (1 - lam) * following[:, t] + alive * lam * last
        columns = [last, *columns]
    return torch.stack(columns, 1)


@wrong("09.3", "bootstraps_now")
def untouched(reward, termination, value, gamma, lam):
    go_on, last, returns = 1 - termination, value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * go_on[:, t] * (1 - lam) * value[:, t] + gamma * go_on[:, t] * lam * last
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)


@wrong("09.3", "further_back")
def one_step_the_wrong_way(reward, termination, value, gamma, lam):
    earlier = torch.cat([value[:, :1], value[:, :-2]], 1)
    alive = gamma * (1 - termination)
    return _walk(reward, value, lambda t, R: reward[:, t] + alive[:, t] * ((1 - lam) * earlier[:, t] + lam * R), lam)


@wrong("09.3", "end_as_cont")
def termination_goes_on(reward, termination, value, gamma, lam):
    return by_errors(reward, termination, value, gamma, lam)


@wrong("09.3", "no_values")
def drops_the_critic(reward, termination, value, gamma, lam):
    return by_errors(reward, 1 - termination, value, gamma, 1.0)


@wrong("09.3", "end_ignored")
def drops_the_ends(reward, termination, value, gamma, lam):
    return by_errors(reward, torch.ones_like(termination), value, gamma, lam)


@wrong("09.3", "mixes_rewards")
def moves_the_reward(reward, termination, value, gamma, lam):
    return by_errors(torch.roll(reward, 1, 1), 1 - termination, value, gamma, lam)
