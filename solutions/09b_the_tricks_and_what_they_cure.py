# %% [markdown]
# # 09b The tricks and what they cure
#
# **Each trick of DreamerV3 is a bandage over one wound. Make the wound first, then you know when you need the
# bandage.**

# %%
import numpy as np
import torch

from mbrl_lite.course import check, figure, hint, learned, progress

# %% [markdown]
# V3 plays Atari, walks robots and mines diamonds with *one* set of settings. What changes most between such worlds is
# the size of their numbers. So here is a small task: predict a reward from two features. It is `size` times something
# between 0 and 2, or 0. One network, one learning rate, 200 steps of Adam, five sizes. Only the way in which the
# network *says* a number differs:
#
# - *raw*: it says the number, and is punished by the squared error (V1 and V2);
# - *symlog*: it says the number's logarithm, more or less;
# - *two-hot*: it says a distribution over numbers (V3).

# %%
from torch import nn


def fit(outputs, loss, mean, size, optimizer=torch.optim.Adam, lr=1e-3, updates=200):
    """Root-mean-square error of a small network after training, as a share of `size`."""
    torch.manual_seed(0)
    layers = nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, outputs)
    net = nn.Sequential(*layers)
    nn.init.zeros_(layers[-1].weight)
    nn.init.zeros_(layers[-1].bias)
    steps = optimizer(net.parameters(), lr)
    for _ in range(updates):
        x, y = examples(64, size)
        steps.zero_grad()
        loss(net(x), y).mean().backward()
        steps.step()
    x, y = examples(1000, size)
    return (mean(net(x)) - y).pow(2).mean().sqrt().item() / size


def examples(n, size):
    x = 2 * torch.rand(n, 2) - 1
    return x, size * (1 + torch.sin(3 * x[:, 0])) * (x[:, 1] > 0)

# %%
from mbrl_lite.nn import make_numbers

SIZES = (0.01, 1, 10, 100, 1000)
errors = {}
for name in ("raw", "symlog", "two_hot"):
    numbers = make_numbers(name, 41)  # 41 bins, for two-hot
    errors[name] = [fit(numbers.outputs, numbers.loss, numbers.mean, size) for size in SIZES]

# %%
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, plain_axes

torch.manual_seed(0)
nothing = examples(10_000, 1.0)[1].pow(2).mean().sqrt().item()
signature = Picture(7.5, 3.8)
axes = signature.subplots()
for (name, found), colour, mark in zip(errors.items(), (ORANGE, GREEN, BLUE), ("s--", "^:", "o-")):
    axes.plot(SIZES, found, mark, color=colour, linewidth=2, label=name.replace("_", "-"))
axes.axhline(nothing, color=GREY, linewidth=1, label="always says 0")
axes.set_xscale("log")
axes.set_ylim(0, 1.2)
plain_axes(axes, "One learning rate, rewards of any size", "size of the rewards (reward)", "error (share of the size)")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure(signature, alt="Raw and symlog get worse as rewards grow, up to saying 0 and beyond. Two-hot is best from size "
       "10 on, and worst at size 0.01.")

# %% [markdown]
# Two-hot is the only one that does not get worse as the rewards grow. It also has a wound of its own, at the left
# end. By the end of this chapter you can say why.
#
# **You will be able to**
#
# - trigger five classic failures of an imagining agent, and name each by its symptom: a reward that is never learnt,
#   a loss that drowns the others, nonsense taken for news, a surprise without end, an actor that never tries,
# - write symexp, two-hot and its mean, and the entropy of a policy with unimix,
# - say which switches make V1, V2 and V3 out of one agent.
#
# **You need** 09a and chapter 07. **It takes** about two and a half hours:
#
# | part | minutes |
# |---|---|
# | 1. Rewards times a thousand | 25 |
# | 2. A number as a distribution | 45 |
# | 3. What it does to a world model | 15 |
# | 4. Rewards that are not there yet | 20 |
# | 5. Too sure to learn | 30 |
# | 6. Three Dreamers in one | 15 |
#
# ## 1. Rewards times a thousand
#
# Nothing about a task changes if its points are printed with three more zeros. What happens to a squared error?

# %%
raw = make_numbers("raw", 1)
for size in (1, 100):
    for name, optimizer, lr in (("SGD", torch.optim.SGD, 0.03), ("Adam", torch.optim.Adam, 1e-3)):
        error = fit(raw.outputs, raw.loss, raw.mean, size, optimizer, lr)
        print(f"size {size:3d}, {name:4s}: error {error:.2f} of the size")

# %% [markdown]
# Plain gradient descent *explodes*: its step grows with the error, the error with the step. Adam divides by the size
# of the gradient, so it only crawls: each weight moves by about 0.001 a step, whether the target is 1 or 1,000.
# Either way you would have to tune the learning rate for each game.
#
# The oldest cure is a logarithm. It must also take negative numbers, and 0. V3's **symlog**:
#
# $$ \operatorname{symlog}(x) = \operatorname{sign}(x) \ln(|x| + 1) $$

# %%
def symlog(x):
    return torch.sign(x) * torch.log1p(torch.abs(x))  # log1p(x) = ln(1 + x), exact for tiny x too


print(symlog(torch.tensor([-1000.0, -1.0, 0.0, 0.001, 1.0, 1000.0])))

# %% [markdown]
# Near 0 it changes nothing, and far away it squeezes 1,000 to 7. Train the network on `symlog(y)`. To read its answer
# you need the way back.

# %% [markdown]
# ### Exercise 09.9 - The way back from symlog
#
# Difficulty 1 of 5 · importance 4 of 5 · 5 minutes
#
# - `y` is a tensor of any shape. Return the x for which `symlog(x)` is `y`, in the same shape.
# - Keep the digits of tiny numbers: `symexp` of 0.00001 is 0.00001, and not 0.

# %%
def symexp(y: torch.Tensor) -> torch.Tensor:
    """The inverse of symlog, elementwise."""
    # First solve for positive x, then think of the other half.
    ### BEGIN SOLUTION
    return torch.sign(y) * torch.expm1(torch.abs(y))
    ### END SOLUTION


symexp = check("09.9", symexp)

# %%
x = torch.linspace(-50, 50, 101)
assert torch.allclose(symexp(symlog(x)), x, rtol=1e-5)

# %% [markdown]
# ### What goes wrong: symlog does not like risk
#
# A network that minimises a squared error learns a *mean*. If it does so in symlog space, it learns the mean of
# logarithms. Here are two slot machines. One pays 40, for sure. The other one pays 100 or nothing, half and half. It
# is worth 50.

# %%
machines = {"sure": torch.tensor([40.0, 40.0]), "coin": torch.tensor([0.0, 100.0])}
for name, returns in machines.items():
    believed = symexp(symlog(returns).mean())  # what minimises the squared error in symlog space
    print(f"{name}: worth {returns.mean():.0f}, believed {believed:.1f}")

# %% [markdown]
# It takes the sure 40 over the 50, as it believes them to be 9. Rewards by chance, and returns of a policy that
# explores, are all coins. So squeezing alone is a bandage that makes a new wound: it changes *what the agent wants*.
#
# ## 2. A number as a distribution
#
# The way out: say *all* the numbers that may come, each with its probability. Then the mean can be taken afterwards,
# in real units. The head has one output a **bin**, and V3 spaces the bins by symexp: close around 0, and ever wider.
# The target for a number $x$ puts weight on the two bins around it, so that their mean is $x$:
#
# $$ \text{weight of the upper bin} = \frac{x - b_k}{b_{k+1} - b_k}, \qquad b_k \le x \le b_{k+1} $$
#
# This is **two-hot**, a one-hot for numbers between the bins.

# %%
def make_bins(limit, K):
    """K bins, spaced by symexp from -symexp(limit) to symexp(limit), (K,)."""
    half = symexp(torch.linspace(0, limit, K // 2 + 1, dtype=torch.float64)).float()
    return torch.cat([-half[1:].flip(0), half])  # a mirror image, to the last digit


few = make_bins(5, 7)
print(few)

# %% [markdown]
# ### Exercise 09.10 - Two-hot
#
# Difficulty 3 of 5 · importance 5 of 5 · 15 minutes
#
# - `x` is a tensor of any shape `(...)`. `bins`, shape `(K,)`, grows from left to right. The bins need not be even.
# - Return weights of shape `(..., K)`. Only the two bins around x have any, and each row sums to 1.
# - Outside of all bins, the end bin gets everything.

# %%
def two_hot(x: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """Weights on the two bins around each number, (..., K)."""
    # Which bin is the first one not below x? torch.searchsorted knows.
    ### BEGIN SOLUTION
    x = x.clamp(bins[0], bins[-1])
    upper = torch.searchsorted(bins, x.contiguous()).clamp(1, len(bins) - 1)  # (...)
    low, high = bins[upper - 1], bins[upper]
    share = (x - low) / (high - low)
    weights = torch.zeros(*x.shape, len(bins), dtype=bins.dtype)
    weights.scatter_(-1, upper[..., None], share[..., None].to(bins.dtype))
    weights.scatter_(-1, upper[..., None] - 1, 1 - share[..., None].to(bins.dtype))
    return weights
    ### END SOLUTION


two_hot = check("09.10", two_hot)

# %%
for number in (0.0, 2.0, -30.0, 1e6):
    print(f"{number:9.0f}:", [round(w, 2) for w in two_hot(torch.tensor(number), few).tolist()])

# %% [markdown]
# The loss is the cross-entropy between target and prediction. Its gradient for the logits is *probability minus
# target*, so it never exceeds 1, whatever the rewards. This is the real cure: **the size of the number is gone from
# the gradient.**

# %%
logits = torch.zeros(7, requires_grad=True)
for number in (1.0, 1e6):
    loss = -(two_hot(torch.tensor(number), few) * torch.log_softmax(logits, -1)).sum()
    gradient = torch.autograd.grad(loss, logits)[0]
    assert torch.allclose(gradient, torch.softmax(logits, -1) - two_hot(torch.tensor(number), few), atol=1e-6)
    print(f"target {number:9.0f}: largest gradient {gradient.abs().max():.2f}")

# %% [markdown]
# And how is it read? Softmax, then the mean over bins. It looks like one line. First see how that line can fail, with
# V3's own bins: 255 of them, out to symexp(20), which is half a billion.

# %%
wide = make_bins(20, 255)
for spread in (0.01, 1.0):
    logits = spread * torch.randn(255, generator=torch.Generator().manual_seed(0)).double()
    says = (torch.softmax(logits, -1) * wide).sum().item()
    print(f"logits of size {spread:4}: the head says {round(says, -3):,.0f}")

# %% [markdown]
# Logits of a hundredth, and the fresh head promises *tens of thousands*. The actor would chase this for long. So V3
# sets the last layer of such heads to **zero**: then all bins are equally likely, left and right cancel, and the head
# says 0. Or does it?

# %%
print("exactly 0:", (torch.softmax(torch.zeros(255), -1) * wide).sum().item() == 0)

# %% [markdown]
# Not quite. Huge numbers cancel only to their last digit, and what is left depends on the order in which they are
# added. Everywhere else that would be dust; a critic should start at 0.

# %% [markdown]
# ### Exercise 09.11 - What a two-hot head says
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# - `logits` has shape `(..., K)`, `bins` shape `(K,)` with `bins[k] == -bins[K - 1 - k]`.
# - Return the mean of the softmax over bins, in real units, shape `(...)`.
# - Logits that are all equal must give *exactly* 0.

# %%
def two_hot_mean(logits: torch.Tensor, bins: torch.Tensor) -> torch.Tensor:
    """The expected number, (...)."""
    # In which order should these huge numbers be added?
    ### BEGIN SOLUTION
    parts = torch.softmax(logits, -1) * bins  # (..., K)
    return (parts + parts.flip(-1)).sum(-1) / 2  # each bin meets its mirror image first
    ### END SOLUTION


two_hot_mean = check("09.11", two_hot_mean)

# %%
assert two_hot_mean(torch.zeros(3, 255), wide).tolist() == [0.0, 0.0, 0.0]
for number in (-7.3, 0.4, 12_345.0):
    assert torch.isclose(two_hot_mean(two_hot(torch.tensor(number), wide).log(), wide), torch.tensor(number), rtol=1e-3)

# %% [markdown]
# Now back to the two slot machines. What minimises a cross-entropy is the *average target*. We can draw it.

# %%
bins = make_bins(7, 29)
average = {name: two_hot(returns, bins).mean(0) for name, returns in machines.items()}
picture = Picture(8, 3.3)
axes = picture.subplots()
for (name, weights), colour, shift in zip(average.items(), (ORANGE, BLUE), (-0.2, 0.2)):
    worth = (weights * bins).sum()
    axes.bar(torch.arange(29) + shift, weights, 0.4, color=colour, label=f"{name}: mean {worth:.1f}")
axes.set_xticks(range(14, 29, 2), [f"{b:.3g}" for b in bins[14::2]])
axes.set_xlim(13, 26)
plain_axes(axes, "A head that can say: nothing, or a hundred", "bin (reward, spaced by symexp)", "probability")
axes.legend(frameon=False)
figure(picture, alt="The sure machine has two neighbouring bars around 40. The coin has a bar at 0 and two around 100.")

# %% [markdown]
# Right on both: 40 and 50. No squeezing of what the agent wants, no size in the gradient. (The first version of V3
# took the mean in symlog space, and had the coin at 9 again.)
#
# Let your three functions repeat the task of the first figure.

# %%
bins = make_bins(14, 41)


def my_loss(logits, y):
    return -(two_hot(y, bins) * torch.log_softmax(logits, -1)).sum(-1)


mine = fit(41, my_loss, lambda logits: two_hot_mean(logits, bins), size=100)
print(f"size 100: yours {mine:.3f}, the library's {errors['two_hot'][SIZES.index(100)]:.3f}")
assert abs(mine - errors["two_hot"][SIZES.index(100)]) < 0.02

# %% [markdown]
# And the wound at the left end? Rewards of 0.01 lie between two bins, at 0 and 1. To say 0.01, the head has to say
# *one per cent of that bin*, to within a fraction of a per cent. It can, but it learns so slowly. So: more bins near
# 0, or make your rewards about 1. Two-hot heads do not mind large rewards. They do mind tiny ones.

# %%
print("the bins next to 0:", [round(b, 2) for b in bins[19:22].tolist()])

# %% [markdown]
# ## 3. What it does to a world model
#
# A world model's loss is a *sum*: see the observation, expect the reward, expect the end, two KLs. In such a sum a
# single term can drown the others. CartPole pays 1 a step. We collect a few steps by chance, multiply the rewards by
# 1,000, and train a small model, once with raw rewards, once with two-hot.

# %%
from mbrl_lite.data import Replay, Uniform
from mbrl_lite.envs import VecEnv, make
from mbrl_lite.models import ModelConfig, WorldModel

world, dice = VecEnv(lambda: make("CartPole-v1"), 4, seed=0), np.random.default_rng(0)
replay, action = Replay(world.spec, 4, capacity=512), np.zeros(4, int)
for _ in range(128):
    step = world.step(action)
    action = dice.integers(2, size=4)
    replay.add(step._replace(reward=1000 * step.reward), action)


def train(numbers, updates=60):
    """Losses by name before and after training, and the reward that the model expects at the end."""
    torch.manual_seed(0)
    small = ModelConfig(units=64, deter=64, groups=4, classes=8, numbers=numbers)
    model, sampler, seen = WorldModel(world.spec, small), Uniform(0), []
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    for _ in range(updates):
        batch = replay.sample(sampler, 16, 16)
        losses, states = model.loss(batch)
        adam.zero_grad()
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 100.0)
        adam.step()
        seen.append({name: loss.item() for name, loss in losses.items()})
    expected = model.predict(states.feat.detach())[0][~batch.is_first].mean().item()
    return seen[0], seen[-1], expected

# %%
for numbers in ("raw", "two_hot"):
    first, last, expected = train(numbers)
    print(f"{numbers}: after a step it expects {expected:.0f} (1,000 would be right)")
    for name in ("recon", "reward", "cont"):
        print(f"   {name:7s} {first[name]:12.2f} -> {last[name]:12.2f}")

# %% [markdown]
# With raw rewards the first loss is half a million for the reward and about 100 for what the model sees. The gradient
# is clipped, and nearly all of what is left points at the reward. The model still does not learn the reward, as 1,000
# is far, and *it learns to see a little more slowly as well*: compare the lines `recon`. With two-hot no one shouts.
#
# Whole agents take longer than this page. So this was stated before its first run: CartPole and DoorKey with all
# rewards times 1,000, with and without these tricks.

# %% tags=["nbval-ignore-output"]
from mbrl_lite.course import evidence

evidence("dreamerv3-scales")

# %% [markdown]
# One line of four is clear. On CartPole, raw numbers never arrive. In the other three the interval holds "no
# difference" as well, so the claim as a whole is *none*. We had expected more. Where did the harm go?
#
# Read section 1 again: Adam *crawls*, each weight by about 0.001 a step, whatever the size of the target. In CartPole
# an endless episode is worth 1,000 / (1 - 0.99) = 100,000. We looked into one of these runs: after 4,740 updates the
# critic expected 3,700. In DoorKey nothing is worth more than 1,000. That is near enough to crawl to.
#
# And the actor? Its gradient is a thousand times larger without normalisation, and Adam divides by that too. What no
# optimiser can mend is the *ratio* of return and entropy. In two seeds of five DoorKey was not learnt in time. In the
# one we looked into, the entropy was 0.35 after 3,000 steps, against 0.55 with normalisation, and it only sank. It was
# sure too early, and found the goal once in 20,000 steps. In the other three seeds unimix kept it trying. So the nets
# hang one behind the other. Cutting one hurts where no other is left, and you do not know beforehand where that is.
# V3 keeps them all.
#
# ## 4. Rewards that are not there yet
#
# Sparse rewards are the opposite case. Before the first goal is found, all dreamt returns are about 0. About: the
# reward head is a bit off here and there, by a hundredth.
#
# Many agents divide advantages by their standard deviation. Then a hundredth of nonsense looks like the news of the
# day. Here is a choice of four actions. The model believes by mistake that the second one pays 0.01 and the last one
# takes a little. At update 150 it finds the truth: the *last* one pays 1.

# %%
reinforce_loss, return_range = learned("09.4"), learned("09.7")


def sparse(scaling, updates=300, found=150, eta=3e-3):
    """The probability of the last action after each update."""
    rng, logits, seen = torch.Generator().manual_seed(0), torch.zeros(4, requires_grad=True), []
    adam, running = torch.optim.Adam([logits], 0.05), torch.zeros(2)
    for update in range(updates):
        pay = torch.tensor([0.003, 0.01, -0.005, 1.0 if update >= found else -0.008])
        pi = torch.softmax(logits, 0)
        a = torch.multinomial(pi.detach(), 64, replacement=True, generator=rng)[None]  # (1, 64)
        returns = pay[a] + 0.002 * torch.randn(1, 64, generator=rng)
        running, floored = return_range(running, returns, 0.99)
        scale = {"deviation": returns.std(), "range": running.diff()[0], "max(1, range)": floored}[scaling]
        entropy = -torch.xlogy(pi, pi).sum().expand(1, 64)
        value = (pi.detach() * pay).sum().expand(1, 64)
        loss = reinforce_loss(pi[a].log(), entropy, returns, value, torch.ones(1, 64), scale, eta)
        adam.zero_grad()
        loss.backward()
        adam.step()
        seen.append(pi[3].item())
    return seen


lives = {scaling: sparse(scaling) for scaling in ("deviation", "range", "max(1, range)")}

# %%
picture = Picture(7.5, 3.4)
axes = picture.subplots()
for (name, line), colour, style in zip(lives.items(), (VERMILION, ORANGE, BLUE), ("--", "-.", "-")):
    axes.plot(line, style, color=colour, label=name, linewidth=2)
axes.axvline(150, color=GREY, linewidth=1)
plain_axes(axes, "At update 150 the last action pays", "update", "its probability")
axes.legend(frameon=False, title="divided by", loc="upper left", bbox_to_anchor=(1, 1))
figure(picture, alt="Divided by the standard deviation, the last action is lost before it pays, and stays lost. With "
       "max(1, range) its probability rises to 1 within some 30 updates.")

# %%
for name, line in lives.items():
    print(f"divided by {name:14s} before: {line[149]:.4f}   50 updates later: {line[199]:.4f}")

# %% [markdown]
# By the standard deviation, the policy made up its mind about nothing at all. When the reward came, hardly anybody was
# left to try. The floor of 1 says: *a difference of a hundredth is a hundredth*. It is weighed against the entropy
# bonus, 0.003 nats, as it is. So the policy leans towards the nonsense, but it does not close. With the range and no
# floor it stays open too, but turns much later.
#
# The floor is in units of reward. So this trick assumes that rewards worth having are about 1 or larger. Divide a
# task's rewards by 1,000, and V3 will not want them. (Two-hot said the same, in section 2.)

# %% [markdown]
# ## 5. Too sure to learn
#
# A softmax can become certain: logits 0 and 20 give a probability of two in a billion. Two things then break.
#
# **In the model**, KL. The latent is a set of categoricals. If the prior is sure of one class and the posterior sees
# another, KL is huge, or not a number.

# %%
from mbrl_lite.nn import categorical_kl, unimix

for gap in (10.0, 50.0, 200.0):
    post, prior = torch.tensor([gap, 0.0, 0.0]), torch.tensor([0.0, gap, 0.0])
    bare = categorical_kl(torch.softmax(post, -1), torch.softmax(prior, -1))
    mixed = categorical_kl(unimix(post, 0.01), unimix(prior, 0.01))
    print(f"logits {gap:5.0f} apart: KL {bare:7.2f} nats, with one per cent mixed in {mixed:5.2f}")

# %% [markdown]
# **Unimix** is a one-line cure: mix one per cent of the uniform distribution into each categorical.
#
# $$ \pi = (1 - m)\, \operatorname{softmax}(\text{logits}) + \frac{m}{A}, \qquad m = 0.01 $$
#
# No class is ever impossible, so no surprise ever costs more than $\ln(A / m)$, about 6 nats here. (What keeps the KL
# from being too *small* is another pair of tricks, KL balance and free nats. Chapter 07 has them.)
#
# **In the actor**, silence. REINFORCE learns about actions that are taken. One in a billion is not. So the actor's
# policy is mixed too, and its entropy is that of the mixture.

# %% [markdown]
# ### Exercise 09.12 - The entropy of a policy that never closes
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# - `logits` has shape `(..., A)`. `mix` is the share of the uniform policy, from 0 to 1.
# - Return the entropy of the mixture in nats, shape `(...)`. It and its gradient must be numbers for any logits, also
#   with `mix = 0`.

# %%
def unimix_entropy(logits: torch.Tensor, mix: float) -> torch.Tensor:
    """Entropy of (1 - mix) softmax(logits) + mix / A, in nats, (...)."""
    # First the probabilities, then minus the sum of p log p.
    ### BEGIN SOLUTION
    pi = (1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-1]
    return -(pi * pi.clamp(min=1e-30).log()).sum(-1)  # 0 log 0 is 0, and no infinite slope comes back
    ### END SOLUTION


unimix_entropy = check("09.12", unimix_entropy)

# %%
for mix in (0.0, 0.01):
    least = unimix_entropy(torch.tensor([200.0, 0.0]), mix)
    print(f"mix {mix:4}: the entropy of two actions is never below {abs(least):.4f}")

# %% [markdown]
# Now an actor that *was* sure, of the wrong one: its logits are 20 and 0, and the other action pays 1. Can it come
# back?

# %%
def come_back(mix, updates=300, eta=3e-3):
    """The probability of the better action after each update, and how often it was tried."""
    rng, logits, seen = torch.Generator().manual_seed(0), torch.tensor([20.0, 0.0], requires_grad=True), []
    adam, pay, tried = torch.optim.Adam([logits], 0.05), torch.tensor([0.0, 1.0]), 0
    for _ in range(updates):
        pi = unimix(logits, mix)
        a = torch.multinomial(pi.detach(), 64, replacement=True, generator=rng)[None]
        value, entropy = (pi.detach() * pay).sum().expand(1, 64), unimix_entropy(logits, mix).expand(1, 64)
        loss = reinforce_loss(pi[a].log(), entropy, pay[a], value, torch.ones(1, 64), 1.0, eta)
        adam.zero_grad()
        loss.backward()
        adam.step()
        seen.append(pi[1].item())
        tried += int((a == 1).sum())
    return seen, tried


back = {mix: come_back(mix) for mix in (0.0, 0.01)}

# %%
picture = Picture(7.5, 3.3)
axes = picture.subplots()
for (mix, (seen, tried)), colour, style in zip(back.items(), (VERMILION, BLUE), ("--", "-")):
    axes.plot(seen, style, color=colour, linewidth=2, label=f"mix {mix:g}: tried {tried:,} times")
plain_axes(axes, "Sure of the wrong action", "update", "probability of the better one")
axes.legend(frameon=False)
figure(picture, alt="Without mixing, the better action stays at probability 0 and is never tried. With one per cent it "
       "is tried and takes over after some 200 updates.")

# %% [markdown]
# Never tried, never learnt, for ever. The entropy bonus does not help: its gradient dies out together with the
# probability. And with unimix? Look closely: the gradient of $\log \pi$ is tiny there too, since the softmax inside
# is as sure as before. But it is not 0, and it always points the same way, so Adam makes a full step of it. Unimix
# and Adam save the actor together. Try `torch.optim.SGD`.
#
# One trick is left on the list: a critic that stays near its slow copy. You met it in 09a, section 7, together with
# what it does *not* cure.

# %% [markdown]
# ## 6. Three Dreamers in one
#
# | | V1 (2020) | V2 (2021) | V3 (2023) | the switch |
# |---|---|---|---|---|
# | latent | Gaussian | categoricals | categoricals | `model.latent` |
# | KL | one weight | balanced | balanced | `model.beta_dyn`, `model.beta_rep` |
# | free nats | 3 | 0 | 1 | `model.free_nats` |
# | unimix | no | no | 1 % | `model.unimix`, `behaviour.unimix` |
# | numbers | raw | raw | two-hot | `model.numbers`, `behaviour.numbers` |
# | actor's gradient | pathwise | REINFORCE on Atari | REINFORCE | `behaviour.gradient` |
# | returns | as they are | as they are | by percentiles | `behaviour.returns` |
# | slow critic | none | target | regularise | `behaviour.critic` |
# | entropy bonus | none | yes | yes | `behaviour.entropy` |
#
# In the library these are switches of one agent. V3 is what you get if you say nothing:

# %%
from dataclasses import replace

from mbrl_lite.agents import BehaviourConfig, Dreamer, DreamerConfig

model = ModelConfig(units=32, deter=32, groups=4, classes=8)  # small: only to see them run
V3 = DreamerConfig(model=model, behaviour=BehaviourConfig(units=32), batch=8, length=8, starts=16)

# %%
V2 = replace(
    V3,
    model=replace(V3.model, numbers="raw", unimix=0.0, beta_dyn=0.8, beta_rep=0.2, free_nats=0.0),
    behaviour=replace(V3.behaviour, numbers="raw", unimix=0.0, returns="none", critic="target"),
)
V1 = replace(
    V2,
    model=replace(V2.model, latent="gaussian", beta_dyn=1.0, beta_rep=1.0, free_nats=3.0),
    behaviour=replace(V2.behaviour, gradient="pathwise", critic="none", entropy=0.0),
)

# %% [markdown]
# One update each, on the replay of section 3, with its rewards of 1,000. Read off who is in trouble, before you read
# on:

# %%
for name, config in (("V1", V1), ("V2", V2), ("V3", V3)):
    torch.manual_seed(0)
    metrics = Dreamer(world.spec, config).update(replay, Uniform(0))
    print(name, " ".join(f"{term} {metrics[term]:.3g}" for term in ("recon", "reward", "dyn", "actor", "critic")))

# %% [markdown]
# The column `reward`: for V1 and V2 it is half a million, as in section 3, and with it goes everything they could
# learn. Their actor and critic look calm, with losses near 0. But it is the calm of those who have not heard yet that
# there are rewards. V3's loss is a few nats.
#
# V1 and V2 are not worse *ideas*. Their authors clipped or squashed rewards, game by game. V3 moved this knowledge
# from the person into the agent.
#
# (In V1 the actions were continuous. With two discrete ones, as here, its pathwise gradient goes straight-through, and
# 09a showed what that is worth.)
#
# ## What the papers found
#
# The authors of V3 removed one trick after another (their figure on ablations). On most single tasks few of them
# matter; over all tasks together each does. That is what a bandage looks like: useless, until you bleed. What the
# course itself claims about them stands in section 3 and in 09c, each claim with its status.
#
# **Challenges**, without solution
#
# - Give `make_bins` more bins near 0, or narrower ones, until size 0.01 in the first figure is learnt as well as
#   the others. What does it cost at size 1,000?
# - In section 4, replace the standard deviation by its running mean over 100 updates. Is that enough?
# - Start `come_back` with logits 40 apart. How long does unimix need now? What would a mixture of ten per cent cost an
#   agent that has to do twenty things right in a row?
#
# **Reading**
#
# - D. Hafner et al., *Mastering diverse domains through world models*, 2023. "Robust predictions", and the figure of
#   ablations, 20 minutes.
# - M. Bellemare, W. Dabney and R. Munos, *A distributional perspective on reinforcement learning*, 2017. Sections 1
#   to 4, 40 minutes.
# - J. Farebrother et al., *Stop regressing: training value functions via classification*, 2024. Sections 1 to 3,
#   25 minutes.
#
# ## Where you are

# %% tags=["nbval-ignore-output"]
progress("09")

# %% [markdown]
# **Where next?** You have all the parts. 09c puts them together and lets your own Dreamer open a door.
