# %% [markdown]
# # 09a Behaviour in imagination
#
# **A dream can teach an actor in two ways: by saying what was good, or by saying in which direction better lies. The
# second is far more precise, until the dream has an edge or is chaotic.**

# %%
import numpy as np
import torch

from mbrl_lite.course import check, figure, hint, progress

# %% [markdown]
# Three tiny worlds, in which we know everything. The state is one number. Each step moves it by a rule and adds the
# action. The policy has one parameter, theta: how hard it pushes, give or take a little noise.
#
# - *smooth*: the rule is a gentle pull to 0, and the closer the state is to 1, the better;
# - *chaotic*: the rule folds the line over, again and again, so that small differences grow;
# - *ledge*: the gentle pull again, but the reward is 1 beyond an edge at 0.3, and 0 before it.

# %%
GAMMA, NOISE = 0.95, 0.1
worlds = {
    "smooth": (lambda s: 0.9 * s, lambda s: -((s - 1) ** 2)),
    "chaotic": (lambda s: 2 * torch.sin(2 * s), lambda s: -((s - 1) ** 2)),
    "ledge": (lambda s: 0.9 * s, lambda s: (s > 0.3).double()),
}

# %%
def dream(name, theta, H, seed=0):
    """Rewards and log-probabilities of len(theta) dreams, (N, H) each. Dream n has its own copy theta[n]."""
    (f, r), rng = worlds[name], torch.Generator().manual_seed(seed)
    s, reward, log_prob = torch.zeros_like(theta), [], []
    for _ in range(H):
        a = theta + NOISE * torch.randn(len(theta), generator=rng, dtype=theta.dtype)
        log_prob.append(-(((a.detach() - theta) / NOISE) ** 2) / 2)  # up to a constant
        s = f(s) + a
        reward.append(r(s))
    return torch.stack(reward, 1), torch.stack(log_prob, 1)

# %% [markdown]
# As the state is one number, the *exact* gradient of the expected return can be had too. Cut the line into 801 cells
# and push the whole probability forward, step by step. No sampling, no luck.

# %%
def exact_gradients(name, theta, H):
    """d/dtheta of the expected discounted return of 1, 2, ..., H steps, (H,), by central differences."""
    (f, r), x = worlds[name], torch.linspace(-4, 4, 801, dtype=torch.float64)

    def returns(theta):
        step = torch.softmax(-(((x[None] - f(x)[:, None] - theta) / NOISE) ** 2) / 2, 1)  # from row to column
        p, total, found = torch.eye(801, dtype=torch.float64)[400], 0.0, []  # it begins at x = 0
        for t in range(H):
            p = p @ step
            total = total + GAMMA**t * (p * r(x)).sum()
            found.append(total)
        return torch.stack(found)

    return (returns(theta + 1e-4) - returns(theta - 1e-4)) / 2e-4

# %% [markdown]
# Now let a thousand dreams estimate this gradient in both ways. How far off is their mean?

# %%
THETA, LENGTHS = 0.1, (1, 2, 4, 8, 16)
truth = {name: exact_gradients(name, THETA, max(LENGTHS)) for name in worlds}

# %%
def both_ways(name, H, N=4000):
    """Gradients of single dreams, (N,) each: pathwise, and REINFORCE with the mean return as baseline."""
    theta = torch.full((N,), THETA, dtype=torch.float64, requires_grad=True)
    reward, log_prob = dream(name, theta, H)
    weight = GAMMA ** torch.arange(H)
    G = (reward * weight).flip(1).cumsum(1).flip(1)  # what follows each action, discounted to the start
    score = ((G - G.mean(0)).detach() * log_prob).sum()
    direct = G[:, 0].sum()
    through = torch.autograd.grad(direct, theta)[0] if direct.requires_grad else torch.zeros(N)
    return through, torch.autograd.grad(score, theta)[0]

# %%
off = {name: [] for name in worlds}
for name in worlds:
    for H in LENGTHS:
        right = truth[name][H - 1]
        off[name].append([((g.mean() - right) ** 2 + g.var() / 1000).sqrt().item() for g in both_ways(name, H)])

# %%
from mbrl_lite.viz.style import BLUE, GREY, ORANGE, VERMILION, Picture, plain_axes

signature = Picture(10, 3.5)
for axes, name in zip(signature.subplots(1, 3, sharey=True), worlds):
    sizes = truth[name].abs()[[H - 1 for H in LENGTHS]]
    axes.plot(LENGTHS, sizes, "--", color=GREY, zorder=9, label="the gradient itself")
    for way, (label, colour, mark) in enumerate((("pathwise", BLUE, "o-"), ("REINFORCE", ORANGE, "s-"))):
        axes.plot(LENGTHS, np.array(off[name])[:, way], mark, color=colour, label=f"error, {label}")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylim(3e-3, 3e6)
    axes.set_xticks(LENGTHS, LENGTHS)
    plain_axes(axes, name, "length of the dream (steps)", "size (reward / theta)" if name == "smooth" else "")
signature.axes[0].legend(frameon=False, loc="upper left")
figure(signature, alt="Three worlds. Smooth: the pathwise error lies far below REINFORCE's. Chaotic: the pathwise "
       "error grows to half a million. Ledge: the pathwise error is as large as the gradient itself.")

# %% [markdown]
# Read it from left to right. Where the blue line is far below the dashed one, a thousand dreams know the way. In the
# smooth world that is so for both, and for blue by a wide margin. In chaos blue is lost within a few steps, and
# orange would need more than a thousand dreams. At the ledge blue sits *on* the dashed line. It is wrong by all there
# is, however many dreams you take.
#
# Dreamer V1 used pathwise gradients, V2 REINFORCE for games and pathwise ones for robots, V3 REINFORCE for both. This
# chapter shows why.
#
# **You will be able to**
#
# - compute lambda-returns, by definition and by recursion, and find the off-by-one in somebody else's,
# - choose between REINFORCE and pathwise gradients, and say what each one costs,
# - write the losses of Dreamer's actor and critic, with every stop-gradient in its place,
# - say what normalisation, entropy and the slow critic are for, and what they are not for.
#
# **You need** chapters 00 and 07, some PyTorch. **It takes** about two and a half hours:
#
# | part | minutes |
# |---|---|
# | 1. A dream to hold in your hand | 15 |
# | 2. The lambda-return | 35 |
# | 3. Steps that may never come | 10 |
# | 4. Two ways to a gradient | 45 |
# | 5. How large is a step? | 15 |
# | 6. Staying curious | 15 |
# | 7. The critic and its slow twin | 25 |
#
# ## 1. A dream to hold in your hand
#
# Before anything is learnt, a world whose answer we know. `ProbeSteady` pays 1 at each step and ends after four.
# Nothing you do matters. So the value is a sum we can write down.

# %%
from mbrl_lite.envs.probes import ProbeSteady

world, over = ProbeSteady(steps=4, ends=True), False
reward, cont = [], []
world.reset(seed=0)
while not over:
    _, r, over, _, _ = world.step(0)
    reward.append(r)
    cont.append(1.0 - over)
reward, cont = torch.tensor([reward]), torch.tensor([cont])  # (B, H) = (1, 4)
value = torch.tensor([[world.value(GAMMA, t) for t in range(4)] + [99.0]])  # (B, H + 1)

# %%
print("t  v_t     what came with the next state")
for t in range(4):
    print(f"{t}  {value[0, t]:.4f}  reward[:, {t}] = {reward[0, t]:.0f}   cont[:, {t}] = {cont[0, t]:.0f}")
print(f"4  {value[0, 4]:.4f}  (the dream stops here)")

# %% [markdown]
# This table is the law of this chapter. A dream of horizon $H$ has $H + 1$ states and values, and $H$ actions. Reward
# and cont number $t$ **arrive with state $t + 1$**. So `reward[:, t]` is $r_{t+1}$, what action $t$ brought, and
# `cont[:, t]` is $c_{t+1}$, whether the world goes on after that.
#
# The last value is nonsense on purpose, 99. The world is over there, `cont[:, 3]` is 0, and nobody may believe it. If
# a 99 shows up anywhere below, somebody ignored `cont`.
#
# ## 2. The lambda-return
#
# How good was action $t$? One answer looks one step ahead and then asks the critic. Another one waits for two rewards,
# or for all. With $n$ rewards it is the **n-step return**:
#
# $$ G_t^{(n)} = r_{t+1} + \gamma c_{t+1} r_{t+2} + \dots
#    + \gamma^n c_{t+1} \cdots c_{t+n}\, v_{t+n} $$

# %%
def n_step(reward, cont, value, t, n):
    """G_t^(n), (B,)."""
    total, weight = torch.zeros_like(reward[:, 0]), torch.ones_like(reward[:, 0])
    for k in range(t, t + n):
        total = total + weight * reward[:, k]
        weight = weight * GAMMA * cont[:, k]
    return total + weight * value[:, t + n]

# %%
print([round(n_step(reward, cont, value, 0, n).item(), 4) for n in (1, 2, 3, 4)])

# %% [markdown]
# All four agree with $v_0$. They must: where the values are right, it does not matter when you ask. In practice they
# are not right. Asking early trusts the critic's errors, asking late collects the dice of many steps. The
# **lambda-return** takes all of them, each a bit less than the one before:
#
# $$ R_t = (1 - \lambda) \sum_{n=1}^{N-1} \lambda^{n-1} G_t^{(n)} + \lambda^{N-1} G_t^{(N)}, \qquad N = H - t $$

# %%
def by_definition(reward, cont, value, lam):
    """Lambda-returns as weighted sums of n-step returns, (B, H)."""
    H, columns = reward.shape[1], []
    for t in range(H):
        N = H - t
        shares = [(1 - lam) * lam ** (n - 1) for n in range(1, N)] + [lam ** (N - 1)]
        columns.append(sum(w * n_step(reward, cont, value, t, n + 1) for n, w in enumerate(shares)))
    return torch.stack(columns, 1)

# %% [markdown]
# That is three loops inside each other. There is a way with one. The long return of step $t$ begins like this: one
# reward, and then whatever step $t + 1$ says. So
#
# $$ R_t = r_{t+1} + \gamma c_{t+1} \bigl( (1 - \lambda)\, v_{t+1} + \lambda R_{t+1} \bigr), \qquad R_H = v_H $$

# %% [markdown]
# ### Exercise 09.1 - The lambda-return
#
# Difficulty 3 of 5 · importance 5 of 5 · 15 minutes
#
# Write the recursion.
#
# - `reward` and `cont` have shape `(B, H)`; number t arrived with state t + 1. `value` has shape `(B, H + 1)`.
# - `cont` may lie between 0 and 1: a model gives a probability. `gamma` and `lam` are floats from 0 to 1.
# - Return $R_0, \dots, R_{H-1}$, shape `(B, H)`. Gradients must be able to flow through.

# %%
def lambda_return(
    reward: torch.Tensor, cont: torch.Tensor, value: torch.Tensor, gamma: float, lam: float
) -> torch.Tensor:
    """Lambda-returns R_0 to R_{H-1}, (B, H)."""
    # Where does a recursion begin that needs the *next* return?
    ### BEGIN SOLUTION
    returns, last = [], value[:, -1]
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * cont[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)  # (B, H)
    ### END SOLUTION


lambda_return = check("09.1", lambda_return)

# %% [markdown]
# Definition and recursion agree on any dream, also on one that makes no sense:

# %%
rng = np.random.default_rng(0)
r, v = torch.tensor(rng.normal(size=(5, 7))), torch.tensor(rng.normal(size=(5, 8)))
c = torch.tensor(rng.random((5, 7)))
for lam in (0.0, 0.5, 0.95, 1.0):
    assert torch.allclose(lambda_return(r, c, v, GAMMA, lam), by_definition(r, c, v, lam))
    assert torch.allclose(lambda_return(reward, cont, value, GAMMA, lam), value[:, :-1])  # right values stay right
assert torch.allclose(lambda_return(r, c, v, GAMMA, 0.0), r + GAMMA * c * v[:, 1:])  # one step

# %% [markdown]
# Which lambda? Take a world that pays 1 a step on average, with noise, and a critic that is wrong by some noise of its
# own at each state. Here is how wrong the lambda-return is:

# %%
lams, true = np.linspace(0, 1, 21), 1 / (1 - GAMMA)
paid = 1 + torch.randn(4000, 15, generator=torch.Generator().manual_seed(0))
doubt = torch.randn(4000, 16, generator=torch.Generator().manual_seed(1))
wrong = {
    error: [
        (lambda_return(paid, torch.ones_like(paid), true + error * doubt, GAMMA, lam)[:, 0] - true).pow(2).mean().sqrt()
        for lam in lams
    ]
    for error in (0.5, 2.0, 5.0)
}

# %%
picture = Picture(7, 3.6)
axes = picture.subplots()
for (error, line), colour, mark in zip(wrong.items(), (BLUE, ORANGE, VERMILION), "os^"):
    axes.plot(lams, line, mark + "-", color=colour, markersize=4, label=f"critic off by {error:g}")
plain_axes(axes, "Between two kinds of error", "lambda", "error of the return (reward)")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure(picture, alt="Three curves. With a good critic a small lambda is best, with a bad one one near 0.9.")

# %% [markdown]
# With a good critic, ask it soon. With a bad one, wait. Dreamer takes 0.95, a bet on bad critics: at the beginning
# every critic is bad. (The last value is off as well. That is why lambda = 1 is not free of the critic's error.)

# %% [markdown]
# ### Exercise 09.3 - Find the bug: a return that looks back
#
# Difficulty 2 of 5 · importance 4 of 5 · 6 minutes
#
# This is the lambda-return as an agent of 2024 was released, but for the names. Its agent learns. One letter is
# wrong, or rather one is missing. Mend it.
#
# - `termination` is 1 where the world ended, and 0 elsewhere. So it is $1 - c$.
# - Everything else is as in 09.1. Return shape `(B, H)`.

# %%
def release_return_buggy(reward, termination, value, gamma, lam):
    go_on, last, returns = 1 - termination, value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * go_on[:, t] * (1 - lam) * value[:, t] + gamma * go_on[:, t] * lam * last
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)

# %%
for lam in (1.0, 0.95, 0.0):
    print(f"lambda {lam:4}: R_0 = {release_return_buggy(reward, 1 - cont, value, GAMMA, lam)[0, 0]:.4f}, "
          f"and v_0 is {value[0, 0]:.4f}")

# %% [markdown]
# With lambda = 1 it is right, with 0.95 nearly. That is how such a bug lives on: it costs a little and breaks nothing.
# Only a world with a known answer shows it.

# %%
def release_return(
    reward: torch.Tensor, termination: torch.Tensor, value: torch.Tensor, gamma: float, lam: float
) -> torch.Tensor:
    """Lambda-returns R_0 to R_{H-1}, (B, H)."""
    # Begin with the lines above. Which state do you stand in after reward[:, t]?
    ### BEGIN SOLUTION
    go_on, last, returns = 1 - termination, value[:, -1], []
    for t in reversed(range(reward.shape[1])):
        last = reward[:, t] + gamma * go_on[:, t] * ((1 - lam) * value[:, t + 1] + lam * last)
        returns.append(last)
    return torch.stack(returns[::-1], dim=1)
    ### END SOLUTION


release_return = check("09.3", release_return)

# %% [markdown]
# ## 3. Steps that may never come
#
# A dream goes on for $H$ steps, even if the model says at step 3 that the world has ended. What is dreamt behind an
# end never happens. It must not teach anybody. And a step far away counts less, as its rewards do. So each step has a
# **weight**: the discounted probability to get there.
#
# $$ w_0 = c_0, \qquad w_t = w_{t-1}\, \gamma\, c_t $$
#
# Mind the index: $c_t$ arrived with state $t$. In our arrays that is `cont[:, t - 1]`. And $c_0$? Dreams start from
# states of the replay. Some of them *are* the end of an episode. For these $c_0 = 0$.

# %% [markdown]
# ### Exercise 09.2 - How much a dreamt step counts
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# - `cont` has shape `(B, H)`; number t arrived with state t + 1. `start_cont`, shape `(B,)`, is $c_0$.
# - Return the weights of the H actions, shape `(B, H)`. `gamma` is a float.

# %%
def reach_weights(cont: torch.Tensor, start_cont: torch.Tensor, gamma: float) -> torch.Tensor:
    """The discounted probability to get to each action of a dream, (B, H)."""
    # The last cont says what comes after the last action. Who needs it?
    ### BEGIN SOLUTION
    steps = torch.cat([start_cont[:, None], gamma * cont[:, :-1]], dim=1)  # (B, H)
    return steps.cumprod(dim=1)
    ### END SOLUTION


reach_weights = check("09.2", reach_weights)

# %%
print("the probe's four steps  ", reach_weights(cont, torch.ones(1), GAMMA)[0])
print("had it ended at step 2  ", reach_weights(torch.tensor([[1.0, 0, 1, 1]]), torch.ones(1), GAMMA)[0])
print("begun where it was over ", reach_weights(cont, torch.zeros(1), GAMMA)[0])

# %% [markdown]
# ## 4. Two ways to a gradient
#
# The actor should make the return larger. So we want the gradient of an *expectation*, $\nabla_\theta E[R]$, and theta
# sits in the dice. There are two ways out.
#
# **REINFORCE** leaves the dice as they are and makes lucky numbers more likely. As $\nabla \pi = \pi \nabla \log \pi$,
#
# $$ \nabla E[R] = \nabla \sum_a \pi(a) R(a) = \sum_a \pi(a)\, R(a) \nabla \log \pi(a) = E[R\, \nabla \log \pi(a)] $$
#
# It never asks why an action was good. $R$ is a number: from a table, a game, a person. It may jump.
#
# **Pathwise** moves theta out of the dice. A normal action is $a = \theta + \sigma \varepsilon$, and the dice
# $\varepsilon$ do not know theta. Now the gradient may go inside:
#
# $$ \nabla E[R] = E\bigl[ \nabla R(\theta + \sigma \varepsilon) \bigr] $$
#
# It asks the model: had I pushed a little harder, how much better would it have been? So the model must know. Both are
# right on average, here for one step in the smooth world. There the gradient is $2(1 - \theta) = 1.8$.

# %%
theta = torch.full((4000,), THETA, dtype=torch.float64, requires_grad=True)
R, log_prob = dream("smooth", theta, H=1)
through = torch.autograd.grad(R.sum(), theta, retain_graph=True)[0]
score = torch.autograd.grad((R.detach() * log_prob).sum(), theta)[0]
for name, g in (("pathwise", through), ("REINFORCE", score)):
    print(f"{name:10s} mean {g.mean():.3f} (give or take {g.std() / 4000**0.5:.3f}), one dream {g.std():.2f}")

# %% [markdown]
# Same mean, and one pathwise dream is worth some two thousand of the others (precision goes with the root). REINFORCE
# only sees how good it was, and that is mostly not theta's doing.
#
# ### Help for REINFORCE: a baseline
#
# Subtract any number that does not depend on the action. The mean stays, as probabilities sum to 1:
# $\sum_a \pi(a)\, b\, \nabla \log \pi(a) = b\, \nabla \sum_a \pi(a) = 0$. But the noise shrinks. The best simple
# choice is what you expected anyway: the value. What is left, $R_t - v_t$, is the **advantage**.

# %%
logits = torch.tensor([0.3, -1.0, 2.0], requires_grad=True)
pi = torch.softmax(logits, 0)
b = 7.0
assert torch.allclose(torch.autograd.grad((pi.detach() * b * pi.log()).sum(), logits)[0], torch.zeros(3), atol=1e-5)

# %% [markdown]
# ### Exercise 09.4 - The REINFORCE loss
#
# Difficulty 3 of 5 · importance 5 of 5 · 12 minutes
#
# The loss of Dreamer's actor, all of it. An optimiser will *minimise* it.
#
# $$ L = - \operatorname{mean}_{b,t}\; w_t \Bigl( \operatorname{sg}\bigl[ (R_t - v_t) / S \bigr] \log \pi(a_t)
#    + \eta\, \mathcal{H}_t \Bigr) $$
#
# - All arrays have shape `(B, H)`: `log_prob`, `entropy` $\mathcal{H}_t$ in nats, `returns`, `value`, `reach` $w_t$.
# - `scale` $S$ and `eta` are numbers. (Sections 5 and 6 say what they are for.)
# - sg is *stop-gradient*: the actor must not reach its judges. Nor may it reach `reach`.
# - Return one number, a scalar tensor.

# %%
def reinforce_loss(
    log_prob: torch.Tensor,
    entropy: torch.Tensor,
    returns: torch.Tensor,
    value: torch.Tensor,
    reach: torch.Tensor,
    scale: float,
    eta: float,
) -> torch.Tensor:
    """The actor's loss by REINFORCE, a scalar."""
    # Which of the five arrays may carry a gradient?
    ### BEGIN SOLUTION
    advantage = ((returns - value) / scale).detach()
    return -(reach.detach() * (advantage * log_prob + eta * entropy)).mean()
    ### END SOLUTION


reinforce_loss = check("09.4", reinforce_loss)

# %% [markdown]
# ### Exercise 09.5 - The pathwise loss
#
# Difficulty 2 of 5 · importance 4 of 5 · 6 minutes
#
# The loss of Dreamer V1's actor. It needs no log-probability and no baseline: `returns` came out of a dream through
# which gradients flow.
#
# $$ L = - \operatorname{mean}_{b,t}\; w_t \bigl( R_t / S + \eta\, \mathcal{H}_t \bigr) $$
#
# - Shapes as before. Of these three arrays, only `reach` is detached. Return a scalar tensor.

# %%
def pathwise_loss(
    returns: torch.Tensor, entropy: torch.Tensor, reach: torch.Tensor, scale: float, eta: float
) -> torch.Tensor:
    """The actor's loss by gradients through the model, a scalar."""
    # Shorter than the last one.
    ### BEGIN SOLUTION
    return -(reach.detach() * (returns / scale + eta * entropy)).mean()
    ### END SOLUTION


pathwise_loss = check("09.5", pathwise_loss)

# %% [markdown]
# Now put both to work in the three worlds, built from your own pieces. REINFORCE also once without its baseline.
# (Only the start's return goes into the pathwise loss here: its gradient holds all later actions already.)

# %%
def estimates(name, H, N=16000):
    """Gradients of single dreams, (N,) each, by way."""
    theta = torch.full((N,), THETA, dtype=torch.float64, requires_grad=True)
    reward, log_prob = dream(name, theta, H, seed=1)
    ones, nothing = torch.ones_like(reward), torch.zeros_like(reward)
    returns = lambda_return(reward, ones, torch.zeros(N, H + 1), GAMMA, 1.0)
    reach = reach_weights(ones, ones[:, 0], GAMMA)
    losses = {
        "pathwise": pathwise_loss(returns[:, :1], nothing[:, :1], reach[:, :1], 1.0, 0.0) / H,
        "REINFORCE": reinforce_loss(log_prob, nothing, returns, nothing, reach, 1.0, 0.0),
        "with baseline": reinforce_loss(log_prob, nothing, returns, returns.mean(0).expand(N, H), reach, 1.0, 0.0),
    }
    scaled = {way: -N * H * loss for way, loss in losses.items()}  # undo minus and mean: one gradient a dream
    return {
        way: torch.autograd.grad(x, theta, retain_graph=True)[0] if x.requires_grad else torch.zeros(N)
        for way, x in scaled.items()
    }

# %%
for name in worlds:
    print(f"{name}, 8 steps: the gradient is {truth[name][7]:.2f}")
    for way, g in estimates(name, 8).items():
        error = g.std() / len(g) ** 0.5
        print(f"   {way:14s} mean {g.mean():9.2f} (give or take {error:7.2f}), one dream {g.std():9.2f}")

# %% [markdown]
# - **Smooth.** All are right. Per dream, pathwise is far more precise, and the baseline helps REINFORCE a good deal.
# - **Chaotic.** Pathwise is still right *on average*. But a small push is folded and stretched eight times, so that
#   single dreams say things like plus or minus thousands. The average of 16,000 such numbers is worthless.
# - **Ledge.** A pathwise gradient is exactly 0: wherever you stand, a tiny step changes nothing. All the reward sits
#   in the jump, and the jump has no slope. No number of dreams helps. This is *bias*.
#
# Rewards of games are ledges: a coin, a goal, a point. And a learned model that imitates them well has steep steps.

# %% [markdown]
# ### What goes wrong: discrete actions by pathwise
#
# A choice among three actions has no dice to move theta out of. There is a trick, **straight-through**: send the
# chosen one-hot forward, and pretend on the way back that it was the probabilities. Chapter 07 does so for its
# latents. Is that right for actions? Here are three that pay 4, 4 and 1, as the square of a score. No sampling: we
# add up all three.

# %%
w, logits = torch.tensor([2.0, -2.0, 1.0]), torch.zeros(3, requires_grad=True)
pi = torch.softmax(logits, 0)
right = torch.autograd.grad((pi * w**2).sum(), logits, retain_graph=True)[0]

# %%
through = torch.zeros(3)
for a in range(3):
    one_hot = torch.eye(3)[a] + pi - pi.detach()  # straight-through
    through += pi[a].detach() * torch.autograd.grad(((w * one_hot).sum() ** 2), logits, retain_graph=True)[0]
print("the gradient    ", [round(x, 2) for x in right.tolist()])
print("straight-through", [round(x, 2) for x in through.tolist()])

# %% [markdown]
# The first two actions pay the same. Yet straight-through praises one and damns the other, and prefers the third,
# which pays least. It reads the slope of the reward *between* actions, where nobody ever is. So: **discrete actions,
# REINFORCE.** V2 and V3 use it on games. V3 uses it for everything, so as to have one setting: what it loses in
# precision it makes up with more dreams, which are cheap.

# %% [markdown]
# ### Exercise 09.6 - Find the bug: a critic that flatters
#
# Difficulty 2 of 5 · importance 5 of 5 · 6 minutes
#
# A friend has put actor and critic into one loss. One step, two actions, both pay 1. So the critic should say 1.

# %%
def actor_critic_loss_buggy(log_prob, returns, value):
    advantage = returns - value
    actor = -(advantage * log_prob).mean()
    critic = 0.5 * (advantage**2).mean()
    return actor + critic

# %%
def what_it_believes(loss, updates=150):
    logits, value = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    for _ in range(updates):  # both actions are equally likely, so a batch of one each is exact
        log_prob, returns = torch.log_softmax(logits, 0)[None], torch.ones(1, 2)
        grads = torch.autograd.grad(loss(log_prob, returns, value.expand(1, 2)), (logits, value))
        with torch.no_grad():
            logits -= 0.1 * grads[0]
            value -= 0.1 * grads[1]
    return value.item()

# %%
print(f"the critic believes {what_it_believes(actor_critic_loss_buggy):.3f}")

# %% [markdown]
# It is 0.69 too high. No crash, no warning, and the agent even learns a bit. Mend the loss.
#
# - All shapes are `(B, H)`. `returns` is a plain target without gradient.
# - The actor's term may move `log_prob` only, the critic's term `value` only. Return a scalar tensor.

# %%
def actor_critic_loss(log_prob: torch.Tensor, returns: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Actor and critic loss in one, a scalar."""
    # Begin with the lines above.
    ### BEGIN SOLUTION
    advantage = returns - value
    actor = -(advantage.detach() * log_prob).mean()
    critic = 0.5 * (advantage**2).mean()
    return actor + critic
    ### END SOLUTION


actor_critic_loss = check("09.6", actor_critic_loss)

# %%
print(f"the critic believes {what_it_believes(actor_critic_loss):.3f}")

# %% [markdown]
# ## 5. How large is a step?
#
# The advantage has the units of the reward, the entropy is in nats. Rewards times 1000, and the entropy's weight is
# gone. So V3 divides advantages by a scale $S$ that follows the returns:
#
# $$ S = \max\bigl(1,\ \text{Per}(R, 95) - \text{Per}(R, 5)\bigr) $$
#
# Percentiles, so that one odd dream does not count. A moving average over updates, so that one odd batch does not
# either. And never less than 1. (09b shows what happens without that.)

# %% [markdown]
# ### Exercise 09.7 - The range of returns
#
# Difficulty 2 of 5 · importance 4 of 5 · 10 minutes
#
# - `old`, shape `(2,)`: the running 5th and 95th percentile. `returns`, shape `(B, H)`. `decay`, near 1: how much of
#   the old range stays.
# - First update both percentiles with those of `returns` (all of them as one crowd). Then the scale is the new width,
#   at least 1.
# - Return `(new, scale)`, shape `(2,)` and a scalar tensor. Neither carries a gradient.

# %%
def return_range(old: torch.Tensor, returns: torch.Tensor, decay: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The running percentiles of the return, (2,), and the scale for advantages, a scalar."""
    # torch.quantile knows both percentiles at once.
    ### BEGIN SOLUTION
    shares = torch.tensor([0.05, 0.95], dtype=returns.dtype)
    now = torch.quantile(returns.detach().flatten(), shares)
    new = decay * old + (1 - decay) * now
    return new, (new[1] - new[0]).clamp(min=1.0)
    ### END SOLUTION


return_range = check("09.7", return_range)

# %% [markdown]
# Two hundred batches of returns, all much alike. But now and then the model goes mad and dreams one return of 1,000.

# %%
rng, now = np.random.default_rng(0), torch.zeros(2, dtype=torch.float64)
scales = {"largest - smallest": [], "standard deviation": [], "percentiles, running": []}
for _ in range(200):
    returns = torch.tensor(rng.normal(10, 3, size=(16, 15)))
    if rng.random() < 0.05:
        returns[0, 0] = 1000.0
    now, scale = return_range(now, returns, 0.95)
    for found, x in zip(scales.values(), (returns.max() - returns.min(), returns.std(), scale)):
        found.append(x.item())

# %%
picture = Picture(7.5, 3.4)
axes = picture.subplots()
for (name, line), colour, style in zip(scales.items(), (ORANGE, VERMILION, BLUE), ("-", "--", "-")):
    axes.plot(line, style, color=colour, label=name, linewidth=2 if colour == BLUE else 1)
axes.set_yscale("log")
plain_axes(axes, "What the actor's step is divided by", "batch", "scale (reward)")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure(picture, alt="Two scales jump by factors of ten and more whenever one return is odd; the running percentiles "
       "rise to about ten and stay.")

# %% [markdown]
# ## 6. Staying curious
#
# Dreams change. The model learns that the far door opens, and suddenly dreams hold a reward that they never held. Is
# the actor still able to notice? REINFORCE learns about actions it *takes*. A policy that is sure takes no others.
#
# Here one action pays 0.5 in the dream, the other nothing. After 200 updates the model learns that this
# other one pays 1.

# %%
def live(eta, updates=500, change=200, seed=0):
    """The probability of the second action after each update."""
    rng, logits, seen = torch.Generator().manual_seed(seed), torch.zeros(2, requires_grad=True), []
    optimizer = torch.optim.Adam([logits], lr=0.1)
    for update in range(updates):
        pay = torch.tensor([0.5, 1.0 if update >= change else 0.0])
        pi = torch.softmax(logits, 0)
        a = torch.multinomial(pi.detach(), 32, replacement=True, generator=rng)[None]  # (1, 32)
        entropy = -torch.xlogy(pi, pi).sum().expand(1, 32)
        value = (pi.detach() * pay).sum().expand(1, 32)
        loss = reinforce_loss(pi[a].log(), entropy, pay[a], value, torch.ones(1, 32), 1.0, eta)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(pi[1].item())
    return seen

# %%
lives = {eta: live(eta) for eta in (0.0, 0.03, 0.1, 0.3)}

# %%
picture = Picture(7.5, 3.4)
axes = picture.subplots()
for (eta, seen), colour, style in zip(lives.items(), (GREY, ORANGE, BLUE, VERMILION), (":", "--", "-", "-.")):
    axes.plot(seen, style, color=colour, label=f"eta = {eta:g}", linewidth=2)
axes.axvline(200, color=GREY, linewidth=1)
plain_axes(axes, "At update 200 the other action becomes better", "update", "its probability")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure(picture, alt="With eta 0.1 the policy turns soon after update 200; with less it turns late; with 0.3 it turns "
       "at once but never becomes sure.")

# %% [markdown]
# The entropy bonus is an insurance. The premium: the policy never quite does what it thinks best. Too high, and it
# dawdles for ever. It works in proportion to the scale of rewards. That is why section 5 came first: with returns of
# range 1, one eta fits all.
#
# ## 7. The critic and its slow twin
#
# The critic learns to say what the returns are. V3 lets it say so with a distribution over bins: a target return
# becomes weights on its two nearest bins (**two-hot**, in 09b), and the loss is a cross-entropy. And there is a
# second target: the **slow critic**, a copy that follows by 2 % at each update. The critic shall not run away from it.
#
# $$ L = \operatorname{mean}_{b,t}\; w_t \Bigl( \operatorname{CE}(\text{target}_t, p_t) + \beta\,
#    \operatorname{CE}(\text{slow}_t, p_t) \Bigr), \qquad \operatorname{CE}(q, p) = - \sum_k q_k \log p_k $$

# %% [markdown]
# ### Exercise 09.8 - The critic's loss
#
# Difficulty 3 of 5 · importance 4 of 5 · 12 minutes
#
# - `logits`, `target` and `slow_target` have shape `(B, H, K)`: one number a bin. The two targets are distributions,
#   the logits are not yet. `reach` has shape `(B, H)`, `weight` is beta.
# - Only the logits carry a gradient. Return a scalar tensor. It must be right for logits far apart, too.

# %%
def critic_loss(
    logits: torch.Tensor, target: torch.Tensor, slow_target: torch.Tensor, reach: torch.Tensor, weight: float
) -> torch.Tensor:
    """The critic's loss: cross-entropy to the returns, and to its slow copy, a scalar."""
    # Cross-entropy is linear in its target.
    ### BEGIN SOLUTION
    log_prob = torch.log_softmax(logits, -1)  # (B, H, K)
    both = (target + weight * slow_target).detach()
    return -(reach.detach() * (both * log_prob).sum(-1)).mean()
    ### END SOLUTION


critic_loss = check("09.8", critic_loss)

# %% [markdown]
# What does the second term do? With beta = 1 the best answer lies half way between the returns and the slow critic:
# there the gradient is 0.

# %%
target, slow = torch.tensor([[[0.0, 0.25, 0.75]]]), torch.tensor([[[0.5, 0.5, 0.0]]])
logits = ((target + slow) / 2).log().requires_grad_()
loss = critic_loss(logits, target, slow, torch.ones(1, 1), 1.0)
assert torch.allclose(torch.autograd.grad(loss, logits)[0], torch.zeros(3), atol=1e-6)

# %% [markdown]
# ### What goes wrong: a critic that believes itself
#
# A critic learns from returns that hold its own opinion. That can feed on itself. The smallest example is from
# Tsitsiklis and Van Roy (1997): two states, the first leads to the second, the second to itself. Nothing is ever
# paid, so both values are 0. But this critic has a single weight: it says $w$ for the first state and $2w$ for the
# second. Both states are trained alike.
#
# Three ways to use a slow copy: *none*; *target* (the slow one answers inside the returns, as in V2); *regularise*
# (the fresh one answers, and stays near the slow one, as in V3). Ten lines hold them all:

# %%
def watch(kind, lam, gamma=GAMMA, updates=300, rate=0.05, tau=0.02, pay=lambda u: 0.0, H=15):
    """The critic's weight after each update, from w = 1. Features are 1 and 2; `pay(u)` is paid at each step."""
    w = slow = 1.0
    seen, feature = [], torch.tensor([[1.0] + [2.0] * H, [2.0] * (H + 1)])  # two dreams, (2, H + 1)
    for u in range(updates):
        answer = slow if kind == "target" else w
        reward = torch.full((2, H), pay(u))
        R = lambda_return(reward, torch.ones(2, H), answer * feature, gamma, lam)[:, 0]
        x = feature[:, 0]
        step = ((R - w * x) * x).mean()
        step = step + ((slow - w) * x * x).mean() if kind == "regularise" else step
        w, slow = w + rate * step.item(), slow + tau * (w - slow)
        seen.append(w)
    return np.array(seen)

# %%
runs = {(kind, lam): watch(kind, lam) for kind in ("none", "target", "regularise") for lam in (0.0, 0.95)}

# %%
lag = {kind: watch(kind, 0.95, pay=lambda u: float(u >= 100)) for kind, lam in runs if lam}
picture = Picture(9.5, 3.5)
left, right = picture.subplots(1, 2)
styles = {"none": (ORANGE, "-"), "target": (VERMILION, "--"), "regularise": (BLUE, "-.")}
for kind, (colour, line) in styles.items():
    left.plot(runs[kind, 0.0], line, color=colour, label=f"{kind}, lambda 0")
    left.plot(runs[kind, 0.95], line, color=colour, alpha=0.4, linewidth=3, label=f"{kind}, lambda 0.95")
    right.plot(lag[kind], line, color=colour, label=kind)
left.set_yscale("log")
plain_axes(left, "The truth is 0", "update", "weight of the critic (reward)")
plain_axes(right, "At update 100 it begins to pay", "update", "weight of the critic (reward)")
left.legend(frameon=False, fontsize=8)
right.legend(frameon=False, loc="upper left")
figure(picture, alt="Left: with lambda 0 all three grow without end, those with a slow copy more slowly; with lambda "
       "0.95 none grows. Right: when rewards begin, the critic without a slow copy follows first.")

# %% [markdown]
# Two honest lessons.
#
# - A slow copy does not *cure* a critic that believes itself. It only slows it down. What cures it here is the long
#   return, which asks the critic later and less. (With gamma = 0.99 even that is too little in 15 steps: try it.)
# - A slow copy costs time: when the rewards change, the critic follows late. *Regularise* follows about as late as
#   *target*, but its returns, and so the actor's advantages, come from the fresh critic.
#
# What it buys with a large network is calm: targets that do not shake with every step of the optimiser. Whether that
# is worth the delay is a question for runs, not for a page: chapter 09c.

# %% [markdown]
# ## The library's version beside yours
#
# `mbrl_lite.agents.Behaviour` is the actor and the critic of all chapters to come. Give it a dream, any dream, and
# compare. Its slow critic is moved away from the critic first, so that the comparison means something.

# %%
from mbrl_lite.agents import Behaviour, BehaviourConfig
from mbrl_lite.envs import EnvSpec
from mbrl_lite.models import Dream

# %%
torch.manual_seed(0)
behaviour, B, H = Behaviour(8, EnvSpec("vector", (4,), 3), BehaviourConfig()), 32, 15
for parameter in behaviour.parameters():
    parameter.data += 0.1 * torch.randn_like(parameter)
feat, over = torch.randn(B, H + 1, 8), torch.rand(B, H) < 0.1
imagined = Dream(feat, torch.randint(3, (B, H)), torch.randn(B, H), 1.0 - over.float())
start_cont = (torch.rand(B) > 0.1).float()
theirs, info = behaviour.loss(imagined, start_cont)

# %% [markdown]
# And yours, from your functions:

# %%
settings, numbers = behaviour.config, behaviour.numbers
logits = behaviour.critic(feat)
value = numbers.mean(logits).detach()  # (B, H + 1)
returns = lambda_return(imagined.reward, imagined.cont, value, settings.gamma, settings.lam)
_, scale = return_range(torch.zeros(2), returns, settings.return_decay)
reach = reach_weights(imagined.cont, start_cont, settings.gamma)
pi = behaviour.policy(feat[:, :-1])
log_prob = pi.gather(-1, imagined.action[..., None])[..., 0].log()
entropy = -torch.xlogy(pi, pi).sum(-1)
actor = reinforce_loss(log_prob, entropy, returns, value[:, :-1], reach, scale, settings.entropy)
slow = numbers.encode(numbers.mean(behaviour.slow(feat[:, :-1])).detach())
critic = critic_loss(logits[:, :-1], numbers.encode(returns), slow, reach, settings.slow_weight)

# %%
for name, mine in (("actor", actor), ("critic", critic)):
    print(f"{name:6s} library {theirs[name].item():.6f}   yours {mine.item():.6f}")
    assert torch.allclose(theirs[name], mine, rtol=1e-4, atol=1e-6)

# %% [markdown]
# The same numbers. So the library's two losses hold nothing that you have not written. Chapter 09c takes your
# functions and lets them solve a task.
#
# ## What the papers found
#
# - *Dreamer* (V1, Hafner et al. 2020) learns by pathwise gradients, on robots in simulation. There the dynamics are
#   smooth and the actions continuous.
# - *DreamerV2* (2021) plays Atari: discrete actions, REINFORCE. On robots it kept the pathwise gradient.
# - *DreamerV3* (2023) uses REINFORCE for both, with normalised returns.
# - *Gradients are not all you need* (Metz et al. 2021) shows the middle panel of our first figure in robot simulators,
#   in molecules and in learned optimisers. *PIPPS* (Parmas et al. 2018) calls it the curse of chaos, and mixes both
#   ways by their variances.
#
# The claims that the course logs about the whole agent stand at the end of 09c.
#
# **Challenges**, without solution
#
# - Give the smooth world six independent copies and six parameters; the reward is the sum. How do the two errors grow
#   with the number of actions, and why only one of them?
# - Blur the ledge: replace the jump by a steep sigmoid. At which steepness is the pathwise gradient best, if you count
#   bias and variance together? A learned reward model does this to you unasked.
# - Mix both ways in the chaotic world, weighing each by one over its variance (PIPPS). Is the mixture ever better than
#   both?
#
# **Reading**
#
# - D. Hafner et al., *Dream to control: learning behaviors by latent imagination*, 2020. Section 3, 20 minutes.
# - D. Hafner et al., *Mastering diverse domains through world models*, 2023. "Critic learning" and "Actor learning",
#   15 minutes.
# - L. Metz et al., *Gradients are not all you need*, 2021. Sections 1 to 4, 30 minutes.
#
# ## Where you are
#
# (09.9 and later belong to 09b and 09c.)

# %% tags=["nbval-ignore-output"]
progress("09")

# %% [markdown]
# **Where next?** 09b breaks this agent on purpose, in one way after another, and mends it with the tricks of V3.
