"""Answers to exercises 07.1 and 07.2, by someone who had not seen the checks."""

import math

import numpy as np

from . import right, wrong


@right("07.1")
def bounce_count_walls(x, v, k, low, high):
    L = high - low
    u = (x.astype(np.float64) - low) + k * v.astype(np.float64)
    rooms = np.floor(u / L)
    inside = u - rooms * L
    odd = rooms.astype(int) % 2 == 1
    return low + odd * (L - inside) + ~odd * inside, v * (1.0 - 2.0 * odd)


@right("07.1")
def bounce_plain_python(x, v, k, low, high):
    xs, vs = [], []
    for a, b in zip(np.asarray(x).ravel().tolist(), np.asarray(v).ravel().tolist()):
        a += k * b
        while a < low or a > high:
            a, b = (2 * low - a, -b) if a < low else (2 * high - a, -b)
        xs.append(a), vs.append(b)
    return np.array(xs).reshape(np.shape(x)), np.array(vs).reshape(np.shape(x))


@wrong("07.1", "negative_rest")
def bounce_fmod(x, v, k, low, high):
    L = high - low
    u = np.fmod(x - low + k * v, 2 * L)
    return low + np.where(u <= L, u, 2 * L - u), np.where(u <= L, v, -v)


@wrong("07.1", "one_wall_a_step")
def bounce_step_by_step(x, v, k, low, high):
    x, v = x.copy(), v.copy()
    for _ in range(k):
        x = x + v
        over, under = x > high, x < low
        x = np.where(over, 2 * high - x, np.where(under, 2 * low - x, x))
        v = np.where(over | under, -v, v)
    return x, v


@wrong("07.1", "changed_input")
def bounce_in_place(x, v, k, low, high):
    L = high - low
    x -= low
    x += k * v
    x %= 2 * L
    turned = x > L
    x[turned] = 2 * L - x[turned]
    v[turned] *= -1
    x += low
    return x, v


@right("07.2")
def probe_lstsq(X, Y, X_new, Y_new, l2):
    mx, my = X.mean(0), Y.mean(0)
    n, f = X.shape
    A = np.concatenate([(X - mx) / math.sqrt(n), math.sqrt(l2) * np.eye(f)])
    B = np.concatenate([(Y - my) / math.sqrt(n), np.zeros((f, Y.shape[1]))])
    W = np.linalg.lstsq(A, B, rcond=None)[0]
    rest = Y_new - ((X_new - mx) @ W + my)
    return 1 - np.square(rest).sum(0) / np.square(Y_new - Y_new.mean(0)).sum(0)


@right("07.2")
def probe_one_by_one(X, Y, X_new, Y_new, l2):
    X, Y, X_new, Y_new = (np.asarray(part, dtype=np.float64) for part in (X, Y, X_new, Y_new))
    out = []
    for k in range(Y.shape[1]):
        x, y = X - X.mean(0), Y[:, k] - Y[:, k].mean()
        w = np.linalg.inv(np.einsum("ni,nj->ij", x, x) / len(x) + l2 * np.eye(x.shape[1])) @ (x.T @ y / len(x))
        guess = [Y[:, k].mean() + sum(a * b for a, b in zip(row - X.mean(0), w)) for row in X_new]
        truth = Y_new[:, k]
        out.append(1 - sum((t - g) ** 2 for t, g in zip(truth, guess)) / sum((t - truth.mean()) ** 2 for t in truth))
    return np.array(out)


@wrong("07.2", "own_means")
def probe_centres_new_by_itself(X, Y, X_new, Y_new, l2):
    Xc, Yc = X - X.mean(0), Y - Y.mean(0)
    W = np.linalg.solve(Xc.T @ Xc / len(X) + l2 * np.eye(X.shape[1]), Xc.T @ Yc / len(X))
    guess = (X_new - X_new.mean(0)) @ W + Y_new.mean(0)
    return 1 - ((Y_new - guess) ** 2).sum(0) / ((Y_new - Y_new.mean(0)) ** 2).sum(0)


@wrong("07.2", "mean_not_added")
def probe_forgets_the_mean(X, Y, X_new, Y_new, l2):
    Xc, Yc = X - X.mean(0), Y - Y.mean(0)
    W = np.linalg.solve(Xc.T @ Xc / len(X) + l2 * np.eye(X.shape[1]), Xc.T @ Yc / len(X))
    return 1 - ((Y_new - (X_new - X.mean(0)) @ W) ** 2).sum(0) / ((Y_new - Y_new.mean(0)) ** 2).sum(0)


@wrong("07.2", "penalised_constant")
def probe_column_of_ones(X, Y, X_new, Y_new, l2):
    A, A_new = (np.hstack([part, np.ones((len(part), 1))]) for part in (X, X_new))
    W = np.linalg.solve(A.T @ A / len(A) + l2 * np.eye(A.shape[1]), A.T @ Y / len(A))
    return 1 - ((Y_new - A_new @ W) ** 2).sum(0) / ((Y_new - Y_new.mean(0)) ** 2).sum(0)


@wrong("07.2", "clipped")
def probe_clips(X, Y, X_new, Y_new, l2):
    Xc, Yc = X - X.mean(0), Y - Y.mean(0)
    W = np.linalg.solve(Xc.T @ Xc / len(X) + l2 * np.eye(X.shape[1]), Xc.T @ Yc / len(X))
    guess = (X_new - X.mean(0)) @ W + Y.mean(0)
    return np.maximum(0, 1 - ((Y_new - guess) ** 2).sum(0) / ((Y_new - Y_new.mean(0)) ** 2).sum(0))
