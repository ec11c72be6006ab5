"""Answers to the exercises of chapter 01 by someone who had not seen the checks."""

import itertools
import math

import numpy as np
import torch

from . import right, wrong

# 01.1 The Bellman backup


@right("01.1")
def three_loops(P, R, V, gamma):
    S, A = R.shape
    Q = np.zeros((S, A))
    for s in range(S):
        for a in range(A):
            Q[s, a] = R[s, a] + gamma * sum(P[s, a, s2] * V[s2] for s2 in range(S))
    return Q


@right("01.1")
def multiplied_out_in_torch(P, R, V, gamma):
    P, R, V = (torch.as_tensor(x) for x in (P, R, V))
    return R + gamma * (P * V[None, None, :]).sum(dim=2)


@wrong("01.1", "no_gamma")
def forgets_gamma(P, R, V, gamma):
    return R + P @ V


@wrong("01.1", "shape")
def takes_the_max_already(P, R, V, gamma):
    return (R + gamma * P @ V).max(axis=1)


@wrong("01.1", "all_discounted")
def discounts_the_reward_too(P, R, V, gamma):
    return gamma * (R + P @ V)


@wrong("01.1", "own_value")
def value_of_the_state_itself(P, R, V, gamma):
    return R + gamma * V[:, None]


@wrong("01.1", "transposed")
def sums_over_where_it_came_from(P, R, V, gamma):
    return R + gamma * np.einsum("tas,t->sa", P, V)


@wrong("01.1", "likeliest")
def goes_to_the_likeliest_place(P, R, V, gamma):
    return R + gamma * V[P.argmax(-1)]


@wrong("01.1", "best_next")
def goes_to_the_best_place_possible(P, R, V, gamma):
    return R + gamma * np.where(P > 0, V, -np.inf).max(-1)


@wrong("01.1", "value")
def mean_over_the_next_states(P, R, V, gamma):
    return R + gamma * (P * V).mean(axis=-1)


@wrong("01.1", "shape")
def forgets_the_sum(P, R, V, gamma):
    return R[..., None] + gamma * P * V


@wrong("01.1", "no_reward")
def only_the_future(P, R, V, gamma):
    return gamma * P @ V


@wrong("01.1", "changed_input")
def adds_up_in_place(P, R, V, gamma):
    R += gamma * P @ V
    return R


# 01.2 A table from transitions


@right("01.2")
def with_add_at(transitions, S, A):
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    if transitions:
        s, a, r, s2 = (np.array(column) for column in zip(*transitions))
        np.add.at(P, (s, a, s2), 1.0)
        np.add.at(R, (s, a), r)
    n = P.sum(-1)
    never = n == 0
    states = np.nonzero(never)[0]
    P[never, states] = 1
    return P / np.maximum(n, 1)[..., None], R / np.maximum(n, 1)


@right("01.2")
def with_a_dictionary_of_lists(transitions, S, A):
    seen = {}
    for s, a, r, s2 in transitions:
        seen.setdefault((s, a), []).append((r, s2))
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    for s in range(S):
        for a in range(A):
            if (s, a) not in seen:
                P[s, a, s] = 1.0
                continue
            for r, s2 in seen[s, a]:
                P[s, a, s2] += 1 / len(seen[s, a])
                R[s, a] += r / len(seen[s, a])
    return P, R


@right("01.2")
def running_means(transitions, S, A):
    P, R, n = torch.eye(S).double()[:, None].repeat(1, A, 1), torch.zeros(S, A).double(), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a] += 1
        P[s, a] += (torch.eye(S)[s2] - P[s, a]) / n[s, a]
        R[s, a] += (r - R[s, a]) / n[s, a]
    return P, R


@wrong("01.2", "nan")
def divides_by_zero_visits(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    return n / n.sum(-1, keepdims=True), total / n.sum(-1)


@wrong("01.2", "empty_row")
def rows_of_zeros_for_the_untried(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = np.maximum(n.sum(-1), 1)
    return n / tried[..., None], total / tried


@wrong("01.2", "uniform")
def anywhere_for_the_untried(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    P = np.where(tried[..., None] > 0, n / np.maximum(tried, 1)[..., None], 1 / S)
    return P, total / np.maximum(tried, 1)


@wrong("01.2", "reward_sum")
def rewards_added_up(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    P = np.repeat(np.eye(S)[:, None], A, axis=1)
    P[tried > 0] = n[tried > 0] / tried[tried > 0][:, None]
    return P, total


@wrong("01.2", "reward_last")
def the_last_reward_seen(transitions, S, A):
    n, last = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        last[s, a] = r
    tried = n.sum(-1)
    P = np.repeat(np.eye(S)[:, None], A, axis=1)
    P[tried > 0] = n[tried > 0] / tried[tried > 0][:, None]
    return P, last


@wrong("01.2", "each_once")
def vectorised_with_plus_equals(transitions, S, A):
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    if transitions:
        s, a, r, s2 = (np.array(column) for column in zip(*transitions))
        P[s, a, s2] += 1
        R[s, a] += r
    n = P.sum(-1)
    P[n == 0] = np.repeat(np.eye(S)[:, None], A, axis=1)[n == 0]
    return P / np.maximum(n, 1)[..., None], R / np.maximum(n, 1)


@wrong("01.2", "value")
def starts_counting_with_one_stay(transitions, S, A):
    n, total = np.repeat(np.eye(S)[:, None], A, axis=1), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    return n / n.sum(-1, keepdims=True), total / n.sum(-1)


@wrong("01.2", "joint")
def shares_of_all_transitions(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    P = np.repeat(np.eye(S)[:, None], A, axis=1)
    P[tried > 0] = n[tried > 0] / len(transitions)
    return P, total / np.maximum(tried, 1)


@wrong("01.2", "raised")
def swaps_reward_and_next_state(transitions, S, A):
    return with_a_dictionary_of_lists([(s, a, s2, int(r)) for s, a, r, s2 in transitions], S, A)


@wrong("01.2", "raised")
def unzips_an_empty_list(transitions, S, A):
    P, R = np.zeros((S, A, S)), np.zeros((S, A))
    s, a, r, s2 = (np.array(column) for column in zip(*transitions))
    np.add.at(P, (s, a, s2), 1.0)
    np.add.at(R, (s, a), r)
    n = P.sum(-1)
    P[n == 0] = np.repeat(np.eye(S)[:, None], A, axis=1)[n == 0]
    return P / np.maximum(n, 1)[..., None], R / np.maximum(n, 1)


@wrong("01.2", "unseen")
def untried_pairs_go_to_state_zero(transitions, S, A):
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(-1)
    n[tried == 0, 0] = 1
    return n / np.maximum(tried, 1)[..., None], total / np.maximum(tried, 1)


# 01.6 An answer about where nobody was


@right("01.6")
def every_pattern_one_by_one(moved, turned, bits):
    P = np.zeros((len(moved),) + (2,) * len(bits))
    rows = [turned[k, bit] for k, bit in enumerate(bits)]
    if moved.sum() == 0 or any(row.sum() == 0 for row in rows):
        return P
    for cell in range(len(moved)):
        for pattern in itertools.product((0, 1), repeat=len(bits)):
            p = moved[cell] / moved.sum()
            for row, bit in zip(rows, pattern):
                p *= row[bit] / row.sum()
            P[(cell, *pattern)] = p
    return P


@right("01.6")
def by_broadcasting(moved, turned, bits):
    K = len(bits)
    P = torch.as_tensor(moved).double().reshape(-1, *[1] * K)
    P = P / P.sum().clamp(min=1)
    for k in range(K):
        row = torch.as_tensor(turned[k, bits[k]]).double()
        P = P * (row / row.sum().clamp(min=1)).reshape(*[1] * (k + 1), 2, *[1] * (K - k - 1))
    return P


@wrong("01.6", "nan")
def shares_of_nothing(moved, turned, bits):
    P = moved / moved.sum()
    for k, bit in enumerate(bits):
        P = np.multiply.outer(P, turned[k, bit] / turned[k, bit].sum())
    return P


@wrong("01.6", "transposed")
def reads_the_table_from_after_to_before(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, :, bit]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "one_total")
def divides_by_all_counts_of_the_button(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        P = np.multiply.outer(P, turned[k, bit] / max(turned[k].sum(), 1))
    return P


@wrong("01.6", "every_bit")
def forgets_what_is_lit_now(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k in range(len(bits)):
        row = turned[k].sum(axis=0)
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "backwards")
def last_button_first(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k in reversed(range(len(bits))):
        row = turned[k, bits[k]]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "shape")
def the_cell_in_the_last_axis(moved, turned, bits):
    P = np.array(1.0)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return np.multiply.outer(P, moved / max(moved.sum(), 1))


@wrong("01.6", "shape")
def one_flat_row_of_patterns(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.kron(P, row / max(row.sum(), 1))
    return P.reshape(len(moved), -1)


@wrong("01.6", "guess")
def half_and_half_where_unknown(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, row / row.sum() if row.sum() else np.array([0.5, 0.5]))
    return P


@wrong("01.6", "stays")
def stays_as_it_is_where_unknown(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, row / row.sum() if row.sum() else np.eye(2)[bit])
    return P


@wrong("01.6", "value")
def one_more_of_each(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit] + 1
        P = np.multiply.outer(P, row / row.sum())
    return P


@wrong("01.6", "counts")
def multiplies_the_counts(moved, turned, bits):
    P = moved
    for k, bit in enumerate(bits):
        P = np.multiply.outer(P, turned[k, bit])
    return P


@wrong("01.6", "value")
def adds_the_shares(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.add.outer(P, row / max(row.sum(), 1))
    return P / max(P.sum(), 1)


@wrong("01.6", "likeliest")
def what_is_likeliest_for_each(moved, turned, bits):
    P = np.eye(len(moved))[moved.argmax()] * (moved.sum() > 0)
    for k, bit in enumerate(bits):
        row = turned[k, bit]
        P = np.multiply.outer(P, np.eye(2)[row.argmax()] * (row.sum() > 0))
    return P


@wrong("01.6", "raised")
def made_for_two_buttons(moved, turned, bits):
    rows = [turned[k, bit] / max(turned[k, bit].sum(), 1) for k, bit in enumerate(bits)]
    return np.einsum("c,i,j->cij", moved / max(moved.sum(), 1), rows[0], rows[1])


@wrong("01.6", "value")
def the_first_button_for_all(moved, turned, bits):
    P = moved / max(moved.sum(), 1)
    for bit in bits:
        row = turned[0, bit]
        P = np.multiply.outer(P, row / max(row.sum(), 1))
    return P


@wrong("01.6", "gives_up")
def zeros_if_any_row_at_all_is_empty(moved, turned, bits):
    if moved.sum() == 0 or (turned.sum(-1) == 0).any():
        return np.zeros((len(moved),) + (2,) * len(bits))
    return every_pattern_one_by_one(moved, turned, bits)


# 01.7 How wrong a plan may be


@right("01.7")
def by_loops(P, P_hat, R, gamma):
    S, A = R.shape
    worst = 0.0
    for s in range(S):
        for a in range(A):
            worst = max(worst, 0.5 * sum(abs(P[s, a, t] - P_hat[s, a, t]) for t in range(S)))
    return gamma * worst * (np.max(R) - np.min(R)) / (1 - gamma) / (1 - gamma)


@right("01.7")
def probability_that_went_missing(P, P_hat, R, gamma):
    eps = np.clip(P - P_hat, 0, None).sum(axis=2).max()  # what is missing equals what is too much
    return eps * np.ptp(R) * gamma * (1 - gamma) ** -2


@wrong("01.7", "l1")
def counts_each_error_twice(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max()
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "mean")
def average_pair(P, P_hat, R, gamma):
    eps = (np.abs(P - P_hat).sum(-1) / 2).mean()
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "value")
def largest_single_entry(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "largest_entry")
def largest_single_entry_unhalved(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).max()
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "one_horizon")
def horizon_once(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma)


@wrong("01.7", "max_reward")
def largest_reward_for_the_range(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * R.max() * eps / (1 - gamma) ** 2


@wrong("01.7", "max_reward")
def largest_absolute_reward(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * np.abs(R).max() * eps / (1 - gamma) ** 2


@wrong("01.7", "signed")
def signed_differences(P, P_hat, R, gamma):
    eps = (P - P_hat).sum(-1).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "sum")
def sums_over_everything(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "no_gamma")
def no_gamma_in_front(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return (R.max() - R.min()) * eps / (1 - gamma) ** 2


@wrong("01.7", "gamma_squared")
def squares_gamma_only(P, P_hat, R, gamma):
    eps = np.abs(P - P_hat).sum(-1).max() / 2
    return gamma * (R.max() - R.min()) * eps / (1 - gamma**2)


@wrong("01.7", "shape")
def one_for_each_pair(P, P_hat, R, gamma):
    return gamma * np.ptp(R) * np.abs(P - P_hat).sum(-1) / 2 / (1 - gamma) ** 2


# 01.8 Tilt a distribution


@right("01.8")
def row_by_row_over_the_support(p_hat, phi, lam):
    rows = np.zeros(p_hat.shape)
    for n in range(len(p_hat)):
        there = p_hat[n] > 0
        exponents = sum(lam[n, i] * phi[i, there] for i in range(len(phi)))
        weights = p_hat[n, there] * np.exp(exponents - exponents.max())
        rows[n, there] = weights / weights.sum()
    return rows


@right("01.8")
def softmax_of_log_probabilities(p_hat, phi, lam):
    p_hat, phi, lam = (torch.as_tensor(x, dtype=torch.float64) for x in (p_hat, phi, lam))
    return torch.softmax(p_hat.log() + lam @ phi, dim=-1)


@wrong("01.8", "overflow")
def the_formula_as_it_stands(p_hat, phi, lam):
    weights = p_hat * np.exp(lam @ phi)
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "unreachable_maximum")
def takes_off_the_largest_of_all_states(p_hat, phi, lam):
    exponents = lam @ phi
    weights = p_hat * np.exp(exponents - exponents.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "one_maximum")
def takes_off_one_number_for_all_rows(p_hat, phi, lam):
    exponents = lam @ phi
    weights = p_hat * np.exp(exponents - exponents.max())
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "clipped")
def clips_the_exponents(p_hat, phi, lam):
    weights = p_hat * np.exp(np.clip(lam @ phi, -50, 50))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "invents")
def a_little_probability_everywhere(p_hat, phi, lam):
    logits = np.log(p_hat + 1e-8) + lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "not_normalised")
def forgets_to_normalise(p_hat, phi, lam):
    exponents = lam @ phi
    return p_hat * np.exp(exponents - exponents.max(-1, keepdims=True))


@wrong("01.8", "all_at_once")
def normalises_by_the_sum_of_all_rows(p_hat, phi, lam):
    with np.errstate(divide="ignore"):
        logits = np.log(p_hat) + lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum()


@wrong("01.8", "no_model")
def softmax_of_the_tilt_alone(p_hat, phi, lam):
    exponents = np.where(p_hat > 0, lam @ phi, -np.inf)
    weights = np.exp(exponents - exponents.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "backwards")
def tilts_the_other_way(p_hat, phi, lam):
    with np.errstate(divide="ignore"):
        logits = np.log(p_hat) - lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


@wrong("01.8", "value")
def probabilities_into_the_exponent(p_hat, phi, lam):
    logits = p_hat + lam @ phi
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


# 01.9 The Bernstein bonus


@right("01.9")
def second_moment_minus_square(p_hat, v, n, iota, H):
    var = np.clip(p_hat @ v**2 - (p_hat @ v) ** 2, 0, None)
    bonus = np.full(n.shape, np.inf)
    been = n > 0
    bonus[been] = np.sqrt(2 * var[been] * iota / n[been]) + 7 * H * iota / (3 * n[been])
    return bonus


@right("01.9")
def pair_by_pair_in_plain_python(p_hat, v, n, iota, H):
    S, A = n.shape
    bonus = [[float("inf")] * A for _ in range(S)]
    for s in range(S):
        for a in range(A):
            if n[s, a] == 0:
                continue
            mean = sum(p * x for p, x in zip(p_hat[s, a], v))
            var = sum(p * (x - mean) ** 2 for p, x in zip(p_hat[s, a], v))
            bonus[s][a] = math.sqrt(2 * var * iota / n[s, a]) + 7 * H * iota / (3 * n[s, a])
    return bonus


@right("01.9")
def divides_by_zero_and_replaces(p_hat, v, n, iota, H):
    with np.errstate(all="ignore"):
        mean = np.einsum("sat,t->sa", p_hat, v)
        var = np.einsum("sat,sat->sa", p_hat, (v[None, None] - mean[:, :, None]) ** 2)
        return np.nan_to_num(np.sqrt(2 * var * iota / n) + 7 * H * iota / 3 / n, nan=np.inf, posinf=np.inf)


@wrong("01.9", "unweighted")
def variance_of_v_without_the_probabilities(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * v.var() * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "products")
def numpy_variance_of_the_products(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * (p_hat * v).var(-1) * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "times_n")
def divides_by_three_and_multiplies_by_n(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / 3 * m, np.inf)


@wrong("01.9", "untried")
def never_visited_counts_as_once(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    var = p_hat @ v**2 - (p_hat @ v) ** 2
    return np.sqrt(2 * np.maximum(var, 0) * iota / m) + 7 * H * iota / (3 * m)


@wrong("01.9", "untried")
def nothing_over_nothing(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    return np.sqrt(2 * var * iota / n) + 7 * H * iota / (3 * n)


@wrong("01.9", "untried")
def no_bonus_without_visits(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / (3 * m), 0.0)


@wrong("01.9", "no_second")
def only_the_root(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)
    return np.where(n > 0, np.sqrt(2 * var * iota / np.maximum(n, 1)), np.inf)


@wrong("01.9", "deviation")
def deviation_instead_of_variance(p_hat, v, n, iota, H):
    mean = p_hat @ v
    std = np.sqrt((p_hat * (v - mean[..., None]) ** 2).sum(-1))
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * std * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "second_moment")
def second_moment_for_variance(p_hat, v, n, iota, H):
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * (p_hat @ v**2) * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "no_room")
def mean_without_a_new_axis(p_hat, v, n, iota, H):
    mean = p_hat @ v
    var = (p_hat * (v - mean) ** 2).sum(-1)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / (3 * m), np.inf)


@wrong("01.9", "changed_input")
def lifts_zero_visits_in_place(p_hat, v, n, iota, H):
    never = n == 0
    n[never] = 1
    var = p_hat @ v**2 - (p_hat @ v) ** 2
    bonus = np.sqrt(2 * np.maximum(var, 0) * iota / n) + 7 * H * iota / (3 * n)
    bonus[never] = np.inf
    return bonus
