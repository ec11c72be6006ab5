"""Answers to exercises 07.3 to 07.5, by someone who had not seen the checks."""

import numpy as np
import torch

from . import right, wrong


@right("07.3")
def begin_masked_fill(h, z, a, reset):
    x = torch.cat([z, a], -1)
    return h.masked_fill(reset.unsqueeze(1), 0.0), x.masked_fill(reset.unsqueeze(1), 0.0)


@right("07.3")
def begin_rows(h, z, a, reset):
    hs, xs = [], []
    for i, new in enumerate(reset.tolist()):
        x = torch.hstack([z[i], a[i]])
        hs.append(h[i] * 0 if new else h[i])
        xs.append(x * 0 if new else x)
    return torch.stack(hs), torch.stack(xs)


@wrong("07.3", "no_gradient")
def begin_detaches(h, z, a, reset):
    keep = (~reset)[:, None].to(h.dtype)
    return h.detach() * keep, torch.cat([z, a], -1) * keep


@wrong("07.3", "raised")
def begin_mask_along_features(h, z, a, reset):
    keep = (~reset).float()
    x = torch.cat([z, a], -1)
    return h * keep, (x.T * keep).T


@wrong("07.3", "whole_batch")
def begin_any(h, z, a, reset):
    keep = 0.0 if reset.any() else 1.0
    return h * keep, torch.cat([z, a], -1) * keep


@right("07.4")
def imagine_recursive(h, z, H, recur, prior, sample):
    if H == 0:
        return h[:, None], z[:, None]
    new = recur(h, z)
    hs, zs = imagine_recursive(new, sample(prior(new)), H - 1, recur, prior, sample)
    return torch.cat([h[:, None], hs], 1), torch.cat([z[:, None], zs], 1)


@right("07.4")
def imagine_preallocated(h, z, H, recur, prior, sample):
    hs = [None] * (H + 1)
    zs = [None] * (H + 1)
    hs[0], zs[0] = h, z
    for k in range(1, H + 1):
        hs[k] = recur(hs[k - 1], zs[k - 1])
        zs[k] = sample(prior(hs[k]))
    return torch.cat([part.unsqueeze(1) for part in hs], 1), torch.cat([part.unsqueeze(1) for part in zs], 1)


@wrong("07.4", "no_start")
def imagine_without_start(h, z, H, recur, prior, sample):
    hs, zs = [], []
    for _ in range(H + 1):
        h = recur(h, z)
        z = sample(prior(h))
        hs.append(h), zs.append(z)
    return torch.stack(hs, 1), torch.stack(zs, 1)


@wrong("07.4", "no_sample")
def imagine_takes_the_mean(h, z, H, recur, prior, sample):
    hs, zs = [h], [z]
    for _ in range(H):
        h = recur(h, z)
        z = prior(h).mean
        hs.append(h), zs.append(z)
    return torch.stack(hs, 1), torch.stack(zs, 1)


@wrong("07.4", "one_too_many")
def imagine_no_zero(h, z, H, recur, prior, sample):
    h1 = recur(h, z)
    hs, zs = [h, h1], [z, sample(prior(h1))]
    for _ in range(H - 1):
        hs.append(recur(hs[-1], zs[-1]))
        zs.append(sample(prior(hs[-1])))
    return torch.stack(hs, 1), torch.stack(zs, 1)


@wrong("07.4", "shape")
def imagine_time_first(h, z, H, recur, prior, sample):
    hs, zs = [h], [z]
    for _ in range(H):
        h = recur(h, z)
        z = sample(prior(h))
        hs.append(h), zs.append(z)
    return torch.stack(hs), torch.stack(zs)


@right("07.5")
def dream_error_loop(frames, dream, context):
    return np.array([np.mean((dream[:, k] - frames[:, context + k]) ** 2) for k in range(dream.shape[1])])


@right("07.5")
def dream_error_axes(frames, dream, context):
    gap = frames[:, context:][:, : dream.shape[1]].astype(np.float64) - dream
    return np.square(gap).mean(axis=tuple(i for i in range(gap.ndim) if i != 1))


@wrong("07.5", "cumulated")
def dream_error_cumulated(frames, dream, context):
    each = dream_error_loop(frames, dream, context)
    return np.cumsum(each) / np.arange(1, len(each) + 1)


@wrong("07.5", "raised")
def dream_error_hard_coded(frames, dream, context):
    return ((dream - frames[:, context : context + dream.shape[1]]) ** 2).mean(axis=(0, 2, 3))


@wrong("07.5", "shape")
def dream_error_by_sequence(frames, dream, context):
    H = dream.shape[1]
    squares = (dream - frames[:, context : context + H]) ** 2
    return squares.reshape(len(dream), H, -1).mean(axis=2).mean(axis=1)
