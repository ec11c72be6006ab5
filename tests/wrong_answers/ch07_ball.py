"""Answers to exercises 07.1 to 07.3."""

import numpy as np
import torch

from . import right, wrong

# 07.1 Where will the ball be?


@right("07.1")
def step_by_step(x, v, k, low, high):
    x, v = x.copy(), v.copy()
    for _ in range(k):
        x = x + v
        while ((x < low) | (x > high)).any():
            out = (x < low) | (x > high)
            x = np.where(x < low, 2 * low - x, np.where(x > high, 2 * high - x, x))
            v = np.where(out, -v, v)
    return x, v


@right("07.1")
def by_a_triangle_of_absolute_values(x, v, k, low, high):
    length = high - low
    tour = np.mod(x - low + k * v, 2 * length)
    return high - np.abs(length - tour), v * np.where(tour > length, -1, 1)


@wrong("07.1", "clips")
def stops_at_the_wall(x, v, k, low, high):
    return np.clip(x + k * v, low, high), v


@wrong("07.1", "clips")
def stops_and_turns(x, v, k, low, high):
    end = x + k * v
    return end.clip(low, high), np.where((end < low) | (end > high), -v, v)


@wrong("07.1", "wraps")
def through_the_wall(x, v, k, low, high):
    return low + (x - low + k * v) % (high - low), v


@wrong("07.1", "one_bounce")
def folds_once(x, v, k, low, high):
    end = x + k * v
    over, under = end > high, end < low
    return np.where(over, 2 * high - end, np.where(under, 2 * low - end, end)), np.where(over | under, -v, v)


@wrong("07.1", "same_velocity")
def forgets_to_turn(x, v, k, low, high):
    u = (x - low + k * v) % (2 * (high - low))
    return low + np.minimum(u, 2 * (high - low) - u), v


@wrong("07.1", "always_turned")
def turns_everyone(x, v, k, low, high):
    u = (x - low + k * v) % (2 * (high - low))
    return low + np.minimum(u, 2 * (high - low) - u), -v


@wrong("07.1", "one_step")
def only_one_step(x, v, k, low, high):
    return by_a_triangle_of_absolute_values(x, v, min(k, 1), low, high)


@wrong("07.1", "no_low")
def folds_at_zero(x, v, k, low, high):
    u = (x + k * v) % (2 * (high - low))
    back = u > high - low
    return np.where(back, 2 * (high - low) - u, u), np.where(back, -v, v)


@wrong("07.1", "type")
def only_the_place(x, v, k, low, high):
    return by_a_triangle_of_absolute_values(x, v, k, low, high)[0].tolist() + [0]


# 07.2 A linear probe


@right("07.2")
def with_lstsq_on_stacked_rows(X, Y, X_new, Y_new, l2):
    A, B = X - X.mean(0), Y - Y.mean(0)
    more = np.sqrt(l2 * len(X)) * np.eye(X.shape[1])
    W = np.linalg.lstsq(np.vstack([A, more]), np.vstack([B, np.zeros((X.shape[1], Y.shape[1]))]), rcond=None)[0]
    left = Y_new - (X_new - X.mean(0)) @ W - Y.mean(0)
    return 1 - np.mean(left**2, axis=0) / np.var(Y_new, axis=0)


@right("07.2")
def in_torch_target_by_target(X, Y, X_new, Y_new, l2):
    X, Y, X_new, Y_new = map(torch.from_numpy, (X, Y, X_new, Y_new))
    inverse = torch.linalg.inv(torch.cov(X.T, correction=0).reshape(X.shape[1], -1) + l2 * torch.eye(X.shape[1]))
    scores = []
    for k in range(Y.shape[1]):
        w = inverse @ ((X - X.mean(0)) * (Y[:, k] - Y[:, k].mean())[:, None]).mean(0)
        guess = (X_new - X.mean(0)) @ w + Y[:, k].mean()
        scores.append(1 - ((Y_new[:, k] - guess) ** 2).mean() / Y_new[:, k].var(correction=0))
    return torch.stack(scores)


def _probe(X, Y, l2, centre=True, size=None):
    c, m = (X.mean(0), Y.mean(0)) if centre else (0.0, 0.0)
    A, B, N = X - c, Y - m, size or len(X)
    W = np.linalg.solve(A.T @ A / N + l2 * np.eye(X.shape[1]), A.T @ B / N)
    return lambda new: (new - c) @ W + m


def _r2(guess, Y):
    return 1 - ((Y - guess) ** 2).sum(0) / ((Y - Y.mean(0)) ** 2).sum(0)


def _wrong_probe(key, answer):
    answer.__name__ = key
    return wrong("07.2", key)(answer)


_wrong_probe("fits_on_new", lambda X, Y, X_new, Y_new, l2: _r2(_probe(X_new, Y_new, l2)(X_new), Y_new))
_wrong_probe("scores_on_old", lambda X, Y, X_new, Y_new, l2: _r2(_probe(X, Y, l2)(X), Y))
_wrong_probe("no_centre", lambda X, Y, X_new, Y_new, l2: _r2(_probe(X, Y, l2, centre=False)(X_new), Y_new))
_wrong_probe("ratio", lambda X, Y, X_new, Y_new, l2: 1 - _r2(_probe(X, Y, l2)(X_new), Y_new))
_wrong_probe("no_penalty", lambda X, Y, X_new, Y_new, l2: _r2(_probe(X, Y, 0.0)(X_new), Y_new))
_wrong_probe("penalty_too_weak", lambda X, Y, X_new, Y_new, l2: _r2(_probe(X, Y, l2, size=1)(X_new), Y_new))


@wrong("07.2", "pooled")
def one_number_for_all(X, Y, X_new, Y_new, l2):
    guess = _probe(X, Y, l2)(X_new)
    return np.repeat(1 - ((Y_new - guess) ** 2).sum() / ((Y_new - Y_new.mean(0)) ** 2).sum(), Y.shape[1])


@wrong("07.2", "old_mean")
def around_the_old_mean(X, Y, X_new, Y_new, l2):
    guess = _probe(X, Y, l2)(X_new)
    return 1 - ((Y_new - guess) ** 2).sum(0) / ((Y_new - Y.mean(0)) ** 2).sum(0)


@wrong("07.2", "squared_correlation")
def correlates(X, Y, X_new, Y_new, l2):
    guess = _probe(X, Y, l2)(X_new)
    return np.array([np.corrcoef(guess[:, k], Y_new[:, k])[0, 1] ** 2 for k in range(Y.shape[1])])


@wrong("07.2", "shape")
def the_mean_of_all(X, Y, X_new, Y_new, l2):
    return _r2(_probe(X, Y, l2)(X_new), Y_new).mean()


# 07.3 Where a new life begins


@right("07.3")
def with_where(h, z, a, reset):
    row = reset.unsqueeze(-1)
    x = torch.hstack([z, a])
    return torch.where(row, torch.zeros_like(h), h), torch.where(row, 0.0, x)


@right("07.3")
def row_by_row(h, z, a, reset):
    h, x = h.clone(), torch.cat((z, a), 1)
    h[reset], x[reset] = 0, 0
    return h, x


@wrong("07.3", "input_leaks")
def only_the_memory(h, z, a, reset):
    return h * ~reset[:, None], torch.cat([z, a], -1)


@wrong("07.3", "memory_leaks")
def only_the_input(h, z, a, reset):
    return h, torch.cat([z, a], -1) * ~reset[:, None]


@wrong("07.3", "action_leaks")
def forgets_the_action(h, z, a, reset):
    keep = ~reset[:, None]
    return h * keep, torch.cat([z * keep, a], -1)


@wrong("07.3", "z_leaks")
def forgets_z(h, z, a, reset):
    keep = ~reset[:, None]
    return h * keep, torch.cat([z, a * keep], -1)


@wrong("07.3", "inverted")
def keeps_what_begins(h, z, a, reset):
    return h * reset[:, None], torch.cat([z, a], -1) * reset[:, None]


@wrong("07.3", "whole_batch")
def all_or_none(h, z, a, reset):
    keep = 0.0 if reset.any() else 1.0
    return h * keep, torch.cat([z, a], -1) * keep


@wrong("07.3", "nothing")
def never_resets(h, z, a, reset):
    return h, torch.cat([z, a], -1)


@wrong("07.3", "order")
def action_first(h, z, a, reset):
    return h * ~reset[:, None], torch.cat([a, z], -1) * ~reset[:, None]


@wrong("07.3", "changed_input")
def in_place(h, z, a, reset):
    h[reset] = 0
    x = torch.cat([z, a], -1)
    x[reset] = 0
    return h, x


@wrong("07.3", "raised")
def a_mask_of_the_wrong_shape(h, z, a, reset):
    return h * ~reset, torch.cat([z, a], -1) * ~reset
