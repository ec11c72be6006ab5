"""Answers to the exercises of chapter 00."""

import itertools

import numpy as np
import torch

from . import right, wrong

# 00.1 The discounted return


@right("00.1")
def from_the_end(rewards, gamma):
    total = 0.0
    for reward in reversed(rewards):
        total = reward + gamma * total
    return total


@right("00.1")
def as_a_dot_product(rewards, gamma):
    return np.dot(rewards, gamma ** np.arange(len(rewards)))


@right("00.1")
def by_recursion(rewards, gamma):
    return rewards[0] + gamma * by_recursion(rewards[1:], gamma) if rewards else 0


@right("00.1")
def in_torch(rewards, gamma):
    rewards = torch.tensor(rewards, dtype=torch.float64)
    return (rewards * gamma ** torch.arange(len(rewards))).sum()


@wrong("00.1", "no_discount")
def plain_sum(rewards, gamma):
    return sum(rewards)


@wrong("00.1", "starts_late")
def counts_from_one(rewards, gamma):
    return sum(gamma**k * reward for k, reward in enumerate(rewards, start=1))


@wrong("00.1", "starts_late")
def discounts_before_adding(rewards, gamma):
    total, weight = 0.0, 1.0
    for reward in rewards:
        weight *= gamma
        total += weight * reward
    return total


@wrong("00.1", "backwards")
def forgets_to_reverse(rewards, gamma):
    total = 0.0
    for reward in rewards:
        total = reward + gamma * total
    return total


@wrong("00.1", "once")
def gamma_times_the_sum(rewards, gamma):
    return gamma * sum(rewards)


@wrong("00.1", "multiplied")
def times_instead_of_power(rewards, gamma):
    return sum(gamma * k * reward for k, reward in enumerate(rewards))


@wrong("00.1", "stops_early")
def returns_in_the_loop(rewards, gamma):
    total = 0.0
    for k, reward in enumerate(rewards):
        total += gamma**k * reward
        return total
    return total


@wrong("00.1", "last_only")
def overwrites_the_total(rewards, gamma):
    total = 0.0
    for k, reward in enumerate(rewards):
        total = gamma**k * reward
    return total


@wrong("00.1", "averaged")
def mean_instead_of_sum(rewards, gamma):
    return sum(gamma**k * reward for k, reward in enumerate(rewards)) / max(len(rewards), 1)


@wrong("00.1", "empty")
def needs_a_first_reward(rewards, gamma):
    total = rewards[0]
    for k in range(1, len(rewards)):
        total += gamma**k * rewards[k]
    return total


@wrong("00.1", "empty")
def none_for_nothing(rewards, gamma):
    if rewards:
        return sum(gamma**k * reward for k, reward in enumerate(rewards))


@wrong("00.1", "none")
def forgets_to_return(rewards, gamma):
    total = sum(gamma**k * reward for k, reward in enumerate(rewards))  # noqa: F841


@wrong("00.1", "none")
def prints_instead(rewards, gamma):
    print(sum(gamma**k * reward for k, reward in enumerate(rewards)))


@wrong("00.1", "shape")
def one_return_for_each_step(rewards, gamma):
    return list(itertools.accumulate(reversed(rewards), lambda total, reward: reward + gamma * total))[::-1]


@wrong("00.1", "changed_input")
def uses_up_the_list(rewards, gamma):
    total = 0.0
    while rewards:
        total = rewards.pop() + gamma * total
    return total


@wrong("00.1", "value")
def adds_only_gains(rewards, gamma):
    return sum(gamma**k * abs(reward) for k, reward in enumerate(rewards))


@wrong("00.1", "raised")
def multiplies_a_list(rewards, gamma):
    return sum(rewards * gamma)


# 00.2 What ends, and what only stops


@wrong("00.2", "type")
def writes_digits(terminated, truncated):
    return ["0" if ended else "1" for ended in terminated]


@right("00.2")
def where(terminated, truncated):
    return np.where(terminated, 0.0, 1.0)


@right("00.2")
def one_by_one(terminated, truncated):
    return np.array([0 if ended else 1 for ended in terminated])


@right("00.2")
def as_booleans(terminated, truncated):
    return ~terminated


@right("00.2")
def writes_zeros(terminated, truncated):
    cont = torch.ones(len(terminated))
    cont[torch.from_numpy(terminated)] = 0
    return cont


@wrong("00.2", "time_limit")
def not_done(terminated, truncated):
    return 1.0 - (terminated | truncated)


@wrong("00.2", "time_limit")
def not_done_by_product(terminated, truncated):
    return (1 - terminated) * (1 - truncated)


@wrong("00.2", "clock_only")
def looks_at_the_clock(terminated, truncated):
    return 1.0 - truncated.astype(float)


@wrong("00.2", "flipped")
def one_at_the_end(terminated, truncated):
    return terminated.astype(float)


@wrong("00.2", "flipped_done")
def done_itself(terminated, truncated):
    return np.logical_or(terminated, truncated).astype(float)


@wrong("00.2", "never_ends")
def all_ones(terminated, truncated):
    return np.ones(len(terminated))


@wrong("00.2", "always_ends")
def all_zeros(terminated, truncated):
    return np.zeros_like(terminated, dtype=float)


@wrong("00.2", "both")
def goes_on_whenever_the_clock_stops(terminated, truncated):
    return np.where(truncated, 1.0, 1.0 - terminated)


@wrong("00.2", "shifted_later")
def one_step_late(terminated, truncated):
    return np.concatenate([[1.0], 1.0 - terminated[:-1]])


@wrong("00.2", "shifted_later")
def rolled(terminated, truncated):
    return 1.0 - np.roll(terminated, 1)


@wrong("00.2", "shifted_earlier")
def one_step_early(terminated, truncated):
    return np.append(1.0 - terminated[1:], 1.0)


@wrong("00.2", "cumulative")
def never_again(terminated, truncated):
    return np.cumprod(1.0 - terminated)


@wrong("00.2", "one_step")
def decides_for_one_step(terminated, truncated):
    return 0.0 if terminated else 1.0


@wrong("00.2", "shape")
def one_flag_for_all(terminated, truncated):
    return float(not terminated.any())


@wrong("00.2", "raised")
def minus_of_booleans(terminated, truncated):
    return -terminated


@wrong("00.2", "changed_input")
def flips_in_place(terminated, truncated):
    np.logical_not(terminated, out=terminated)
    return terminated.astype(float)


@wrong("00.2", "value")
def half_at_the_limit(terminated, truncated):
    return 1.0 - terminated - 0.5 * (truncated & ~terminated)
