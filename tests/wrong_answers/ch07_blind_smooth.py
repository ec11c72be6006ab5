"""Answers to exercises 07.17 and 07.18, by someone who had not seen the checks."""

import numpy as np

from . import right, wrong


@right("07.17")
def smooth_loop(reward, f):
    T, w = len(reward), len(f) // 2
    out = np.zeros(T)
    for s in range(T):
        to = {s - i: f[w + i] for i in range(-w, w + 1) if 0 <= s - i < T}
        whole = sum(to.values())
        for t, share in to.items():
            out[t] += reward[s] * share / whole
    return out


@right("07.17")
def smooth_matrix(reward, f):
    T, w = reward.shape[0], (f.shape[0] - 1) // 2
    i = np.arange(T)[None, :] - np.arange(T)[:, None]  # i = s - t, rows t, columns s
    M = np.where(np.abs(i) <= w, f[np.clip(w + i, 0, 2 * w)], 0.0)
    return (M / M.sum(0)) @ reward


@right("07.17")
def smooth_correlate(reward, f):
    T, w = len(reward), len(f) // 2
    weight = np.correlate(np.pad(np.ones(T), w), f[::-1], "valid")
    return np.correlate(np.pad(reward / weight, w), f, "valid")


@wrong("07.17", "rescaled")
def smooth_rescales(reward, f):
    w = len(f) // 2
    out = np.correlate(np.pad(reward, w), f, "valid")
    return out * (reward.sum() / out.sum() if out.sum() else 1.0)


@wrong("07.17", "twice")
def smooth_reads_what_it_wrote(reward, f):
    T, w = len(reward), len(f) // 2
    out = reward.copy()
    for s in range(T):
        i = np.array([i for i in range(-w, w + 1) if 0 <= s - i < T])
        r, out[s] = out[s], 0.0
        out[s - i] += r * f[w + i] / f[w + i].sum()
    return out


@wrong("07.17", "lost")
def smooth_same(reward, f):
    return np.convolve(reward, f[::-1], mode="same")


@wrong("07.17", "changed_input")
def smooth_normalises_f(reward, f):
    out = smooth_matrix(reward, f)
    f /= f.max()
    return out


@right("07.18")
def keep_put(noise, share):
    n = max(1, int(np.round((1 - share) * noise.shape[1])))
    out = np.zeros(noise.shape, dtype=bool)
    np.put_along_axis(out, np.argpartition(noise, n - 1, axis=1)[:, :n], True, axis=1)
    return out


@right("07.18")
def keep_kth(noise, share):
    n = max(1, round((1 - share) * noise.shape[1]))
    return noise <= np.sort(noise, axis=1)[:, n - 1 : n]


@wrong("07.18", "not_ranks")
def keep_one_argsort(noise, share):
    n = max(1, round((1 - share) * noise.shape[1]))
    return noise.argsort(axis=1) < n


@wrong("07.18", "rounding")
def keep_floor(noise, share):
    n = max(1, int((1 - share) * noise.shape[1]))
    return noise.argsort(axis=1).argsort(axis=1) < n


@wrong("07.18", "rounding")
def keep_rounds_hidden(noise, share):
    n = max(1, int(np.ceil((1 - share) * noise.shape[1])))
    return noise.argsort(axis=1).argsort(axis=1) < n


@wrong("07.18", "wrong_axis")
def keep_axis(noise, share):
    n = max(1, round((1 - share) * noise.shape[1]))
    return noise.argsort(axis=0).argsort(axis=0) < n


@wrong("07.18", "type")
def keep_floats(noise, share):
    n = max(1, round((1 - share) * noise.shape[1]))
    return (noise.argsort(axis=1).argsort(axis=1) < n).astype(float)


@wrong("07.18", "changed_input")
def keep_in_place(noise, share):
    n = max(1, round((1 - share) * noise.shape[1]))
    before = noise.copy()
    noise.sort(axis=1)
    return before <= noise[:, n - 1 : n]
