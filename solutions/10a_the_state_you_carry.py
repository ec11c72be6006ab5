# %% [markdown]
# # 10a The state you carry
#
# **Drama is a Dreamer with a Mamba-2 for a memory and eyes that need none. That makes training fast: all steps at
# once. And it leaves one thing that must not go wrong: the agent has to act with the very state it was trained with.**

# %%
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mbrl_lite.course import check, figure, hint, progress

# %% [markdown]
# A corridor with a known answer. In the first frame a cue is shown, -1 or 1, and never again. Later frames hold a lamp
# that is on or off, which means nothing. At any time somebody may ask: what was the cue? Whoever remembers is right
# always, whoever does not half of the time. (The library's environment `RecallCorridor` is much like it.)

# %%
def corridors(B, T, rng):
    """Frames (B, T, 2) of B corridors, cue and lamp, and what the cues were, (B,), 0 or 1."""
    cue = torch.randint(2, (B,), generator=rng)
    frames = torch.zeros(B, T, 2)
    frames[:, 0, 0] = 2.0 * cue - 1
    frames[:, :, 1] = (torch.rand(B, T, generator=rng) < 0.2).float()
    return frames, cue

# %% [markdown]
# A small Mamba-2 learns to answer, at each of 48 steps. (Here it is taught by the right answers. There is no agent yet,
# only its memory.)

# %%
from mbrl_lite.sequence import make_sequence

torch.manual_seed(0)
rng = torch.Generator().manual_seed(0)
memory, readout = make_sequence("mamba2", 2, 16, layers=1, head=8, state=8, chunk=16), nn.Linear(16, 1)
adam = torch.optim.Adam([*memory.parameters(), *readout.parameters()], 5e-3)
for _ in range(150):
    frames, cue = corridors(16, 48, rng)
    h, _ = memory(frames, torch.arange(48).expand(16, -1) == 0)
    asked = readout(h).squeeze(-1)  # (B, T)
    loss = F.binary_cross_entropy_with_logits(asked, cue[:, None].float().expand(-1, 48))
    adam.zero_grad(), loss.backward(), adam.step()

# %% [markdown]
# Now it is used, and there are two ways to. *Carried*: the state goes from step to step, as in training (and so all
# steps may be computed at once). *Window*: the state is thrown away, and at each step the last 16 frames are read anew
# from an empty one. The second is how the code of Drama, as released, acts in the world.

# %%
DELAYS = (0, 4, 8, 12, 15, 16, 20, 24, 32, 47)
with torch.no_grad():
    frames, cue = corridors(2000, 48, rng)
    nothing_new = torch.zeros(2000, 48, dtype=torch.bool)

    def right(h):
        return ((readout(h).squeeze(-1) > 0) == (cue > 0)).float().mean().item()

    whole, _ = memory(frames, nothing_new)
    carried = [right(whole[:, t]) for t in DELAYS]
    seen = [frames[:, max(0, t - 15) : t + 1] for t in DELAYS]
    window = [right(memory(part, nothing_new[:, : part.shape[1]])[0][:, -1]) for part in seen]

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, plain_axes

signature = Picture(7.5, 3.6)
axes = signature.subplots()
axes.plot(DELAYS, carried, "o-", color=BLUE, label="the state is carried")
axes.plot(DELAYS, window, "s--", color=VERMILION, label="the last 16 frames, anew")
axes.axhline(0.5, color=GREY, linestyle=":", label="guessing")
axes.set_ylim(0.4, 1.05)
plain_axes(axes, "The same weights, used in two ways", "age of the cue (steps)", "share of right answers")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
figure(signature, alt="With a carried state all answers are right at any age of the cue. With a window of 16 frames "
       "they are right up to age 15, and from 16 on half of them: guessing.")

# %% [markdown]
# (The window's line lies a little below one half. Who knows nothing gives one answer to all, and somewhat fewer than
# half of these cues agree with it.)
#
# Nothing was learnt in between. The weights that remember 47 steps remember 15, because somebody calls them in another
# way than they were trained. A wrong gradient shows in the loss. This does not show anywhere. That is the kind of fault
# this chapter is about.
#
# **You will be able to**
#
# - name each part of Drama, say how many numbers it has, and how many it carries,
# - train over a whole window at once, and prove that it is the same as living through it step by step,
# - write Drama's sampler, DFS, and say what it does and what it does not,
# - find faults that real releases had: in what is mixed, decayed, counted, stored and carried.
#
# **You need** chapters 07 and 09; chapter 08 for what happens inside Mamba-2. **It takes** about three hours:
#
# | part | minutes |
# |---|---|
# | 1. The parts and their numbers | 30 |
# | 2. A whole window at once | 35 |
# | 3. What the prior is held against | 35 |
# | 4. The sampler | 45 |
# | 5. Acting | 35 |
#
# Everything here runs in seconds, and no game is played. Memory tasks, a game, and what the agent is worth in return
# stand in notebook 10b.
#
# ## 1. The parts and their numbers
#
# Drama (Wang et al., 2025) is a Dreamer with other parts in four places:
#
# | | Dreamer (09) | Drama |
# |---|---|---|
# | memory | GRU, $h_t = f(h_{t-1}, x_t)$ | Mamba-2 |
# | posterior | sees memory and frame, $q(z_t \mid h_t, o_t)$ | sees its frame alone, $q(z_t \mid o_t)$ |
# | heads | all read $[h_t, z_t]$ | the decoder reads $z_t$; reward and end read $h_t$ |
# | replay | uniform, or a share with rewards | dynamic frequency-based sampling (DFS): by counters |
#
# How can $h_t$ know the reward that arrives with step $t$? It was paid for what was done in step $t - 1$, and that
# $h_t$ has taken in. Where only the frame tells how it came out, such a head expects the average.
#
# In the library all this is one word.

# %%
from mbrl_lite.agents import Dreamer
from mbrl_lite.envs import EnvSpec
from mbrl_lite.training import preset

laptop, published = preset("laptop", agent="drama"), preset("drama100k", device="cpu")
for name, config in (("laptop", laptop), ("published", published)):
    model = config.agent.model
    print(f"{name:10}{model.sequence} {model.sequence_options}, posterior={model.posterior}, heads={model.heads}")

# %% [markdown]
# How large are they? The *laptop* sees a door world through a 7 x 7 peephole, and knows seven actions. The *published*
# one sees 64 x 64 pixels in colour, and knows six.

# %%
def sizes(spec, config):
    """Numbers to learn in each part of an agent."""
    agent = Dreamer(spec, config.agent)
    w, b = agent.model, agent.behaviour
    parts = {"encoder": w.encoder, "decoder": w.decoder, "Mamba-2": w.rssm.sequence, "prior": w.rssm.prior_head}
    parts |= {"reward head": w.reward_head, "end head": w.cont_head, "actor": b.actor, "critic": b.critic}
    count = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
    return count | {"input, posterior": sum(p.numel() for p in w.rssm.parameters()) - count["Mamba-2"] - count["prior"]}

# %%
small = sizes(EnvSpec("grid", (7, 7, 3), 7), laptop)
large = sizes(EnvSpec("image", (64, 64, 3), 6), published)
print(f"{'':18}{'laptop':>10}{'published':>12}")
for name in small:
    print(f"{name:18}{small[name]:10,}{large[name]:12,}")
for title, left_out in (("world model", ("actor", "critic")), ("all", ())):
    total = [sum(n for name, n in part.items() if name not in left_out) for part in (small, large)]
    print(f"{title:18}{total[0]:10,}{total[1]:12,}")

# %% [markdown]
# Seven million for a world model of Atari, as in the paper. (The authors' own has 7,155,459.)
# About half of them are the memory.
#
# What does one Mamba-2 layer hold? Chapter 08 derives it; here are its equations once more, with signs and names as in
# Drama's code: $A$ is positive, and the state is called $S$, for $h$ is now what comes out. The layer gets $u_t$, a
# vector of $D$ numbers. With $I = \text{expand} \cdot D$ channels, $H = I / P$ heads of $P$ channels each:
#
# $$ [z_t, x_t, B_t, C_t, \Delta_t] = W u_t, \qquad [x_t, B_t, C_t] \leftarrow \text{silu}(\text{conv}_K(x, B, C)_t) $$
#
# $$ S_t = e^{-\Delta_t A} S_{t-1} + \Delta_t\, x_t B_t^\top, \qquad y_t = S_t C_t + D_{\text{skip}}\, x_t, \qquad
#    \text{out}_t = W_{\text{out}}\, \text{norm}(y_t \odot \text{silu}(z_t)) $$
#
# $z_t$ and $x_t$ have $I$ numbers, $B_t$ and $C_t$ have $N$ each *for all heads together*, $\Delta_t$ has one a head,
# to which a learnt bias is added. $A$ and $D_{\text{skip}}$ are learnt, one number a head. $W$ and $W_{\text{out}}$
# have no bias. The convolution looks at the last $K$ steps, each channel by itself, and has a bias. The norm has a gain
# for each channel and nothing else.
#
# ### Exercise 10.1 - What a layer holds, and what it carries
#
# Difficulty 2 of 5 · importance 3 of 5 · 12 minutes
#
# - `D` (the width of $u_t$), `N`, `expand`, `P` and `K` are whole numbers, as above; `P` divides `expand * D`.
# - Return `(parameters, carried)`: how many numbers are learnt in one layer, and how many must be handed from one step
#   to the next, for one sequence.
# - Nothing but arithmetic. The check builds such a layer and counts.

# %%
def mamba2_numbers(D: int, N: int, expand: int, P: int, K: int) -> tuple[int, int]:
    """Parameters of a Mamba-2 layer, and the numbers it carries from step to step."""
    # Letter by letter: which shape has what is learnt? And what must step t know of the past?
    ### BEGIN SOLUTION
    I = expand * D
    H = I // P
    conv = I + 2 * N
    parameters = D * (I + conv + H) + conv * (K + 1) + 3 * H + I + I * D
    return parameters, I * N + (K - 1) * conv
    ### END SOLUTION


mamba2_numbers = check("10.1", mamba2_numbers)

# %%
D, options = published.agent.model.deter, published.agent.model.sequence_options
parameters, carried_numbers = mamba2_numbers(D, options["state"], options["expand"], options["head"], 4)
layers = options["layers"]
print(f"{layers} layers: {layers * parameters:,} parameters, {layers * carried_numbers:,} numbers carried")
print(f"a Transformer of this width and depth keeps {2 * layers * D:,} more with each step")

# %% [markdown]
# (The table counts a little more: a layer that brings the input to the width of the memory, and a norm before each
# layer.)
#
# Two things to keep from this. What is carried does not grow with time; after twenty steps the Transformer's memory is
# the larger one. And it is *not* $h_t$. For a GRU the output is the memory, 512 numbers. Here the output has 512
# numbers and the memory has thousands. Whoever saves $h$ only has saved nothing. (In the library a state is a
# `Latent(h, z, carry)`.)
#
# ## 2. A whole window at once
#
# A GRU world model is trained in a loop: $z_t$ needs $h_t$, and $h_{t+1}$ needs $z_t$. Drama cuts the first of these
# arrows. The posterior sees its frame alone:
#
# $$ z_t \sim q(z_t \mid o_t), \qquad x_t = [z_{t-1}, a_{t-1}], \qquad h_{1:T} = f(x_{1:T}), \qquad p(z_t \mid h_t) $$
#
# So all $z$ of a window are known in one go. Then all inputs are. Then all $h$, for Mamba-2 takes a whole sequence. No
# loop is left. What remains to be done by hand is putting the inputs in order.
#
# ### Exercise 10.2 - The inputs of a whole window
#
# Difficulty 2 of 5 · importance 5 of 5 · 10 minutes
#
# - `z`, shape `(B, T, Z)`: what was seen at step t. `action`, shape `(B, T, A)`: what was done at step t.
# - `is_first`, bool `(B, T)`: step t begins a new life. It may come anywhere in a window, also at t = 0, also twice.
# - `z0`, shape `(B, Z)`, and `a0`, shape `(B, A)`: what was seen and done just before the window.
# - Return x, shape `(B, T, Z + A)`: at step t the z and the action of the step *before*, and all zero where a life
#   begins. Gradients flow through.

# %%
def model_inputs(
    z: torch.Tensor, action: torch.Tensor, is_first: torch.Tensor, z0: torch.Tensor, a0: torch.Tensor
) -> torch.Tensor:
    """What the sequence model takes in at each step of a window, (B, T, Z + A)."""
    # One step later, and empty where nobody has lived yet.
    ### BEGIN SOLUTION
    before_z = torch.cat([z0[:, None], z[:, :-1]], 1)
    before_a = torch.cat([a0[:, None], action[:, :-1]], 1)
    return torch.cat([before_z, before_a], -1) * ~is_first[..., None]  # (B, T, Z + A)
    ### END SOLUTION


model_inputs = check("10.2", model_inputs)

# %% [markdown]
# Now Drama's forward pass by hand, with your inputs and the library's layers. The world is a made-up one, with resets
# in the middle. (For this part $z$ is a plain vector, so that nothing is drawn and two ways can be compared.)

# %%
from mbrl_lite.data import Batch
from mbrl_lite.models import WorldModel

torch.manual_seed(0)
plain = replace(laptop.agent.model, units=32, deter=32, latent="deterministic", groups=8)
model = WorldModel(EnvSpec("vector", (3,), 2), plain)
B, T = 4, 40
is_first = (torch.rand(B, T) < 0.1) | (torch.arange(T) == 0)
no = torch.zeros(B, T, dtype=torch.bool)
batch = Batch(torch.randn(B, T, 3), torch.randint(2, (B, T)), torch.randn(B, T), is_first, no, no)

# %%
rssm, action = model.rssm, F.one_hot(batch.action, 2).float()
first_layer = torch.cat([rssm.from_z.weight, rssm.from_action.weight], 1).detach()  # of the input [z, a]
with torch.no_grad():
    z = rssm.posterior_out(F.silu(rssm.norm(rssm.from_embed(model.encoder(batch.obs)))))  # (B, T, Z): no h, no loop
    x = model_inputs(z, action, is_first, torch.zeros(B, 8), torch.zeros(B, 2))
    h, _ = rssm.sequence(F.silu(rssm.input_norm(x @ first_layer.T)), is_first)
    states = model.observe(batch).states
assert torch.allclose(z, states.z, atol=1e-6) and torch.allclose(h, states.h, atol=1e-5)

# %% [markdown]
# Yours and the library's agree. Now the law that matters: **training in parallel = acting step by step with a carried
# state**. `filter` is what the library's agent calls at each step of its life.

# %%
with torch.no_grad():
    state, lived = None, []
    for t in range(T):
        before = batch.action[:, t - 1] if t else torch.zeros(B, dtype=torch.long)
        state = model.filter(batch.obs[:, t], before, is_first[:, t], state)
        lived.append(state.h)
at_once = states.h
assert torch.allclose(torch.stack(lived, 1), at_once, atol=1e-5)

# %% [markdown]
# What does it buy? The time of one forward and backward pass over windows of 256 steps. (Your numbers will differ from
# these; the map of widths, lengths and batches is in chapter 08.)

# %% tags=["nbval-ignore-output"]
def seconds(**parts):
    """Of one pass of a world model forth and back, the best of three."""
    model = WorldModel(EnvSpec("vector", (3,), 2), replace(plain, units=128, deter=128, **parts))
    shape, took = (2, 256), []
    no = torch.zeros(shape, dtype=torch.bool)
    window = Batch(torch.randn(*shape, 3), torch.randint(2, shape), torch.randn(shape), no, no, no)
    for _ in range(3):
        clock = time.perf_counter()
        sum(model.loss(window)[0].values()).backward()
        took.append(time.perf_counter() - clock)
    return min(took)


loop = seconds(sequence="gru", sequence_options={}, posterior="history")
parallel = seconds()
print(f"GRU, posterior sees h, a loop: {1000 * loop:.0f} ms;  Mamba-2, frame alone: {1000 * parallel:.0f} ms")

# %% [markdown]
# And what does it cost? Two frames that look alike get the same $z$, whatever came before. So $z_t$ knows *nothing*
# that the frame does not show. All that is remembered is in $h_t$.

# %%
twin = batch.obs.clone()
twin[:, 20] = twin[:, 5]  # frame 20 is shown again as it was at step 5
with torch.no_grad():
    again = model.observe(batch._replace(obs=twin)).states
assert torch.equal(again.z[:, 5], again.z[:, 20])
assert not torch.allclose(again.h[:, 5], again.h[:, 20], atol=1e-3)

# %% [markdown]
# Two decisions follow. The decoder reads $z$ alone: $h_t$ has nothing to add to a frame that is right there. And the
# policy must read $[h_t, z_t]$: one for what was, the other for what is. Give it $z$ only, and it is blind to the past.
#
# ## 3. What the prior is held against
#
# In this course $h_t$ takes in step $t - 1$ and the prior of step $t$ is held against the posterior of step $t$.
# Drama's own code counts differently. There the sequence model takes in $(z_t, a_t)$ and its output number $t$ speaks
# about step $t + 1$:
#
# | | taken in at $t$ | output number $t$ speaks of |
# |---|---|---|
# | this course | $z_{t-1}, a_{t-1}$ | frame $t$ |
# | Drama's code | $z_t, a_t$ | frame $t + 1$ |
#
# $$ y_t = f(y_{t-1}, [z_t, a_t]), \qquad L_{\text{dyn}} = \operatorname{mean}_t \max\bigl(\text{free},\;
#    \text{KL}(\text{sg}(q_{t+1}) \,\|\, p(\cdot \mid y_t))\bigr) $$
#
# Both are right, and mixing them up is not. Below, somebody did. (We made that up. There is a second slip in it that we
# did not make up: nobody looks at the borders of episodes.) Here is a world to see it in: the weather goes round,
# sun, rain, snow, sun, and one day in ten it stays. The model is a table with a row for each weather.

# %%
def prior_loss_buggy(post, prior, is_first, free):
    post = post.detach()
    kl = (post * (post.log() - prior.log())).sum((-2, -1))  # (B, T)
    return kl.clamp(min=free).mean()

# %%
dice, days = np.random.default_rng(0), [0]
for _ in range(199):
    days.append((days[-1] + (dice.random() < 0.9)) % 3)
post = (0.97 * F.one_hot(torch.tensor(days), 3) + 0.01)[None, :, None]  # (B, T, Z, C) = (1, 200, 1, 3)
one_life = torch.arange(200)[None] == 0


def fitted(loss_of, steps=300):
    """A table (3, 3), tomorrow's weather by today's, fitted with this loss; and the loss at the end."""
    table = torch.zeros(3, 3, requires_grad=True)
    adam = torch.optim.Adam([table], 0.1)
    for _ in range(steps):
        loss = loss_of(post, torch.softmax(table[days], -1)[None, :, None], one_life, 0.0)
        adam.zero_grad(), loss.backward(), adam.step()
    return torch.softmax(table, -1).detach(), loss.item()

# %%
def forecast(table, days=8):
    """The most likely weather of some days, from sun."""
    said = [0]
    while len(said) < days:
        said.append(table[said[-1]].argmax().item())
    return " ".join(("sun", "rain", "snow")[day] for day in said)


table, loss = fitted(prior_loss_buggy)
print(f"loss {loss:.3f}. Dream: {forecast(table)}")

# %% [markdown]
# What a loss! Nothing can be learnt that fast and that well. The dream says what is wrong.
#
# ### Exercise 10.3 - Find the bug: a model that is never surprised
#
# Difficulty 3 of 5 · importance 5 of 5 · 15 minutes
#
# Mend `prior_loss_buggy`.
#
# - `post` and `prior` are probabilities, shape `(B, T, Z, C)`, none of them 0. `prior[:, t]` was said when steps 0 to t
#   had been taken in, step t included.
# - `is_first`, bool `(B, T)`. A window may cross the border of two lives. Across a border there is nothing to foretell:
#   such pairs do not count, neither above nor below the line. At least one pair does.
# - The KL is summed over the `Z` variables; each pair costs at least `free` nats, all variables together: the
#   larger of the two counts, as above.
# - Return the mean over the pairs that count, a scalar tensor. Only the prior is taught.

# %%
def prior_loss(post: torch.Tensor, prior: torch.Tensor, is_first: torch.Tensor, free: float) -> torch.Tensor:
    """How badly the prior foretells the next step: mean KL in nats over pairs within a life, a scalar."""
    # Begin with the lines above. Which frame has prior t not been told yet?
    ### BEGIN SOLUTION
    q, p = post[:, 1:].detach(), prior[:, :-1]  # (B, T - 1, Z, C)
    kl = (q * (q.log() - p.log())).sum((-2, -1)).clamp(min=free)  # (B, T - 1)
    return kl[~is_first[:, 1:]].mean()
    ### END SOLUTION


prior_loss = check("10.3", prior_loss)

# %%
table, loss = fitted(prior_loss)
print(f"loss {loss:.3f}. Dream: {forecast(table)}")
print(table.numpy().round(2))

# %% [markdown]
# The loss is *higher* now, and the model is right. In each row most of the chance goes to the next weather, as often as
# these 200 days had it, and the loss is what dice cost. A loss of zero where there are dice is no success. It is a
# leak.
#
# Another fault of this kind hides in one number. Each categorical is mixed with a bit of the uniform distribution, so
# that no class is ever impossible (*unimix*, 09b):
#
# $$ \tilde p = (1 - \epsilon)\, \text{softmax}(\ell) + \frac{\epsilon}{C} $$

# %%
def unimix_buggy(logits, mix):
    Z, C = logits.shape[-2:]
    return (1 - mix) * torch.softmax(logits, -1) + mix / Z


for Z, C in ((32, 32), (12, 16), (4, 16)):
    total = unimix_buggy(torch.randn(Z, C), 0.01)[0].sum().item()
    print(f"{Z:2} variables of {C} classes: the probabilities of one sum to {total:.4f}")

# %% [markdown]
# The authors have 32 variables of 32 classes. There it is right. Whoever makes the model smaller, for a laptop say,
# computes KLs of things that are no distributions.
#
# ### Exercise 10.4 - Find the bug: a share of doubt
#
# Difficulty 1 of 5 · importance 3 of 5 · 6 minutes
#
# - `logits`, shape `(..., Z, C)`: Z variables of C classes, with any number of axes before. `mix` is a float, 0 to 1.
# - Return the probabilities, same shape. Each variable's sum to 1, by construction and not by force.

# %%
def unimix_probs(logits: torch.Tensor, mix: float) -> torch.Tensor:
    """Probabilities (1 - mix) softmax + mix uniform, (..., Z, C)."""
    # Among how many is the share handed out?
    ### BEGIN SOLUTION
    return (1 - mix) * torch.softmax(logits, -1) + mix / logits.shape[-1]
    ### END SOLUTION


unimix_probs = check("10.4", unimix_probs)

# %% [markdown]
# ### A memory that rots
#
# The third fault is in the optimiser. *Weight decay* pulls weights to 0, a little at each step, so that matrices stay
# small. Decoupled from the gradient (as in AdamW) a step is
#
# $$ w \leftarrow w - \eta\, \text{update} - \eta\, \lambda\, w $$
#
# That is good for matrices. It is not good for everything. In Mamba-2 the step size of a head is
# $\Delta = \text{softplus}(\dots + b)$, and its decay a step is $e^{-\Delta A}$ with $A = e^{A_{\log}}$. What is
# $b = 0$? It is $\Delta = 0.69$, and with $A = 1$ half of the memory is lost in one step. For these numbers 0 is no
# neutral place. Here is a step as it should not be:

# %%
def decayed_step_buggy(weights, updates, lr, decay):
    return {name: w - lr * updates[name] - decay * w for name, w in weights.items()}


def half_life(step_of, updates, decay=1e-4, lr=4e-5):
    """Steps until half is forgotten, for a head that begins with A = 1 and a step of 0.01, and gets no gradient."""
    head = {"A_log": torch.zeros(1), "dt_bias": torch.tensor([0.01]).expm1().log()}
    nothing, lives = {name: torch.zeros(1) for name in head}, []
    for _ in range(updates + 1):
        lives.append((np.log(2) / (F.softplus(head["dt_bias"]) * head["A_log"].exp())).item())
        head = step_of(head, nothing, lr, decay)
    return np.array(lives)


lives = half_life(decayed_step_buggy, 10_000)
for n in (0, 1000, 3000, 10_000):
    print(f"after {n:6,} updates without any gradient: half is forgotten after {lives[n]:5.1f} steps")

# %% [markdown]
# ### Exercise 10.5 - Find the bug: a memory that rots
#
# Difficulty 2 of 5 · importance 4 of 5 · 10 minutes
#
# - `weights` and `updates` are dicts of tensors with the same names; `updates` points to where the loss grows. `lr`
#   and `decay` are floats.
# - Return a new dict of the weights after the step: $w - \eta\, u - \eta\, \lambda\, w$ for what decays, and
#   $w - \eta\, u$ for the rest. The old weights stay as they are.
# - What decays: tensors with two axes or more. But never one whose *last* name is `A_log`, `D` or `dt_bias`, as
#   `"layers.0.A_log"`, or a plain `"A_log"`, whatever its shape.

# %%
def decayed_step(
    weights: dict[str, torch.Tensor], updates: dict[str, torch.Tensor], lr: float, decay: float
) -> dict[str, torch.Tensor]:
    """The weights after one step with decoupled weight decay, by name."""
    # How much is taken away, and from whom?
    ### BEGIN SOLUTION
    after = {}
    for name, w in weights.items():
        spared = w.dim() < 2 or name.split(".")[-1] in ("A_log", "D", "dt_bias")
        after[name] = w - lr * updates[name] - (0.0 if spared else lr * decay) * w
    return after
    ### END SOLUTION


decayed_step = check("10.5", decayed_step)

# %%
kept = half_life(decayed_step, 10_000)
picture = Picture(7, 3.4)
axes = picture.subplots()
axes.plot(kept, color=BLUE, label="spared")
axes.plot(lives, "--", color=VERMILION, label="decays, not scaled by the step size")
axes.set_ylim(0, 75)
plain_axes(axes, "A head that nobody trains", "update", "half-life of its memory (steps)")
axes.legend(frameon=False, loc="center right")
figure(picture, alt="The half-life of the spared head stays at 69 steps. The decaying one falls to 21 after 3,000 "
       "updates and to 4 after 10,000.")

# %% [markdown]
# The values of `decay` and `lr` here are ours, chosen for the picture. The library's agents use no weight decay at all.
#
# Two more slips of released code you have mended already: the lambda-return that looks back (09.3), and dreams that
# count behind a predicted end (09.2).
#
# ## 4. The sampler
#
# A Dreamer learns twice in each update: the model from windows of replay, the actor from dreams that start at steps of
# replay. *Which* windows, which steps? Drama counts. For each start $i$ there are two counters: $N_i$, how often the
# model was trained on the window that begins there, and $M_i$, how often dreams began there. The model should train
# where it has trained least:
#
# $$ p^{\text{model}}_i \propto \exp(-N_i / \tau), \qquad \tau = 10 $$

# %%
def train_chances_buggy(N, tau):
    return np.exp(-N / tau) / np.exp(-N / tau).sum()


with np.errstate(invalid="ignore"):
    for low in (0, 500, 1030, 1050):
        N = np.array([low, low + 10, low + 20], np.float32)
        print(f"N = {N.astype(int)}: chances {train_chances_buggy(N, 10.0)}")

# %% [markdown]
# In 32 bits $e^{-103}$ is the last number before 0. In 64 bits the same happens near N = 7,450. (Will a counter ever
# get there? With 16 windows an update and a replay of 2,000 starts: after 130,000 updates. Small replays and long
# runs.)
#
# ### Exercise 10.6 - Find the bug: a sampler that dies of old age
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# - `N`, a NumPy array `(S,)` of counts, however large. `tau` is a float above 0.
# - Return the chances $p^{\text{model}}$, shape `(S,)`. They sum to 1, and differences between counters still count.

# %%
def train_chances(N: np.ndarray, tau: float) -> np.ndarray:
    """The chance of each start to be trained on, (S,)."""
    # What may be added to all counters without changing a single chance?
    ### BEGIN SOLUTION
    weight = np.exp(-(N - N.min()) / tau)
    return weight / weight.sum()
    ### END SOLUTION


train_chances = check("10.6", train_chances)

# %% [markdown]
# ### Why early models mislead
#
# And where should dreams begin? First, why it matters at all. Take a start with five actions, each worth something:
# normal numbers, mean 0. The model has an opinion on each: the truth plus an error. The errors begin twice as wide as
# the truth, and each visit of training shrinks them by 30 %. The actor asks the model and takes the best.

# %%
def believed(N, starts=20_000, actions=5, seed=0):
    """What the best action is worth in the dream and in the world, on average, after N visits of training."""
    truth, error = np.random.default_rng(seed).normal(size=(2, starts, actions))
    opinion = truth + 2 * 0.7**N * error
    best = opinion.argmax(1)
    return opinion.max(1).mean(), truth[np.arange(starts), best].mean()

# %% [markdown]
# Here the answer is known. The largest of five normal numbers of deviation 1 is 1.163 on average. Opinions have the
# deviation $\sqrt{1 + e^2}$, and the truth is a share $1 / (1 + e^2)$ of their variance:

# %%
dreamt, real = np.array([believed(N) for N in range(16)]).T
e = 2 * 0.7 ** np.arange(16)  # how wide the errors are
assert np.allclose(dreamt, 1.163 * np.sqrt(1 + e**2), atol=0.03)
assert np.allclose(real, 1.163 / np.sqrt(1 + e**2), atol=0.03)

# %%
picture = Picture(7, 3.4)
axes = picture.subplots()
axes.plot(dreamt, "o-", color=VERMILION, label="in the dream")
axes.plot(real, "s-", color=BLUE, label="in the world")
axes.fill_between(range(16), real, dreamt, color=VERMILION, alpha=0.12)
plain_axes(axes, "What the action that looks best is worth", "visits of training at this start", "value (reward)")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
figure(picture, alt="Untrained, the dream promises 2.6 and the world pays 0.5. After ten visits the curves meet.")

# %% [markdown]
# Where nothing was learnt, the best-looking action is the one with the luckiest error. The dream is not just wrong. It
# is wrong *upwards*, for choosing picks the errors that flatter. An actor that learns from such starts learns noise
# with conviction. So Drama looks at its counters:
#
# $$ \text{score}_i = N_i - \alpha M_i - \beta \max(0, N_i - M_i), \qquad
#    p^{\text{dream}}_i \propto e^{\text{score}_i / \tau} $$
#
# With $\alpha = \beta = 1$ it is $\min(0, N_i - M_i)$: 0 wherever the model was trained at least as often as dreamt
# from, and less where it was not.
#
# ### Exercise 10.7 - Where dreams may start
#
# Difficulty 2 of 5 · importance 4 of 5 · 10 minutes
#
# - `N` and `M`, NumPy arrays `(S,)`: counters, `M` in the same units as `N`, not always whole.
# - `tau`, `alpha` and `beta` are floats, and any is allowed, not only 1 and 1.
# - Return the chances $p^{\text{dream}}$, shape `(S,)`. They sum to 1, however large the counters are.

# %%
def dream_chances(N: np.ndarray, M: np.ndarray, tau: float, alpha: float, beta: float) -> np.ndarray:
    """The chance of each start to be dreamt from, (S,)."""
    # First a score, then a softmax that survives large numbers.
    ### BEGIN SOLUTION
    score = N - alpha * M - beta * np.maximum(0, N - M)
    weight = np.exp((score - score.max()) / tau)
    return weight / weight.sum()
    ### END SOLUTION


dream_chances = check("10.7", dream_chances)

# %%
N, M = np.random.default_rng(0).integers(0, 40, (2, 30)).astype(float)
flat = np.exp(np.minimum(0, N - M) / 10)
assert np.allclose(dream_chances(N, M, 10.0, 1.0, 1.0), flat / flat.sum())  # min(0, N - M), as said
N, M = np.array([0.0, 0.0, 8.0, 8.0, 100.0]), np.array([0.0, 20.0, 8.0, 20.0, 8.0])
for n, m, chance in zip(N, M, dream_chances(N, M, 10.0, 1.0, 1.0)):
    print(f"trained {n:3.0f} times, dreamt from {m:2.0f} times: {chance:.3f}")

# %% [markdown]
# Look at the first line. Never trained, never dreamt from: full weight! DFS does not punish a start that is *new*. It
# punishes one that is dreamt from more often than it is trained. Keep that in mind.
#
# The counters must be kept, too. Here is one update of them, with two faults. (One is from a release. The other one
# happens to everybody once.) There are many more dreams than training windows, so a dream counts `rate`, less than 1.
# And replay is a ring: new steps overwrite old ones.

# %%
def counted_buggy(trained, dreamt, train_starts, dream_starts, overwritten, rate):
    N, M = trained.copy(), dreamt.copy()
    N[train_starts] += 1
    M[dream_starts] += rate
    return N, M


drawn = np.array([2, 2, 2, 2])
N, M = counted_buggy(np.array([5.0, 5.0, 0.0]), np.zeros(3), drawn, drawn, np.array([0]), 0.25)
print(f"drawn {len(drawn)} times, N rose by {N[2]:.0f}. Step 0 was just overwritten: trained {N[0]:.0f} times?")

# %% [markdown]
# ### Exercise 10.8 - Find the bug: counters that forget, and counters that do not
#
# Difficulty 2 of 5 · importance 4 of 5 · 10 minutes
#
# - `trained` and `dreamt`, NumPy arrays `(S,)` of floats: the counters before this update.
# - `overwritten`, indices `(k,)`: starts whose step has been replaced by a new one *since the last update*.
# - `train_starts` `(n,)` and `dream_starts` `(m,)`: indices drawn in this update, **with repeats**. Each training draw
#   counts 1 in N, each dream counts `rate` in M.
# - Return `(N, M)`, new arrays; the old ones stay as they are.

# %%
def counted(
    trained: np.ndarray,
    dreamt: np.ndarray,
    train_starts: np.ndarray,
    dream_starts: np.ndarray,
    overwritten: np.ndarray,
    rate: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Both counters after an update, (S,) each."""
    # What is drawn three times counts three times. What is new begins at 0.
    ### BEGIN SOLUTION
    N, M = trained.copy(), dreamt.copy()
    N[overwritten], M[overwritten] = 0, 0
    np.add.at(N, train_starts, 1)
    np.add.at(M, dream_starts, rate)
    return N, M
    ### END SOLUTION


counted = check("10.8", counted)

# %% [markdown]
# ### A life of the counters
#
# Your three functions make the sampler. Let it live: 200 random steps to begin with, then at each step one new start,
# 16 windows for the model and 128 dreams, as in Drama but with fewer dreams.

# %%
def life(updates=1200, tau=10.0, alpha=1.0, beta=1.0, uniform=False, windows=16, dreams=128, seed=0):
    """Counters N and M after each update, and the chances to be dreamt from, as lists of arrays that grow."""
    dice, N, M, told = np.random.default_rng(seed), np.zeros(200), np.zeros(200), []
    none = np.zeros(0, int)
    for _ in range(updates):
        N, M = np.append(N, 0.0), np.append(M, 0.0)
        p = np.full(len(N), 1 / len(N)) if uniform else dream_chances(N, M, tau, alpha, beta)
        told.append((N, M, p))
        train = dice.choice(len(N), windows, p=train_chances(N, tau))
        N, M = counted(N, M, train, dice.choice(len(N), dreams, p=p), none, windows / dreams)
    return told

# %%
drama = life()
picture = Picture(10, 3.5)
left, right_side = picture.subplots(1, 2, sharey=True)
for u, colour, style in ((50, ORANGE, "-"), (300, GREEN, "--"), (1199, BLUE, "-.")):
    N, M, p = drama[u]
    where = np.array_split(np.arange(len(N)), 20)  # twenty groups, from the oldest starts to the newest
    place = [100 * (part.mean() + 0.5) / len(N) for part in where]
    q = train_chances(N, 10.0)
    left.plot(place, [q[part].mean() * len(N) for part in where], style, color=colour, label=f"update {u:,}")
    right_side.plot(place, [p[part].mean() * len(N) for part in where], style, color=colour)
left.axhline(1, color=GREY, linestyle=":", label="uniform")
right_side.axhline(1, color=GREY, linestyle=":")
plain_axes(left, "Training", "place in replay, oldest to newest (%)", "chance of a start (1: uniform)")
plain_axes(right_side, "Dreams", "place in replay, oldest to newest (%)", "")
left.legend(frameon=False, loc="upper left")
figure(picture, alt="Training: early in life all starts have nearly the same chance; late the newest have nearly three "
       "times a uniform chance, and old ones less than half. Dreams: flatter; late the oldest third falls to 0.65.")

# %% [markdown]
# Left: the training half works. New starts are preferred until they have caught up. Right: the dreaming half is much
# *flatter*. Each update adds 16 to the sum of N and 16 to the sum of M, so on average they are alike, and for every
# start with N at least M the score is 0, new ones included. What it does, late: it turns away from the oldest starts,
# which dreams still visit and training hardly does.
#
# So how much does DFS protect dreams from early models? Use the curve of above: each start is worth a flattery that
# depends on its N alone. Average it over where dreams begin, in four ways.

# %%
flattery = np.append(dreamt - real, 0.0)
ways = {
    "uniform": {"uniform": True},
    "DFS, tau = 10 (Drama)": {},
    "DFS, tau = 1": {"tau": 1.0},
    "N alone, tau = 10": {"alpha": 0.0, "beta": 0.0},
}
told, dreamt_from = {}, {}
for name, settings in ways.items():
    one = life(**settings)
    told[name] = np.array([p @ flattery[np.minimum(N, 16).astype(int)] for N, _, p in one])
    dreamt_from[name] = np.exp(-np.sum(one[-1][2] * np.log(one[-1][2] + 1e-300))) / len(one[-1][2])

# %%
print(f"{'':24}flattery, updates 0-99   100-399   400-1,199   breadth at the end")
for name, line in told.items():
    early, middle, late = line[:100].mean(), line[100:400].mean(), line[400:].mean()
    print(f"{name:24}{early:22.2f}{middle:10.2f}{late:12.3f}{dreamt_from[name]:17.0%}")

# %% [markdown]
# An honest reading, of a toy:
#
# - Early, when nothing is trained, no way of choosing starts helps much.
# - Later, Drama's setting is *not* better than uniform here. The errors are at starts that were visited less than five
#   times. With tau = 10 such a start loses little of its chance, and when it is ten visits behind, little is left to
#   protect.
# - Colder, at tau = 1, it works: the flattery all but vanishes. The price is *breadth* (the exponential of the entropy
#   of the chances, as a share of all starts): half of the replay is hardly dreamt from.
# - N alone lies between, and prefers for ever what was trained most. This is what beta is for: beyond "trained as often
#   as dreamt from", more training is no reason to dream there more.
#
# So tau has a meaning. It is the number of visits that make a difference to the model. In this toy that is 3, for we
# made it so. For a network on Atari it is not known, and a visit to one start also trains its neighbours.
#
# What DFS is worth in *return* is a question for runs. The paper reports that it helps. Ours stand in 10b, section 3:
# five seeds in which no difference could be made sure of.
#
# ### The library's version beside yours
#
# `mbrl_lite.data.DFS` is the same with a ring below it, and it can be saved and resumed. Give it counters and compare
# what it draws with your chances.

# %%
from mbrl_lite.data import DFS, Replay
from mbrl_lite.envs import Step

replay, sampler = Replay(EnvSpec("vector", (1,), 2), 1, 512), DFS(seed=0, tau=10.0)
one, flag = np.zeros(1, np.float32), np.zeros(1, bool)
for _ in range(12):
    replay.add(Step(np.zeros((1, 1), np.float32), one, flag, flag, flag), np.zeros(1, np.int64))
_ = sampler.starts(replay, 1, 1)  # it meets its replay

# %%
dice = np.random.default_rng(1)
N, M = dice.integers(0, 30, 12).astype(float), dice.integers(0, 30, 12).astype(float)
for draw, chances in (("starts", train_chances(N, 10.0)), ("dream_starts", dream_chances(N, M, 10.0, 1.0, 1.0))):
    sampler.trained[:12, 0], sampler.dreamt[:12, 0] = N, M
    _, start = getattr(sampler, draw)(replay, 20_000, 1)
    share = np.bincount(start, minlength=12) / 20_000
    print(f"{draw:13} largest difference {np.abs(share - chances).max():.4f}")
    assert np.abs(share - chances).max() < 5 * 0.5 / 20_000**0.5  # five standard errors

# %% [markdown]
# ## 5. Acting
#
# In the world the agent lives step by step. Section 2 proved that this *can* give the same $h_t$ as training. Here is a
# step that does not. It has three faults. Two are those of the released code, a short memory and a guess instead of a
# look. The third, no mask where a life begins, is that of its training windows.

# %%
def act_step_buggy(obs, is_first, state, encode, recur, prior, policy):
    h, z, a = state
    h = recur(torch.zeros_like(h), torch.cat([z, a], -1))
    action = policy(torch.cat([h, prior(h)], -1))
    return action, (h, encode(obs), action)

# %% [markdown]
# The memory begins anew at each step (the release re-reads up to 16 frames; here it is one, to fit on four lines).
# And the policy acts on `prior(h)`: a *guess* at the frame that lies before its eyes. How
# good is a guess? If something happens with probability $p$, and the guess says so with probability $p$, it is right
# with probability $p^2 + (1 - p)^2$:

# %%
for p in (0.5, 0.2, 0.02):
    happens, guessed = torch.rand(2, 100_000, generator=torch.Generator().manual_seed(0)) < p
    caught = guessed[happens].float().mean()
    print(f"p = {p:4}: right {(happens == guessed).float().mean():.3f} (formula {p**2 + (1 - p) ** 2:.3f}), "
          f"but of what happened it saw {caught:.2f}")

# %% [markdown]
# The last column is what hurts. A rare thing is the one that an agent must see, a door that opens, a ball that comes
# back another way. A guess misses it nearly always.
#
# ### Exercise 10.9 - Find the bug: an agent that lives in a window
#
# Difficulty 3 of 5 · importance 5 of 5 · 15 minutes
#
# Write the step as it should be: in the way of 10.2, for one step, in the same order as in training.
#
# - `obs` is `(B, O)`, `is_first` bool `(B,)`. `state` is `(h, z, a)` of the step before, `(B, D)`, `(B, Z)`, `(B, A)`.
# - `encode(obs)` draws z from the posterior of a frame. `recur(h, x)` gives the next h. `prior(h)` draws a z that fits
#   h. `policy(feat)` draws an action for `feat = [h, z]`. All that draw, draw anew at each call.
# - At a first step all that goes into `recur` is zero, memory and input. (`D` stands for all that is carried.)
# - Return `(action, (h, z, a))`: the action, and the state to go on from.

# %%
def act_step(
    obs: torch.Tensor, is_first: torch.Tensor, state: tuple, encode: Callable, recur: Callable,
    prior: Callable, policy: Callable,
) -> tuple:
    """An action (B, A) for each world, and the state to carry on: h, z and a."""
    # Empty what is another life's, take in what was, look at what is, act.
    ### BEGIN SOLUTION
    h, z, a = state
    keep = ~is_first[:, None]  # (B, 1)
    h = recur(h * keep, torch.cat([z, a], -1) * keep)
    z = encode(obs)
    action = policy(torch.cat([h, z], -1))
    return action, (h, z, action)
    ### END SOLUTION


act_step = check("10.9", act_step)

# %% [markdown]
# Is this what the library does? Take the world model of section 2, and let your step drive its parts. `carry` is what
# goes from step to step, so it takes the place of h; the output h is read off beside it.

# %%
outputs = []


def recur(carry, x):
    u = F.silu(rssm.input_norm(x @ first_layer.T))
    y, carry = rssm.sequence.step(u, torch.zeros(len(u), dtype=torch.bool), carry)
    outputs.append(y)
    return carry


def encode(obs):
    return rssm.posterior_out(F.silu(rssm.norm(rssm.from_embed(model.encoder(obs)))))

# %%
with torch.no_grad():
    state = rssm.sequence.initial(B), torch.zeros(B, 8), torch.zeros(B, 2)
    for t in range(T):
        _, state = act_step(batch.obs[:, t], is_first[:, t], state, encode, recur, None, lambda feat, t=t: action[:, t])
assert torch.allclose(torch.stack(outputs, 1), at_once, atol=1e-5)
print("your step, forty times, and the whole window at once: the same h")

# %% [markdown]
# ### What is stored at the border
#
# The agent's life becomes replay. An episode of n actions has n + 1 frames, and all are stored: the last one brings the
# last reward and the end. Then a new life begins, with a frame of its own. Here is a loop that acts and stores, and a
# world of numbers: episode 1 shows 100, 101, ..., episode 2 shows 200, 201, ...

# %%
def collect_buggy(env, policy, steps):
    stored, obs = [], env.reset()
    reward, first, last, terminal = 0.0, True, False, False
    while len(stored) < steps:
        action = 0 if last else policy(obs)
        stored.append((obs, action, reward, first, last, terminal))
        if last:
            env.reset()
            reward, first, last, terminal = 0.0, True, False, False
        else:
            obs, reward, terminal, truncated = env.step(action)
            first, last = False, terminal or truncated
    return stored

# %%
class Numbers:
    """Episode k shows 100 k, 100 k + 1, ... and ends after two actions."""

    episode = 0

    def reset(self):
        self.episode, self.at = self.episode + 1, 0
        return 100 * self.episode

    def step(self, action):
        self.at += 1
        return 100 * self.episode + self.at, 1.0, self.at == 2, False


for obs, _, reward, first, last, _ in collect_buggy(Numbers(), lambda obs: 1, 7):
    print(obs, "reward", reward, "first" * first + "last" * last)

# %% [markdown]
# The second life begins with the picture of the first one's death. What does a model learn from it? That being at the
# goal is how lives begin. What does a policy see in its first step? The wrong world.
#
# ### Exercise 10.10 - Find the bug: the frame that stays
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# Mend `collect_buggy`.
#
# - `env.reset()` returns a first frame. `env.step(action)` returns `(obs, reward, terminated, truncated)`.
#   `policy(obs)` returns an action, a whole number.
# - Return a list of exactly `steps` tuples `(obs, action, reward, is_first, is_last, is_terminal)`: the frame, the
#   action taken in it, and what arrived *with the frame*. With a first frame arrives the reward 0.
# - At a last frame nobody acts: the dummy 0 is stored. A time limit (`truncated`) is last, not terminal.

# %%
def collect(env, policy, steps: int) -> list[tuple]:
    """Steps of an agent's life as they are stored: obs, action, reward, is_first, is_last, is_terminal."""
    # Begin with the lines above. Somebody knows the 200, and nobody listens.
    ### BEGIN SOLUTION
    stored, obs = [], env.reset()
    reward, first, last, terminal = 0.0, True, False, False
    while len(stored) < steps:
        action = 0 if last else policy(obs)
        stored.append((obs, action, reward, first, last, terminal))
        if last:
            obs = env.reset()
            reward, first, last, terminal = 0.0, True, False, False
        else:
            obs, reward, terminal, truncated = env.step(action)
            first, last = False, terminal or truncated
    return stored
    ### END SOLUTION


collect = check("10.10", collect)

# %%
print([obs for obs, *_ in collect(Numbers(), lambda obs: 1, 9)])

# %% [markdown]
# ### What goes wrong: two lives in one window
#
# One more fault, for you to trigger. Training windows are cut from replay without a look at where episodes end. So many
# hold parts of two lives. If the resets are not handed to the sequence model, the second life begins with the first
# one's memory. The memory of our first figure knows its job. Ask it in windows of two corridors:

# %%
with torch.no_grad():
    (one_half, _), (other, cue) = corridors(500, 24, rng), corridors(500, 24, rng)
    both = torch.cat([one_half, other], 1)  # (B, 48, 2): a second life begins at step 24
    border = (torch.arange(48) % 24 == 0).expand(500, -1)
    score = {}
    for name, resets in (("resets are told", border), ("resets are missing", border & (torch.arange(48) == 0))):
        h, _ = memory(both, resets)
        score[name] = [right(h[:, t]) for t in range(24, 48)]

# %% tags=["nbval-ignore-output"]
picture = Picture(7, 3.4)
axes = picture.subplots()
for (name, line), colour, style in zip(score.items(), (BLUE, VERMILION), ("-", "--")):
    axes.plot(line, style, color=colour, label=name)
axes.set_ylim(0.4, 1.05)
plain_axes(axes, "The second life in a window", "steps since its first frame", "share of right answers")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
figure(picture, alt="Told of resets, the memory answers right for all 24 steps of the second life. Without them the "
       "share of right answers falls to half within a few steps.")
print({name: f"{np.mean(line):.0%} right" for name, line in score.items()})

# %% [markdown]
# Why so bad? The memory was trained on one cue a window, and holds on to the first it gets. (And the peak at the
# beginning? For four steps the second cue is still in the layer's short window, and the readout can see it there. Then
# only the state is left.) Nothing crashes. And in a
# training run nobody would look. You can do the same to any world model of the library: give `observe` a batch whose
# `is_first` is all False, and compare.
#
# ## What the paper found
#
# *Drama* (Wang et al., 2025) plays the Atari 100k benchmark: 26 games, 100,000 steps each. Scores are human-normalised:
# 0 is random play, 1 is a person.
#
# | | mean | median |
# |---|---|---|
# | Drama | 1.049 | 0.270 |
# | STORM | 1.222 | 0.425 |
# | DreamerV3 | 1.198 | 0.455 |
#
# In the mean Drama lies a little below the others, in the median well below. What the paper stresses is size: a world
# model of 7 million parameters. How many parameters buy how much score is a question for 10b. And note that the code as
# released acts on a guess, from a short window (10.9). What that costs is not known.
#
# *Here:* no claim is logged for this notebook. All that is shown above is computed as it runs. Drama's own claims,
# with seeds, targets and what came of them, stand in 10b and on [the map](README.md).
#
# **Challenges**, without solution
#
# - Make `life` a ring of 500 starts, and let your `counted` forget. What changes in the right panel?
# - Give a dream start credit for *where* training windows lie, not only for where they begin: a window of 128 steps
#   trains 128 of them. Is N then a better guess at the model's error?
# - How long would the window of the first figure have to be to be as good, and what does it cost a step? Where do the
#   two ways cross, if the carried state has `carried_numbers` to read and to write?
# - Teach `memory` with windows of 16 frames only, and then carry its state for 200. Does it still work?
#
# **Reading**
#
# - W. Wang et al., *Drama: Mamba-enabled model-based reinforcement learning is sample and parameter efficient*, 2025.
#   The method, 30 minutes.
# - T. Dao and A. Gu, *Transformers are SSMs: generalized models and efficient algorithms through structured state space
#   duality*, 2024. Sections 6 and 7, 40 minutes.
# - W. Zhang et al., *STORM: efficient stochastic transformer based world models for reinforcement learning*, 2023.
#   The method, 20 minutes: the same agent with attention.
#
# ## Where you are

# %% tags=["nbval-ignore-output"]
progress("10")

# %% [markdown]
# **Where next?** 10b lets this agent play, where memory is needed and where it is not.
