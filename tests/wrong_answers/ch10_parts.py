"""Answers to exercises 10.1 and 10.2."""

import torch

from . import right, wrong

# 10.1 What a layer holds, and what it carries


@right("10.1")
def by_a_table(D, N, expand, P, K):
    inner = D * expand
    shapes = {
        "input": (2 * inner + 2 * N + inner // P, D),
        "conv.weight": (inner + 2 * N, K),
        "conv.bias": (inner + 2 * N,),
        "A_log, D, dt_bias": (3, inner // P),
        "norm": (inner,),
        "output": (D, inner),
    }
    parameters = sum(torch.Size(shape).numel() for shape in shapes.values())
    return parameters, torch.Size((inner // P, P, N)).numel() + torch.Size((K - 1, inner + 2 * N)).numel()


@right("10.1")
def with_layers_of_torch(D, N, expand, P, K):
    from torch import nn

    channels, inner = expand * D + 2 * N, expand * D
    heads = inner // P
    parts = [
        nn.Linear(D, 2 * inner + 2 * N + heads, bias=False),
        nn.Conv1d(channels, channels, K, groups=channels),
        nn.Linear(inner, D, bias=False),
        nn.RMSNorm(inner),
    ]
    learnt = sum(p.numel() for part in parts for p in part.parameters()) + heads + heads + heads
    return learnt, heads * P * N + channels * (K - 1)


@wrong("10.1", "own_bc")
def b_and_c_for_each_head(D, N, expand, P, K):
    I = expand * D
    H = I // P
    c = I + 2 * N * H
    return D * (I + c + H) + c * (K + 1) + 3 * H + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "no_gate")
def without_the_gate(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (c + H) + c * (K + 1) + 3 * H + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "no_steps")
def step_sizes_are_only_a_bias(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (I + c) + c * (K + 1) + 3 * H + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "conv_on_x")
def convolves_x_only(D, N, expand, P, K):
    I = expand * D
    H = I // P
    return D * (2 * I + 2 * N + H) + I * (K + 1) + 3 * H + I + I * D, I * N + (K - 1) * I


@wrong("10.1", "no_conv_bias")
def convolution_without_bias(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (I + c + H) + c * K + 3 * H + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "dense_conv")
def convolution_mixes_channels(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (I + c + H) + c * c * K + c + 3 * H + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "no_scalars")
def only_matrices(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (I + c + H) + c * (K + 1) + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "one_scalar")
def only_the_decay(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (I + c + H) + c * (K + 1) + H + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "wide_d")
def a_skip_for_each_channel(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (I + c + H) + c * (K + 1) + 2 * H + I + I + I * D, I * N + (K - 1) * c


@wrong("10.1", "no_norm")
def norms_are_free(D, N, expand, P, K):
    I = expand * D
    H, c = I // P, I + 2 * N
    return D * (I + c + H) + c * (K + 1) + 3 * H + I * D, I * N + (K - 1) * c


@wrong("10.1", "no_tail")
def memory_alone(D, N, expand, P, K):
    return by_a_table(D, N, expand, P, K)[0], expand * D * N


@wrong("10.1", "whole_window")
def carries_k_inputs(D, N, expand, P, K):
    return by_a_table(D, N, expand, P, K)[0], expand * D * N + K * (expand * D + 2 * N)


@wrong("10.1", "one_channel")
def a_vector_for_each_head(D, N, expand, P, K):
    I = expand * D
    return by_a_table(D, N, expand, P, K)[0], I // P * N + (K - 1) * (I + 2 * N)


@wrong("10.1", "no_heads")
def memory_of_one_head(D, N, expand, P, K):
    return by_a_table(D, N, expand, P, K)[0], P * N + (K - 1) * (expand * D + 2 * N)


@wrong("10.1", "square")
def a_matrix_for_each_head(D, N, expand, P, K):
    I = expand * D
    return by_a_table(D, N, expand, P, K)[0], I // P * N * N + (K - 1) * (I + 2 * N)


@wrong("10.1", "swapped")
def carried_first(D, N, expand, P, K):
    return by_a_table(D, N, expand, P, K)[::-1]


@wrong("10.1", "type")
def parameters_only(D, N, expand, P, K):
    return by_a_table(D, N, expand, P, K)[0]


# 10.2 The inputs of a whole window


@right("10.2")
def by_a_loop(z, action, is_first, z0, a0):
    columns, last_z, last_a = [], z0, a0
    for t in range(z.shape[1]):
        x = torch.cat([last_z, last_a], -1)
        columns.append(torch.where(is_first[:, t, None], torch.zeros_like(x), x))
        last_z, last_a = z[:, t], action[:, t]
    return torch.stack(columns, 1)


@right("10.2")
def joined_then_shifted(z, action, is_first, z0, a0):
    whole = torch.cat([torch.cat([z0, a0], -1).unsqueeze(1), torch.cat([z, action], -1)], 1)
    return whole[:, :-1].masked_fill(is_first.unsqueeze(-1), 0.0)


def _shift(x, x0):
    return torch.cat([x0[:, None], x[:, :-1]], 1)


def _empty(x, is_first):
    return x * (~is_first).unsqueeze(-1)


@wrong("10.2", "not_shifted")
def this_step(z, action, is_first, z0, a0):
    return _empty(torch.cat([z, action], -1), is_first)


@wrong("10.2", "late_action")
def with_the_action_of_now(z, action, is_first, z0, a0):
    return _empty(torch.cat([_shift(z, z0), action], -1), is_first)


@wrong("10.2", "sees_itself")
def with_the_frame_of_now(z, action, is_first, z0, a0):
    return _empty(torch.cat([z, _shift(action, a0)], -1), is_first)


@wrong("10.2", "late_reset")
def emptied_then_shifted(z, action, is_first, z0, a0):
    both = _empty(torch.cat([z, action], -1), is_first)
    return torch.cat([torch.cat([z0, a0], -1)[:, None], both[:, :-1]], 1)


@wrong("10.2", "early_reset")
def emptied_a_step_early(z, action, is_first, z0, a0):
    x = torch.cat([_shift(z, z0), _shift(action, a0)], -1)
    return _empty(x, torch.cat([is_first[:, 1:], torch.zeros_like(is_first[:, :1])], 1))


@wrong("10.2", "inverted")
def times_is_first(z, action, is_first, z0, a0):
    return torch.cat([_shift(z, z0), _shift(action, a0)], -1) * is_first[..., None]


@wrong("10.2", "no_reset")
def two_lives_in_one(z, action, is_first, z0, a0):
    return torch.cat([_shift(z, z0), _shift(action, a0)], -1)


@wrong("10.2", "only_z_reset")
def forgets_the_frame(z, action, is_first, z0, a0):
    return torch.cat([_empty(_shift(z, z0), is_first), _shift(action, a0)], -1)


@wrong("10.2", "only_action_reset")
def forgets_the_action(z, action, is_first, z0, a0):
    return torch.cat([_shift(z, z0), _empty(_shift(action, a0), is_first)], -1)


@wrong("10.2", "carry_ignored")
def begins_with_zeros(z, action, is_first, z0, a0):
    return _empty(
        torch.cat([_shift(z, torch.zeros_like(z0)), _shift(action, torch.zeros_like(a0))], -1),
        is_first,
    )


@wrong("10.2", "wraps")
def rolled(z, action, is_first, z0, a0):
    return _empty(torch.cat([z, action], -1).roll(1, dims=1), is_first)


@wrong("10.2", "a_first")
def action_first(z, action, is_first, z0, a0):
    return _empty(torch.cat([_shift(action, a0), _shift(z, z0)], -1), is_first)


@wrong("10.2", "detached")
def no_way_back(z, action, is_first, z0, a0):
    return by_a_loop(z, action, is_first, z0, a0).detach()


@wrong("10.2", "shape")
def one_step_short(z, action, is_first, z0, a0):
    return joined_then_shifted(z, action, is_first, z0, a0)[:, 1:]
