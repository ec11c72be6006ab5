# %% [markdown]
# # 07b What the ELBO pays
#
# **The ELBO pays a model for every pixel it explains, and charges it for every nat it had to look up.**

# %%
import os

import numpy as np
import torch

from mbrl_lite.course import check, figure, hint, progress

torch.set_default_dtype(torch.float64)  # small worlds: let assertions be exact
preset = os.environ.get("MBRL_LITE_PRESET", "laptop")

# %% [markdown]
# Below, a world so small that everything can be counted: a die $z$ with six sides, and an observation $o$ made from it.
# A model guesses which side it was, with a distribution $q(z)$. From left to right the guess gets better.

# %%
SIGMA = 0.5


def tiny_world(seed=0, K=6, size=3):
    """A prior p(z), (K,), the mean observation of each z, (K, size), and one observation o, (size,)."""
    g = torch.Generator().manual_seed(seed)
    prior = torch.softmax(torch.randn(K, generator=g), 0)
    means = torch.randn(K, size, generator=g)
    return prior, means, means[2] + SIGMA * torch.randn(size, generator=g)


prior, means, o = tiny_world()
log_lik = torch.distributions.Normal(means, SIGMA).log_prob(o).sum(-1)  # log p(o | z) for each z, (6,)
log_joint = prior.log() + log_lik  # log p(o, z)
log_evidence = torch.logsumexp(log_joint, 0)  # log p(o)
posterior = (log_joint - log_evidence).exp()  # p(z | o)

# %%
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, plain_axes

share = torch.linspace(0, 1, 101)[:, None]
guesses = (1 - share) * prior + share * posterior  # (101, 6): from not looking to knowing all that can be known
explained = (guesses * log_lik).sum(-1)  # E_q[log p(o | z)]
price = (guesses * (guesses / prior).log()).sum(-1)  # KL(q || p)

signature = Picture(7.5, 3.8)
axes = signature.subplots()
axes.plot(share, explained, color=GREEN, linestyle="--", label="what q explains, E[log p(o | z)]")
axes.plot(share, explained - price, color=BLUE, linewidth=2, label="the ELBO: that, less KL(q || p)")
axes.fill_between(share[:, 0], explained - price, explained, color=ORANGE, alpha=0.25, label="the price, KL(q || p)")
axes.axhline(log_evidence, color=GREY, linestyle=":", label="log p(o), the truth")
plain_axes(axes, "Paid and charged", "how much q has looked (0: prior, 1: posterior)", "nats")
axes.legend(frameon=False)
figure(signature, alt="The ELBO rises towards log p(o), touches it at the exact posterior, and never crosses it.")

# %% [markdown]
# The blue line never crosses the dotted one, and touches it once: where $q$ is exactly what can be known. So
# pushing the blue line up does two things at once. It makes $q$ right, and it makes the world likely. That is all of
# the RSSM's loss. The rest of this notebook takes it apart.
#
# **You will be able to**
#
# - derive the ELBO in four lines, and check each of them,
# - say what a half squared error has to do with probability,
# - compute KLs in closed form, and tell their direction,
# - pass gradients through samples, and say which of them are honest,
# - say which half of the KL trains what, and what *free* nats are.
#
# **You need** chapter 07a, expectations and logarithms. **It takes** about two hours:
#
# | part | minutes |
# |---|---|
# | 1. A bound | 20 |
# | 2. Squared error is a likelihood | 10 |
# | 3. The price | 25 |
# | 4. Gradients through chance | 25 |
# | 5. Who pays | 25 |
# | 6. Many steps | 15 |
# | 7. The library's | 5 |
#
# ## 1. A bound
#
# We want a model under which what happened was likely: $\log p(o)$ should be large. With a hidden $z$ it is a sum over
# everything that may have been:
#
# $$ \log p(o) = \log \sum_z p(z)\, p(o \mid z) $$

# %%
by_hand = sum(prior[z] * log_lik[z].exp() for z in range(6)).log()
assert torch.isclose(by_hand, log_evidence)
print(f"log p(o) = {log_evidence:.3f} nats")

# %% [markdown]
# (A **nat** is a unit of information, as the bit is, with the natural logarithm: a tossed coin tells $\ln 2$ = 0.69
# nats.) For six sides that is easy. But the $z$ of a Dreamer is made of 12 dice with 16 sides each. (07a's were 8
# normal numbers. DreamerV2 took dice, and from 07c on so do we.) These are $16^{12}$ terms, for one frame. Nobody can
# sum that. So let a second network guess which $z$ are worth looking at: $q(z)$. Put it in, above and below:
#
# $$ \log p(o) = \log \sum_z q(z) \frac{p(z)\, p(o \mid z)}{q(z)}
#    \;\ge\; \sum_z q(z) \log \frac{p(z)\, p(o \mid z)}{q(z)} $$
#
# The logarithm of a mean is at least the mean of logarithms: this is **Jensen's inequality**. The right side is the
# **ELBO**, the evidence lower bound. Split the fraction, and the two parts of our loss appear:
#
# $$ \mathrm{ELBO} = \underbrace{\mathbb E_q[\log p(o \mid z)]}_{\text{explained}}
#    - \underbrace{\mathrm{KL}(q \,\|\, p(z))}_{\text{price}}, \qquad
#    \mathrm{KL}(q \,\|\, p) = \sum_z q(z) \log \frac{q(z)}{p(z)} $$

# %%
def kl(q, p):
    """KL(q || p) of probabilities (..., C), in nats: (...)."""
    return (q * (q.log() - p.log())).sum(-1)


def elbo(q):
    return (q * log_lik).sum(-1) - kl(q, prior)


q = torch.softmax(torch.randn(1000, 6, generator=torch.Generator().manual_seed(1)), -1)  # a thousand guesses
jensen = (q * (prior.log() + log_lik - q.log())).sum(-1)  # the right side of the inequality
assert torch.allclose(elbo(q), jensen)
assert (elbo(q) < log_evidence).all()

# %% [markdown]
# How much is missing? Exactly this:
#
# $$ \log p(o) - \mathrm{ELBO} = \mathrm{KL}\bigl(q \,\|\, p(z \mid o)\bigr) $$
#
# The bound is as loose as the guess is wrong, and tight for the exact posterior.

# %%
assert torch.allclose(log_evidence - elbo(q), kl(q, posterior))
assert torch.isclose(elbo(posterior), log_evidence)

# %% [markdown]
# We cannot sum over $z$ in a large model, but we can draw. One draw $z \sim q$ gives an honest estimate of the first
# part. And so, on average, do the RSSM's single draws a step.

# %%
draws = torch.multinomial(q[0], 200_000, replacement=True, generator=torch.Generator().manual_seed(0))
sampled = log_lik[draws]
error = 4 * sampled.std() / len(draws) ** 0.5  # four standard errors
assert abs(sampled.mean() - (q[0] * log_lik).sum()) < error
print(f"drawn {sampled.mean():.3f}, summed {(q[0] * log_lik).sum():.3f}")

# %% [markdown]
# ## 2. Squared error is a likelihood
#
# Where does the half squared error of 07a come from? Say that each pixel is the drawing $\hat o$ plus Gaussian noise of
# size $\sigma$. Then, with $D$ pixels,
#
# $$ \log p(o \mid z) = -\frac{1}{2\sigma^2} \lVert o - \hat o \rVert^2 - \frac D2 \log(2\pi\sigma^2) $$
#
# The second part does not depend on the model. So the loss leaves it out.

# %%
half_square = ((o - means) ** 2).sum(-1) / (2 * SIGMA**2)
constant = len(o) / 2 * np.log(2 * np.pi * SIGMA**2)
assert torch.allclose(log_lik, -half_square - constant)

# %% [markdown]
# So $\sigma$ is an **exchange rate**: how many nats is a wrong pixel worth? With a small $\sigma$ pixels are dear,
# and the model looks up everything, at any price. With a large one it shrugs, and guesses. Implementations that sum or
# average the squared error over pixels choose a $\sigma$ without saying so. Averaging over $D$ pixels is
# the same as this:

# %%
averaged = ((o - means) ** 2).mean(-1) / 2
sigma_hidden = len(o) ** 0.5  # nobody wrote this number down
assert torch.allclose(averaged, ((o - means) ** 2).sum(-1) / (2 * sigma_hidden**2))
print("an averaged squared error of a 64x64x3 frame means sigma =", round((64 * 64 * 3) ** 0.5))

# %% [markdown]
# A sigma of 111, where pixels live between 0 and 1! Such a model pays nothing for drawing well. Part 5 shows what
# becomes of it. (With a sigma of 1 even our ball is worth less than 2 nats: less than it costs to say where it is.
# So the library tells grey pixels as coins: the brighter, the more likely heads. Heads are worth more.)
#
# ## 3. The price
#
# The KL is the price of looking. Where $q$ is what the prior said anyway, nothing has to be looked up: it is 0. It
# is never negative, and it is not symmetric.

# %%
assert torch.isclose(kl(prior, prior), torch.tensor(0.0)) and (kl(q, prior) > 0).all()
print(f"KL(q || p) = {kl(posterior, prior):.3f} nats, KL(p || q) = {kl(prior, posterior):.3f} nats")

# %% [markdown]
# For Gaussians the sum is an integral. It has a closed form, for each number of $z$
# ($q$ has mean $\mu_q$ and deviation $\sigma_q$, and so has $p$):
#
# $$ \mathrm{KL}(q \,\|\, p) = \log \frac{\sigma_p}{\sigma_q}
#    + \frac{\sigma_q^2 + (\mu_q - \mu_p)^2}{2 \sigma_p^2} - \frac12 $$
#
# Read it: a price for being sharper than the prior, a price for being elsewhere.

# %% [markdown]
# ### Exercise 07.6 - The KL of two Gaussians
#
# Difficulty 2 of 5 · importance 4 of 5 · 10 minutes
#
# - The four arguments are tensors of shape `(..., Z)`: means and standard deviations of Z independent numbers.
# - Return the KL in nats, summed over the Z numbers: shape `(...)`. It is part of a loss: gradients pass to all four.

# %%
def gaussian_kl(mean_q: torch.Tensor, std_q: torch.Tensor, mean_p: torch.Tensor, std_p: torch.Tensor) -> torch.Tensor:
    """KL(q || p) of diagonal Gaussians, in nats: (...)."""
    # Write the equation, then sum over the last axis.
    ### BEGIN SOLUTION
    each = (std_p / std_q).log() + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5
    return each.sum(-1)
    ### END SOLUTION


gaussian_kl = check("07.6", gaussian_kl)

# %% [markdown]
# Two forms of one thing: does the closed form agree with draws? By definition the KL is the mean of
# $\log q(z) - \log p(z)$ over draws from $q$.

# %%
from torch.distributions import Normal

args = tuple(map(torch.tensor, ([0.5, -1.0], [0.3, 0.8], [0.0, 0.2], [1.0, 0.5])))
torch.manual_seed(0)
q_z, p_z = Normal(*args[:2]), Normal(*args[2:])
z = q_z.sample((200_000,))  # (200000, 2)
logs = (q_z.log_prob(z) - p_z.log_prob(z)).sum(-1)
assert abs(logs.mean() - gaussian_kl(*args)) < 4 * logs.std() / len(z) ** 0.5
print(f"closed form {gaussian_kl(*args):.3f}, drawn {logs.mean():.3f}")

# %% [markdown]
# And for classes:

# %%
logs = (posterior.log() - prior.log())[torch.multinomial(posterior, 200_000, replacement=True)]
assert abs(logs.mean() - kl(posterior, prior)) < 4 * logs.std() / len(logs) ** 0.5

# %% [markdown]
# **Which way round?** Let the truth $p$ have two hills, and fit one Gaussian $q$ to it. KL(q || p) asks that $q$ be
# nowhere where $p$ is not: it takes one hill. KL(p || q) asks that $q$ be everywhere where $p$ is: it covers
# both, and the valley too.

# %%
x = torch.linspace(-6, 6, 1201)
hills = 0.5 * Normal(-2.0, 0.6).log_prob(x).exp() + 0.5 * Normal(2.0, 0.6).log_prob(x).exp()
m, s = torch.cartesian_prod(torch.linspace(-3, 3, 61), torch.linspace(0.3, 3, 55)).T[..., None]
bells = Normal(m, s).log_prob(x).exp()  # every candidate, (3355, 1201)
dx, tiny = 0.01, 1e-30
one_way = (bells * ((bells + tiny) / (hills + tiny)).log()).sum(-1) * dx  # KL(q || p)
other_way = (hills * ((hills + tiny) / (bells + tiny)).log()).sum(-1) * dx  # KL(p || q)

# %%
picture = Picture(7.5, 3.2)
axes = picture.subplots()
axes.fill_between(x, hills, color=GREY, alpha=0.3, label="p, two hills")
axes.plot(x, bells[one_way.argmin()], color=BLUE, label="best q by KL(q || p): one hill")
axes.plot(x, bells[other_way.argmin()], color=VERMILION, linestyle="--", label="best q by KL(p || q): both")
plain_axes(axes, "The direction decides", "z", "density")
axes.set_ylim(0, 0.85)
axes.legend(frameon=False)
figure(picture, alt="A narrow bell sits on one of two hills; a wide dashed bell spans both and the valley.")

# %% [markdown]
# The ELBO has KL(q || p) with the posterior as q. Seen from the *prior*, which is learnt too, it is the covering
# direction: the prior must put some mass wherever the posterior goes. That is what we want of a dream. It should be
# able to show all that may come.
#
# ## 4. Gradients through chance
#
# The encoder is trained through its draws. But how does a gradient pass a dice roll? For Gaussians: roll the dice
# elsewhere. This is the **reparametrisation**:
#
# $$ z = \mu + \sigma\, \varepsilon, \quad \varepsilon \sim \mathcal N(0, 1) \qquad\Rightarrow\qquad
#    \frac{\partial z}{\partial \mu} = 1, \quad \frac{\partial z}{\partial \sigma} = \varepsilon $$
#
# On average the gradient is right. A case with known answer: $\mathbb E[z^2] = \mu^2 + \sigma^2$ has the gradients
# $2\mu$ and $2\sigma$.

# %%
mu, sigma = torch.tensor(0.7, requires_grad=True), torch.tensor(0.4, requires_grad=True)
eps = torch.randn(200_000, generator=torch.Generator().manual_seed(0))
found = torch.autograd.grad(((mu + sigma * eps) ** 2).mean(), (mu, sigma))
print("drawn", [round(g.item(), 2) for g in found], " exact", [1.4, 0.8])
assert abs(found[0] - 1.4) < 0.02 and abs(found[1] - 0.8) < 0.02

# %% [markdown]
# A class has no $\varepsilon$ to shift: it is this one or that one. DreamerV2 cheats. Forward it uses the drawn one-hot
# vector. Backward it pretends that this vector *was* the vector of probabilities. This is **straight-through**.

# %% [markdown]
# ### Exercise 07.7 - Straight through
#
# Difficulty 3 of 5 · importance 5 of 5 · 8 minutes
#
# - `probs` has shape `(..., C)`, and may want a gradient. `index` has shape `(...)`, int64: the class that was drawn.
# - Return a tensor of shape `(..., C)`. Its *value* is one-hot: 1 at the drawn class.
# - Its *gradient* is that of `probs`: what comes back to the result goes on to `probs` unchanged, in all classes.

# %%
def straight_through(probs: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """A one-hot sample going forward, the gradient of the probabilities going back: (..., C)."""
    # What can you add to a one-hot vector that is 0 in value and not in gradient?
    ### BEGIN SOLUTION
    one_hot = torch.nn.functional.one_hot(index, probs.shape[-1]).to(probs.dtype)
    return one_hot + (probs - probs.detach())
    ### END SOLUTION


straight_through = check("07.7", straight_through)

# %% [markdown]
# Is it right on average? We can know: for few classes, $\mathbb E_q[f(z)] = \sum_z q(z) f(z)$ and its exact
# gradient are no problem. Try an $f$ that is a line, and one that is curved.

# %%
def gradients(f, logits, draws=20_000):
    """The exact gradient of E[f(z)] for the logits, and the straight-through one on average: (C,) each."""
    C, torch_seed = len(logits), torch.Generator().manual_seed(0)
    logits = logits.clone().requires_grad_()
    probs = torch.softmax(logits, -1)
    exact = torch.autograd.grad((probs * f(torch.eye(C))).sum(), logits, retain_graph=True)[0]
    index = torch.multinomial(probs.detach(), draws, replacement=True, generator=torch_seed)
    z = straight_through(probs.expand(draws, C), index)  # (draws, C)
    return exact, torch.autograd.grad(f(z).mean(), logits)[0]


logits, w = torch.tensor([0.5, 0.0, -0.5, 0.2]), torch.tensor([1.0, -0.5, 2.0, 0.3])
line = gradients(lambda z: z @ w, logits)
curved = gradients(lambda z: (2 * z @ w - 1) ** 3, logits)
assert torch.allclose(*line)  # for a line it is exact
assert (curved[0] - curved[1]).abs().max() > 0.1 * curved[0].abs().max()  # for a curve it is not

# %%
picture = Picture(8, 3)
for axes, (exact, through), name in zip(picture.subplots(1, 2), (line, curved), ("f a line", "f a curve")):
    axes.bar(np.arange(4) - 0.2, exact, 0.4, color=GREY, label="exact")
    axes.bar(np.arange(4) + 0.2, through, 0.4, color=BLUE, hatch="//", label="straight through")
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_xticks(range(4))
    plain_axes(axes, name, "class", "gradient of E[f] for its logit")
picture.axes[0].legend(frameon=False)
figure(picture, alt="For a line the bars agree; for a curve straight-through gradients differ from the exact ones.")

# %% [markdown]
# It is **biased**, and not by rounding. But it has little noise, and it works well where decoders are not too curved
# from one class to the next. That is a bet, not a theorem. V2 and V3 won it.
#
# ## 5. Who pays
#
# The KL can shrink in two ways. The prior may learn to foresee the posterior: good, that is a world model. Or the
# posterior may look less, so that there is nothing to foresee: that makes the dream easy and the drawing bad. Plain KL
# does both at the same rate. Early on the prior knows nothing, so the posterior is dragged towards nonsense.
#
# **KL balance** (DreamerV2) splits the one KL into two with the same value. The sign $\mathrm{sg}$ means: stop
# gradient, treat as a constant.
#
# $$ \mathcal L_{dyn} = \max\bigl(f, \mathrm{KL}(\mathrm{sg}(q) \,\|\, p)\bigr), \qquad
#    \mathcal L_{rep} = \max\bigl(f, \mathrm{KL}(q \,\|\, \mathrm{sg}(p))\bigr) $$
#
# The first trains the prior (the **dyn**amics), the second the posterior (the **rep**resentation). DreamerV3 weighs
# them 1 and 0.1. And $f$ are the **free nats**: below $f$ = 1 nat a step nothing is learnt. For a max has no
# gradient where the constant wins. So the model may look a little, for free, before it has to pay.

# %% [markdown]
# ### Exercise 07.8 - Who pays: KL balance
#
# Difficulty 3 of 5 · importance 5 of 5 · 15 minutes
#
# - `q` (posterior) and `p` (prior) are probabilities, shape `(B, T, Z, C)`: Z variables of C classes. None is 0.
# - `free` is a float, in nats, for all Z variables of one step together.
# - Return `(dyn, rep)`, shapes `(B, T)`, as in the equations. KLs of independent variables add up.

# %%
def kl_balance(q: torch.Tensor, p: torch.Tensor, free: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The two halves of the KL, (B, T) each: dyn trains the prior, rep the posterior."""
    # One KL, used twice. Which argument stands still in which?
    ### BEGIN SOLUTION
    def price(q, p):
        return (q * (q.log() - p.log())).sum((-2, -1)).clamp(min=free)

    return price(q.detach(), p), price(q, p.detach())
    ### END SOLUTION


kl_balance = check("07.8", kl_balance)

# %% [markdown]
# Who is pulled by what? Gradient norms tell.

# %%
torch.manual_seed(0)
raw = [torch.randn(2, 3, 4, 5, requires_grad=True) for _ in range(2)]  # logits of q and of p
q, p = (torch.softmax(logits, -1) for logits in raw)


def pulls(loss):
    """Gradient norms of the loss for the logits of q and of p."""
    grads = torch.autograd.grad(loss.sum(), raw, allow_unused=True, retain_graph=True)
    return [0.0 if g is None else g.norm().item() for g in grads]


dyn, rep = kl_balance(q, p, free=0.0)
assert torch.allclose(dyn, rep)  # the same number
assert pulls(dyn)[0] == 0 and pulls(dyn)[1] > 0 and pulls(rep)[0] > 0 and pulls(rep)[1] == 0
losses = {"dyn": dyn, "rep": rep, "plain KL": kl(q, p).sum(-1), "free = 99": kl_balance(q, p, 99.0)[0]}
for name, loss in losses.items():
    print(f"{name:9s} pulls the posterior {pulls(loss)[0]:.2f}, the prior {pulls(loss)[1]:.2f}")

# %% [markdown]
# The last line is a KL below its free nats: nobody is pulled.
#
# And a danger. If the prior ever says "impossible" and it happens, the KL is infinite. So V3 mixes 1 % of the uniform
# distribution into every categorical (**unimix**):
#
# $$ p \leftarrow (1 - \epsilon)\, p + \epsilon / C \qquad\Rightarrow\qquad
#    \mathrm{KL}(q \,\|\, p) \le \log (C / \epsilon) $$

# %%
def unimix(p, share=0.01):
    return (1 - share) * p + share / p.shape[-1]


sure, other = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0])
assert kl(unimix(sure, 1e-300), unimix(other, 1e-300)) > 600  # almost impossible, and it happened
assert kl(unimix(sure), unimix(other)) <= np.log(3 / 0.01)
print(f"with unimix at most {np.log(3 / 0.01):.1f} nats, here {kl(unimix(sure), unimix(other)):.1f}")

# %% [markdown]
# ### What goes wrong: posterior collapse
#
# Set the price too high, and the model stops looking. Put a factor $\beta$ before the KL, train a small auto-encoder
# with a random code on balls, and turn $\beta$ up. Try values of your own.

# %%
from torch import nn

from mbrl_lite.envs.ball import ball_sequences

balls = torch.from_numpy(ball_sequences(2000, 1, seed=100)[0]).reshape(2000, 256) / 255.0


class VAE(nn.Module):
    """A frame to a Gaussian code of 8 numbers, and back."""

    def __init__(self):
        super().__init__()
        self.see = nn.Sequential(nn.Linear(256, 64), nn.SiLU(), nn.Linear(64, 16))
        self.draw = nn.Sequential(nn.Linear(8, 64), nn.SiLU(), nn.Linear(64, 256))

    def forward(self, frame):
        mean, spread = self.see(frame).chunk(2, -1)
        std = 0.05 + nn.functional.softplus(spread)
        drawing = self.draw(mean + std * torch.randn_like(std))
        return drawing, gaussian_kl(mean, std, torch.zeros_like(mean), torch.ones_like(std))

# %%
def collapse(beta, updates=250 if preset == "smoke" else 1500):
    """Train with this price; return the KL in nats, the squared error a pixel, and four drawings."""
    torch.manual_seed(100)
    model = VAE().float()
    adam = torch.optim.Adam(model.parameters(), 4e-3)
    for _ in range(updates):
        frame = balls[torch.randint(2000, (128,))].float()
        drawing, paid = model(frame)
        loss = ((drawing - frame) ** 2).sum(-1) / (2 * 0.3**2) + beta * paid
        adam.zero_grad()
        loss.mean().backward()
        adam.step()
    with torch.no_grad():
        drawing, paid = model(balls[:500].float())
    return paid.mean().item(), ((drawing - balls[:500]) ** 2).mean().item(), drawing[:4].unflatten(-1, (16, 16))


betas = [0.1, 1.0, 4.0, 100.0]
outcomes = [collapse(beta) for beta in betas]

# %% tags=["nbval-ignore-output"]
rows = {"the world": balls[:4].unflatten(-1, (16, 16))}
rows |= {f"beta {beta:g}\n{paid:.1f} nats": drawings for beta, (paid, _, drawings) in zip(betas, outcomes)}
picture = Picture(9, 4)
left, axes = picture.subplots(1, 2, width_ratios=[1.2, 1])
left.imshow(torch.cat([torch.cat(list(row), 1) for row in rows.values()]), cmap="gray", vmin=0, vmax=1)
left.set(xticks=[])
left.set_yticks(16 * np.arange(5) + 8, list(rows))
left.set_title("Four balls, drawn at four prices", loc="left", fontsize=13)
axes.plot([paid for paid, _, _ in outcomes], [error for _, error, _ in outcomes], "o-", color=BLUE)
plain_axes(axes, "What a nat buys", "KL (nats a frame)", "squared error (a pixel)")
figure(picture, alt="With a growing beta the drawings blur; at 100 all four are the same grey cloud and the KL is 0.")
assert outcomes[3][0] < 0.1 < 1.0 < outcomes[1][0]  # nats looked up at beta 100, and at beta 1

# %% [markdown]
# At high prices the posterior *is* the prior. It looks up nothing, and each drawing is the mean of all balls. In an
# RSSM you see the same: KL at zero (or at the free nats), reconstructions that do not depend on what was seen, dreams
# of one grey cloud. The loss curve looks fine. Remember part 2: an averaged squared error does just this, in
# disguise. Chapter 07c ships such patients.
#
# ## 6. Many steps
#
# A sequence is explained step by step. The prior of step $t$ comes from the steps before, and so the ELBO of a
# sequence is a sum (PlaNet, equation 3):
#
# $$ \log p(o_{1:T}) \;\ge\; \sum_t \mathbb E_q\bigl[\log p(o_t \mid h_t, z_t)\bigr]
#    - \mathbb E_q\bigl[\mathrm{KL}(q(z_t \mid h_t, o_t) \,\|\, p(z_t \mid h_t))\bigr] $$
#
# Is that a bound too? Count. A chain of three states, three steps, 27 paths: each path has a probability under
# the prior, under $q$, and a likelihood.

# %%
import itertools

g = torch.Generator().manual_seed(3)
step_p = torch.softmax(torch.randn(3, 3, generator=g), -1)  # p(z_t | z_{t-1}); every chain starts in 0
step_q = torch.softmax(torch.randn(3, 3, 3, generator=g), -1)  # q(z_t | z_{t-1}, o_t): one table a step
log_o = torch.randn(3, 3, generator=g)  # log p(o_t | z_t) of the frames that came, by step and state
paths = list(itertools.product(range(3), repeat=3))


def along(path, table):
    """Log-probability of a path by tables, one a step."""
    return sum(table[t][before, z].log() for t, (before, z) in enumerate(zip((0, *path), path)))


log_p, log_q = (torch.stack([along(path, t) for path in paths]) for t in ([step_p] * 3, step_q))
log_o_path = torch.stack([sum(log_o[t, z] for t, z in enumerate(path)) for path in paths])  # (27,)
bound = (log_q.exp() * (log_o_path + log_p - log_q)).sum()
assert bound < torch.logsumexp(log_p + log_o_path, 0)

# %% [markdown]
# And the sum over steps, as in the equation, is the same number. At each step we need how likely $q$ is to be in each
# state.

# %%
total, here = 0.0, torch.tensor([1.0, 0.0, 0.0])  # q's probability of each state
for t in range(3):
    charged = here @ kl(step_q[t], step_p)  # the KL from each state, averaged
    here = here @ step_q[t]
    total = total + here @ log_o[t] - charged
assert torch.isclose(total, bound)

# %% [markdown]
# ### Exercise 07.9 - Find the bug: a bound that is none
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# A friend computes the ELBO of sequences like this:

# %%
def sequence_elbo_buggy(log_lik, q, p):
    price = (p * (p.log() - q.log())).sum((-2, -1))
    return (log_lik - price).sum(-1)

# %% [markdown]
# To test a bound, go where you know what it bounds. One step, one variable: our die, with a prior that is almost sure,
# and wrong. We try a thousand guesses.

# %%
sure = torch.tensor([0.01, 0.95, 0.01, 0.01, 0.01, 0.01])
truth = torch.logsumexp(sure.log() + log_lik, 0)  # log p(o)
q = torch.softmax(2 * torch.randn(1000, 6, generator=torch.Generator().manual_seed(1)), -1)
batch = ((q * log_lik).sum(-1)[:, None], q[:, None, None], sure.expand(1000, 1, 1, 6))  # (B, T), (B, T, Z, C) twice
above = (sequence_elbo_buggy(*batch) > truth).sum()
print(f"{above} of 1000 guesses lie above log p(o) = {truth:.2f}, which nothing can exceed")

# %% [markdown]
# Copy the function, find the bug, mend it.
#
# - `log_lik` has shape `(B, T)`: the explained part of each step. `q` and `p` are probabilities `(B, T, Z, C)`, the
#   posterior and the prior of each step. None is 0.
# - Return the ELBO of each sequence, shape `(B,)`.

# %%
def sequence_elbo(log_lik: torch.Tensor, q: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    """The ELBO of each sequence, in nats: (B,)."""
    # Over which of the two is the average taken?
    ### BEGIN SOLUTION
    price = (q * (q.log() - p.log())).sum((-2, -1))
    return (log_lik - price).sum(-1)
    ### END SOLUTION


sequence_elbo = check("07.9", sequence_elbo)

# %%
assert (sequence_elbo(*batch) < truth).all()
assert torch.allclose(sequence_elbo(*batch), (q * log_lik).sum(-1) - kl(q, sure))

# %% [markdown]
# A flipped KL crashes nothing, and training runs. It can even look better: a higher "ELBO". But the posterior is then
# punished for *not* being where the prior is, so it stays wide and blurred. If your bound beats the truth, it is
# no bound.
#
# ## 7. The library's
#
# The library has the same pieces, for both kinds of latent.

# %%
from mbrl_lite.models.latents import Categorical, Gaussian
from mbrl_lite.models.world_model import kl_balance as library_balance

torch.manual_seed(0)
q, p = (torch.softmax(torch.randn(2, 3, 4, 5), -1) for _ in range(2))
theirs = library_balance(Categorical(4, 5, 0.01), q, p, 1.0)
assert all(torch.allclose(mine, other) for mine, other in zip(kl_balance(q, p, 1.0), theirs))
pairs = [torch.stack(args[i : i + 2], -1) for i in (0, 2)]  # (Z, 2): mean and deviation
assert torch.allclose(Gaussian(2).kl(*pairs).sum(-1), gaussian_kl(*args))

# %% [markdown]
# **What the papers found.** DreamerV2 reports that KL balance, and categorical latents, each helped on most of 55 Atari
# games (Hafner et al., 2021, section 3). DreamerV3 (2023) fixed one set of weights, 1 and 0.1, and one nat for free,
# for all domains. Chapter 09 asks what each trick is worth here.
#
# **Challenges**, without solution
#
# - For part 4: estimate the gradient by REINFORCE, $f(z) \nabla \log q(z)$. It is unbiased. How many draws does it need
#   to beat straight-through?
# - Draw several $z$ from $q$ and average *inside* the logarithm (importance weighting). Is the bound tighter? Prove it.
# - Which $\sigma$ is best for the balls, if it is learnt too?
#
# **Reading**
#
# - D. Kingma and M. Welling, *Auto-Encoding Variational Bayes*, 2014, section 2. 25 minutes.
# - D. Hafner et al., *Learning Latent Dynamics for Planning from Pixels* (PlaNet), 2019, section 3 and appendix on the
#   bound. 20 minutes.
# - D. Hafner et al., *Mastering Atari with Discrete World Models* (DreamerV2), 2021, section 2. 20 minutes.

# %% tags=["nbval-ignore-output"]
progress("07")

# %% [markdown]
# **Where next?** Chapter 07c leaves the ball and lets the same model learn that doors open.
