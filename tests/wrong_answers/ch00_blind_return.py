"""Answers to exercise 00.1 by someone who had not seen the checks."""

import functools
import itertools
import math
import operator

import numpy as np

from . import right, wrong


@wrong("00.1", "value")
def wrong_discounted_return_squaring(rewards, gamma):
    """Updates the factor by squaring it: 1, g, g^2, g^4, ... (right up to T = 3)."""
    total, factor = 0.0, 1.0
    for t, r in enumerate(rewards):
        total += factor * r
        factor = gamma if t == 0 else factor * factor
    return total


@wrong("00.1", "value")
def wrong_discounted_return_one_minus_gamma(rewards, gamma):
    """gamma is the part that is lost per step, so the factor is 1 - gamma."""
    return float(sum((1 - gamma) ** t * r for t, r in enumerate(rewards)))


@wrong("00.1", "value")
def wrong_discounted_return_interest_rate(rewards, gamma):
    """gamma is an interest rate as in finance: r / (1 + gamma) ** t."""
    return float(sum(r / (1 + gamma) ** t for t, r in enumerate(rewards)))


@wrong("00.1", "value")
def wrong_discounted_return_drops_last(rewards, gamma):
    """Loop bound one too small: the last reward is not counted."""
    total = 0.0
    for t in range(len(rewards) - 1):
        total += gamma**t * rewards[t]
    return total


@wrong("00.1", "value")
def wrong_discounted_return_skips_first(rewards, gamma):
    """Reads r_1 as index 1 of the list, so rewards[0] is lost."""
    total = 0.0
    for t in range(1, len(rewards)):
        total += gamma ** (t - 1) * rewards[t]
    return total


@wrong("00.1", "empty")
def wrong_discounted_return_empty_index(rewards, gamma):
    """Starts from the last reward; an empty list raises IndexError."""
    g = rewards[-1]
    for r in reversed(rewards[:-1]):
        g = r + gamma * g
    return g


@wrong("00.1", "empty")
def wrong_discounted_return_empty_none(rewards, gamma):
    """An empty list has no return, so None comes back."""
    if not rewards:
        return None
    return sum(gamma**t * r for t, r in enumerate(rewards))


@wrong("00.1", "equal")
def wrong_discounted_return_list_index(rewards, gamma):
    """Finds the time with rewards.index(r): wrong when two rewards are equal."""
    return float(sum(gamma ** rewards.index(r) * r for r in rewards))


@wrong("00.1", "value")
def wrong_discounted_return_only_positive(rewards, gamma):
    """A reward is something good, so negative rewards are skipped."""
    return float(sum(gamma**t * r for t, r in enumerate(rewards) if r > 0))


@wrong("00.1", "no_discount")
def wrong_discounted_return_zeros_filtered(rewards, gamma):
    """Removes zero rewards first, so later rewards are discounted too little."""
    paid = [r for r in rewards if r != 0]
    return float(sum(gamma**t * r for t, r in enumerate(paid)))


@wrong("00.1", "stops_early")
def wrong_discounted_return_stops_at_zero(rewards, gamma):
    """Takes a zero reward for the end of the episode."""
    total, factor = 0.0, 1.0
    for r in rewards:
        if not r:
            break
        total += factor * r
        factor *= gamma
    return total


@wrong("00.1", "cut")
def wrong_discounted_return_small_factor_cut(rewards, gamma):
    """Stops when the factor is under 0.01, because the rest 'does not matter'."""
    total, factor = 0.0, 1.0
    for r in rewards:
        if factor < 0.01:
            break
        total += factor * r
        factor *= gamma
    return total


@right("00.1")
def right_discounted_return_enumerate(rewards, gamma):
    """Plain loop with a power."""
    total = 0.0
    for t, r in enumerate(rewards):
        total += gamma**t * r
    return total


@right("00.1")
def right_discounted_return_running_factor(rewards, gamma):
    """Running discount factor."""
    total, factor = 0.0, 1.0
    for r in rewards:
        total += factor * r
        factor *= gamma
    return total


@right("00.1")
def right_discounted_return_reversed(rewards, gamma):
    """Backward recursion G = r + gamma G."""
    g = 0.0
    for r in reversed(rewards):
        g = r + gamma * g
    return g


@right("00.1")
def right_discounted_return_generator_int_zero(rewards, gamma):
    """sum() over a generator; an empty list gives the int 0."""
    return sum(r * gamma**t for t, r in enumerate(rewards))


@right("00.1")
def right_discounted_return_numpy_dot(rewards, gamma):
    """Dot product with powers, made a Python float."""
    r = np.asarray(rewards, dtype=float)
    return float(r @ gamma ** np.arange(len(r)))


@right("00.1")
def right_discounted_return_numpy_float64(rewards, gamma):
    """Returns np.float64, not a bare Python float."""
    r = np.array(rewards, dtype=np.float64)
    return np.sum(r * np.power(float(gamma), np.arange(r.size)))


@right("00.1")
def right_discounted_return_cumprod(rewards, gamma):
    """Powers by cumprod with a leading 1, cut to length."""
    n = len(rewards)
    w = np.cumprod(np.concatenate([[1.0], np.full(n, gamma)]))[:n]
    return float((w * np.array(rewards, dtype=float)).sum())


@right("00.1")
def right_discounted_return_accumulate(rewards, gamma):
    """itertools.accumulate over the reversed list with an initial 0."""
    steps = itertools.accumulate(reversed(rewards), lambda g, r: r + gamma * g, initial=0.0)
    return list(steps)[-1]


@right("00.1")
def right_discounted_return_reduce(rewards, gamma):
    """functools.reduce as Horner's rule."""
    return functools.reduce(lambda g, r: r + gamma * g, rewards[::-1], 0.0)


@right("00.1")
def right_discounted_return_polyval(rewards, gamma):
    """The return is a polynomial in gamma."""
    if len(rewards) == 0:
        return 0.0
    return float(np.polyval(rewards[::-1], gamma))


@right("00.1")
def right_discounted_return_fsum(rewards, gamma):
    """Exactly rounded sum; differs in the last bits."""
    return math.fsum(map(operator.mul, rewards, (gamma**t for t in itertools.count())))


@right("00.1")
def right_discounted_return_halves(rewards, gamma):
    """Divide and conquer: G(left) + gamma^len(left) G(right)."""
    n = len(rewards)
    if n == 0:
        return 0.0
    if n == 1:
        return float(rewards[0])
    m = n // 2
    left = right_discounted_return_halves(rewards[:m], gamma)
    right = right_discounted_return_halves(rewards[m:], gamma)
    return left + gamma**m * right


@right("00.1")
def right_discounted_return_while_copy(rewards, gamma):
    """Pops from a copy with a while loop."""
    left = list(rewards)
    g = 0.0
    while left:
        g = left.pop() + gamma * g
    return g


@right("00.1")
def right_discounted_return_to_go_first(rewards, gamma):
    """Fills all returns-to-go with one extra zero, gives the first."""
    g = np.zeros(len(rewards) + 1)
    for t in range(len(rewards) - 1, -1, -1):
        g[t] = rewards[t] + gamma * g[t + 1]
    return g[0]
