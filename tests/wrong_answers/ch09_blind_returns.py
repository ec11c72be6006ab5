"""Answers to exercises 09.1 to 09.3, returns and weights, by someone who had not seen the checks."""

import torch

from . import right, wrong

# 09.1 The lambda-return


@right("09.1")
def by_solving_a_linear_system(reward, cont, value, gamma, lam):
    # solves (I - gamma lam C shift) R = x, in float64
    B, H = reward.shape
    x = reward.double() + gamma * cont.double() * (1 - lam) * value[:, 1:].double()
    x = torch.cat([x[:, :-1], x[:, -1:] + gamma * lam * cont[:, -1:].double() * value[:, -1:].double()], 1)
    A = torch.eye(H, dtype=torch.float64) - torch.diag_embed(gamma * lam * cont[:, :-1].double(), offset=1)
    return torch.linalg.solve(A, x.unsqueeze(-1)).squeeze(-1).to(reward.dtype)


@right("09.1")
def row_by_row(reward, cont, value, gamma, lam):
    # plain Python over rows, recursion as a function
    def back(b, t):
        if t == reward.shape[1]:
            return value[b, t]
        return reward[b, t] + gamma * cont[b, t] * ((1 - lam) * value[b, t + 1] + lam * back(b, t + 1))

    return torch.stack([torch.stack([back(b, t) for t in range(reward.shape[1])]) for b in range(len(reward))])


@wrong("09.1", "cont_early")
def the_next_cont(reward, cont, value, gamma, lam):
    R, out = value[:, -1], []
    H = reward.shape[1]
    for t in reversed(range(H)):
        c = cont[:, min(t + 1, H - 1)]
        R = reward[:, t] + gamma * c * ((1 - lam) * value[:, t + 1] + lam * R)
        out.insert(0, R)
    return torch.stack(out, 1)


@wrong("09.1", "cont_on_one")
def cont_on_the_long_return_only(reward, cont, value, gamma, lam):
    R, out = value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        R = reward[:, t] + gamma * ((1 - lam) * value[:, t + 1] + lam * cont[:, t] * R)
        out.insert(0, R)
    return torch.stack(out, 1)


@wrong("09.1", "rounded")
def cont_as_yes_or_no(reward, cont, value, gamma, lam):
    R, out = value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        go = (cont[:, t] > 0.5).to(reward.dtype)
        R = reward[:, t] + gamma * go * ((1 - lam) * value[:, t + 1] + lam * R)
        out.insert(0, R)
    return torch.stack(out, 1)


@wrong("09.1", "value")
def writes_into_the_reward(reward, cont, value, gamma, lam):
    with torch.no_grad():
        R = value[:, -1]
        for t in reversed(range(reward.shape[1])):
            reward[:, t] += gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * R)
            R = reward[:, t]
    return reward


@wrong("09.1", "shape")
def keeps_the_last_value(reward, cont, value, gamma, lam):
    out = [value[:, -1]]
    for t in reversed(range(reward.shape[1])):
        out.insert(0, reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * out[0]))
    return torch.stack(out, 1)


# 09.2 How much a dreamt step counts


@right("09.2")
def three_factors(cont, start_cont, gamma):
    H = cont.shape[1]
    alive = torch.ones_like(cont).double()
    alive[:, 1:] = cont[:, :-1].double().cumprod(1)
    disc = torch.tensor([gamma**t for t in range(H)], dtype=torch.float64)
    return torch.einsum("b,bh,h->bh", start_cont.double(), alive, disc).to(cont.dtype)


@wrong("09.2", "too_late")
def own_cont_and_powers(cont, start_cont, gamma):
    H = cont.shape[1]
    return start_cont[:, None] * cont.cumprod(1) * gamma ** torch.arange(H)


@wrong("09.2", "start_once")
def start_in_the_first_weight_only(cont, start_cont, gamma):
    w = torch.cumprod(torch.cat([torch.ones_like(cont[:, :1]), gamma * cont[:, :-1]], 1), 1)
    return torch.cat([start_cont[:, None], w[:, 1:]], 1)


@wrong("09.2", "wrong_axis")
def product_over_dreams(cont, start_cont, gamma):
    return torch.cumprod(torch.cat([start_cont[:, None], gamma * cont[:, :-1]], 1), 0)


@wrong("09.2", "not_cumulative")
def own_cont_times_powers(cont, start_cont, gamma):
    H = cont.shape[1]
    return torch.cat([start_cont[:, None], cont[:, :-1]], 1) * gamma ** torch.arange(H)


@wrong("09.2", "shape")
def one_weight_too_many(cont, start_cont, gamma):
    return torch.cumprod(torch.cat([start_cont[:, None], gamma * cont], 1), 1)


# 09.3 Find the bug: a return that looks back


@right("09.3")
def rolled_values(reward, termination, value, gamma, lam):
    later = value.roll(-1, 1)  # column t now holds v_{t+1}
    last, returns = value.select(1, -1), reward.unbind(1)
    returns = list(returns)
    for t in range(len(returns) - 1, -1, -1):
        last = returns[t] + gamma * (1.0 - termination[:, t]) * torch.lerp(later[:, t], last, lam)
        returns[t] = last
    return torch.stack(returns).T


@right("09.3")
def by_n_step_returns(reward, termination, value, gamma, lam):
    B, H = reward.shape
    cont = 1 - termination
    out = []
    for t in range(H):
        total, G, w = 0, 0, torch.ones_like(reward[:, 0])
        for n, k in enumerate(range(t, H), 1):
            G = G + w * reward[:, k]
            w = w * gamma * cont[:, k]
            share = lam ** (n - 1) * ((1 - lam) if k < H - 1 else 1.0)
            total = total + share * (G + w * value[:, k + 1])
        out.append(total)
    return torch.stack(out, 1)


@wrong("09.3", "moves_the_end")
def moves_termination_too(reward, termination, value, gamma, lam):
    go_on, last, returns = 1 - termination, value[:, -1], []
    go_on = torch.cat([torch.ones_like(go_on[:, :1]), go_on[:, :-1]], 1)
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * go_on[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)


@wrong("09.3", "last_column")
def begins_one_value_earlier(reward, termination, value, gamma, lam):
    go_on, last, returns = 1 - termination, value[:, -2], []
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * go_on[:, t] * (1 - lam) * value[:, t + 1] + gamma * go_on[:, t] * lam * last
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)


@wrong("09.3", "last_column")
def never_reads_the_last_value(reward, termination, value, gamma, lam):
    H = reward.shape[1]
    go_on, last, returns = 1 - termination, value[:, -1], []
    for t in reversed(range(H)):
        v = value[:, min(t + 1, H - 1)]
        last = reward[:, t] + gamma * go_on[:, t] * (1 - lam) * v + gamma * go_on[:, t] * lam * last
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)


@wrong("09.3", "value")
def gamma_on_gamma(reward, termination, value, gamma, lam):
    go_on, last, returns = 1 - termination, value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * go_on[:, t] * ((1 - lam) * value[:, t + 1] + gamma * lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)
