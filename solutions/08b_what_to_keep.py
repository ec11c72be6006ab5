# %% [markdown]
# # 08b What to keep
#
# **A memory that treats all inputs alike knows *when*, but not *what*. Let the input choose, and a recurrence can do
# much of what attention does, at a price that grows with the length and not with its square.**

# %%
import os

import numpy as np
import torch

from mbrl_lite.course import check, evidence, figure, hint, progress

preset = os.environ.get("MBRL_LITE_PRESET", "laptop")
updates = {"smoke": 400}.get(preset, 1000)  # at most; a model that has learnt its game stops
print(f"preset {preset}: at most {updates} updates a model")

# %% [markdown]
# Two questions to any sequence model: what does a training pass *cost*, and what does it *recall*? Cost first. One
# layer of each, forward and backward. (The shipped numbers are used where they are there; else we measure now, small.)

# %%
import json

from mbrl_lite.assets import asset
from mbrl_lite.evaluation.sequence_cost import cost_map, crossing

MODELS, logged = ("gru", "transformer", "s4d", "mamba2"), asset("bench") / "sequence_map.json"
if logged.exists():
    rows, where = json.loads(logged.read_text())["rows"], "logged"
else:
    rows, where = cost_map(MODELS, batches=(1, 16), lengths=(16, 64, 256)), "measured here, just now, and small"

crossings = {}
for B in sorted({row["B"] for row in rows}):
    T, costs = zip(*((row["T"], row) for row in rows if row["B"] == B))
    for name in ("gru", "transformer"):
        at = crossing(T, [row[name] for row in costs], [row["mamba2"] for row in costs])
        crossings |= {} if at is None else {(B, name): at}

# %% [markdown]
# Then recall: a cue, noise, and a question, *what was the cue?* There are 8 cues. Models are trained with 24 steps of
# noise, and asked after fewer and after more. Two have a handicap that agents often have: a GRU whose gradients reach
# back 8 steps only, and a Transformer that sees 12 steps.

# %%
from mbrl_lite.evaluation.recall import Reader, accuracy, train_recall

READERS = {
    "gru, gradients of 8 steps": Reader("gru", 32, window=8),
    "transformer, window of 12": Reader("transformer", 32, {"layers": 1, "heads": 2, "window": 12}),
    "s4d": Reader("s4d", 32, {"layers": 1}),
    "mamba2": Reader("mamba2", 32, {"layers": 1, "head": 16}),
}
readers = {name: train_recall(reader, 24, 300, 32, 0.01, seed=0) for name, reader in READERS.items()}
recall = {
    name: {length: accuracy(model, length, 256) for length in (6, 12, 24, 48, 96)} for name, model in readers.items()
}

# %%
from mbrl_lite.claims import claims, find_claim, load_record


def logged_recall(id):
    """{model: {length: mean over seeds}} from values such as "gru.64" in a claim's record; empty without one."""
    seeds = load_record(find_claim(id), asset("claims")).values if id in claims() else []
    keys = [key.rpartition(".") for key in (seeds[0] if seeds else ())]
    keys = [(name, int(length)) for name, _, length in keys if name.split(",")[0] in MODELS and length.isdigit()]
    lengths = {name: sorted(L for n, L in keys if n == name) for name, _ in keys}
    return {name: {L: np.mean([seed[f"{name}.{L}"] for seed in seeds]) for L in lengths[name]} for name in lengths}

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.backbones import draw_backbones

title = f"What memory costs, and what it keeps (cost: {where})"
signature = draw_backbones(rows, recall, crossings, title, logged=logged_recall("memory-length"))
figure(signature, alt="Left panels: the time of a training pass against length, for each batch size, with lines that "
       "cross. Then, after training on 24 steps of noise, Mamba-2 recalls at all lengths, and S4D at 24 alone. Right: "
       "trained at each length, S4D and the Transformer recall up to 256 steps, Mamba-2 up to 64.")

# %% [markdown]
# **Cost.** *Speed is a map, not a number.* With a small batch the GRU, step by step, is soon the dearest by far. With a
# batch of 16 each of its steps is wide enough to be worth the trouble, and the gap is small. The Transformer is cheap
# while sequences are short; then its price grows with the square. S4D and Mamba-2 grow with the length alone; both are
# computed in chunks (section 6). S4D does less at each step, for it does not choose. A thin line marks the length from
# which on Mamba-2 is cheaper than another. (On a busy machine the digits wobble. Read the slopes.)
#
# **Recall, trained at one length.** The two with a handicap fail. The Transformer cannot see the cue. The GRU sees it
# and is never taught to keep it: what it knows is what an untaught memory happens to hold. And look at S4D. It answers
# after 24 steps, the length it was trained on. After 12, or after 48, it does not know. That is no accident, and the
# reason for it is the subject of this notebook.
#
# **Recall, a model for each length.** Another question, from the course's log (means of five seeds): *can it be learnt
# at all?* Each point is a model of its own, trained and asked at that length, with no handicap unless its name says so.
# Here S4D shines, and Mamba-2 does not yet: section 8 says why.
#
# **You will be able to**
#
# - say which games a time-invariant memory loses, and show it,
# - write the step of Mamba, and say what each of its three choices does,
# - turn a recurrence into an attention-like matrix and back, and compute it in chunks, with resets,
# - name four ways to get NaN or nonsense out of a cumulative sum, and their cures,
# - read a map of costs, and say which backbone you would take.
#
# **You need** 08a. **It takes** about two and a half hours:
#
# | part | minutes |
# |---|---|
# | 1. Two games | 15 |
# | 2. Let the input choose | 30 |
# | 3. A short window | 20 |
# | 4. The games again | 15 |
# | 5. A recurrence is a matrix | 40 |
# | 6. In chunks | 25 |
# | 7. Mamba-2, whole | 15 |
# | 8. What it costs | 10 |
#
# ## 1. Two games
#
# Games with a known best score, 1, and a known score of chance, 1 in 8. In the first one (**induction**) symbols go by
# at random. Once a bell rings, at a place nobody knows beforehand. At the end it rings again. *Which symbol came after
# the bell, the first time?* Read a few:

# %%
SYMBOLS, BELL, QUERY = 8, 8, 9  # symbols 0 to 7, and two signs


def induction(rng, B, T=32):
    """Tokens (B, T), and the symbol after the first bell (B, 1)."""
    tokens, row = torch.randint(SYMBOLS, (B, T), generator=rng), torch.arange(B)
    at = torch.randint(T - 3, (B,), generator=rng)
    tokens[row, at] = tokens[:, -1] = BELL
    return tokens, tokens[row, at + 1][:, None]

# %%
tokens, answer = induction(torch.Generator().manual_seed(0), 3, 16)
for line, want in zip(tokens, answer):
    print(" ".join("*" if token == BELL else str(int(token)) for token in line), "  ->", int(want))

# %% [markdown]
# The second one (**selective copying**): two symbols are scattered over silence. Then come two queries: *say them
# again, in order.*

# %%
SILENCE = 8


def copying(rng, B, T=16, K=2):
    """Tokens (B, T + K), and the K symbols (B, K) to be said at the last K steps."""
    tokens, symbols = torch.full((B, T + K), SILENCE), torch.randint(SYMBOLS, (B, K), generator=rng)
    places = torch.rand(B, T, generator=rng).argsort(1)[:, :K].sort(1).values
    tokens[:, T:] = QUERY
    return tokens.scatter(1, places, symbols), symbols

# %%
tokens, answer = copying(torch.Generator().manual_seed(0), 2)
for line, want in zip(tokens, answer):
    print("".join(".?"[token - 8] if token >= 8 else str(int(token)) for token in line), "  ->", *want.tolist())

# %%
from torch import nn
from torch.nn import functional as F

from mbrl_lite.sequence import make_sequence


class Player(nn.Module):
    """Tokens to logits at the last K steps, by any sequence model."""

    def __init__(self, name, units=32, **options):
        super().__init__()
        self.embed, self.head = nn.Embedding(SYMBOLS + 2, units), nn.Linear(units, SYMBOLS)
        self.sequence = make_sequence(name, units, units, **options)

    def forward(self, tokens, K):
        y, _ = self.sequence.forward(self.embed(tokens), torch.zeros(tokens.shape, dtype=torch.bool))
        return self.head(y[:, -K:])

# %%
def play(name, game, updates=updates, **options):
    """A trained player, and the share of right answers in each batch of 32; it stops when it has learnt the game."""
    torch.manual_seed(0)
    rng, player, right = torch.Generator().manual_seed(0), Player(name, **options), []
    adam = torch.optim.Adam(player.parameters(), 0.01, fused=True)
    while len(right) < updates and np.mean(right[-20:] or 0) < 0.995:
        tokens, want = game(rng, 32)
        logits = player(tokens, want.shape[1])
        adam.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), want.flatten()).backward()
        nn.utils.clip_grad_norm_(player.parameters(), 1.0)
        adam.step()
        right.append((logits.argmax(-1) == want).float().mean().item())
    return player, right

# %%
def score(player, game, **size):
    """The share of right answers in 256 new sequences."""
    tokens, want = game(torch.Generator().manual_seed(10**6), 256, **size)
    with torch.no_grad():
        return (player(tokens, want.shape[1]).argmax(-1) == want).float().mean().item()

# %% tags=["nbval-ignore-output"]
curves, players = {}, {}
players["s4d"], curves["s4d"] = play("s4d", induction, layers=1)
print(f"induction, one layer of S4D: {score(players['s4d'], induction):.2f} (chance 0.12)")

# %% [markdown]
# Hardly better than chance. Here is why. Before the first nonlinearity an S4D channel is a sum,
#
# $$ y_t = \sum_s K_{t-s}\, u_s , $$
#
# and $K_{t-s}$ knows how long ago an input was, nothing else. That is what **time-invariant** means. The symbol that
# counts lies at a place that differs from game to game. So no kernel can single it out. And whether it counts is told
# by its *neighbour*, the bell; but no two inputs are ever multiplied.
#
# In the first figure the cue always lay 25 steps back. A kernel can learn "25 steps ago", and it did. That is *when*.
# Asked after 48 steps of noise, it still reads what lay 25 steps ago.
#
# (A deeper network can do better, with nonlinearities between its layers. We come to that in section 4.)

# %% [markdown]
# ## 2. Let the input choose
#
# Chapter 08a ended with a recurrence whose $\bar A$ comes from a step size $\Delta$: small means *keep*, large means
# *take in and forget*. **Mamba** (Gu and Dao, 2023) makes three things depend on the input at $t$: the step size, what
# is written, and what is read.
#
# $$ \Delta_t = \operatorname{softplus}(\text{raw}_t), \qquad
#    h_t = e^{\Delta_t A} \odot h_{t-1} + \Delta_t\, B_t\, x_t, \qquad y_t = C_t \cdot h_t $$
#
# with raw$_t$, $B_t$ and $C_t$ linear in the input. This is called **selection**. $A$ is real and negative and stored
# as a logarithm, $A = -e^{A_\text{log}}$. There are $D$ channels, each with $N$ numbers. $B_t$ and $C_t$ are shared by
# all channels; $\Delta_t$ is each channel's own.
#
# Look at what is written: $\Delta_t B_t x_t$. 08a held the input exactly, $(e^{\Delta A} - 1) / A$ in place of
# $\Delta$, and warned of Euler. Mamba keeps the exact *decay*, which is fed back at every step and would explode, and
# takes the first term for what is *written*, which is not fed back and cannot.

# %% [markdown]
# ### Exercise 08.8 - A step that selects
#
# Difficulty 3 of 5 · importance 5 of 5 · 12 minutes
#
# - `h` has shape `(B, D, N)`, the old state. `x` and `raw` have shape `(B, D)`, `A_log` shape `(D, N)`, `b` and `c`
#   shape `(B, N)`: they are $B_t$ and $C_t$.
# - Return `(y, h)`: what is read, `(B, D)`, and the new state, `(B, D, N)`. Read after writing.
# - `raw` may be large, and softplus of it must still be a number. Do not change the arguments.

# %%
def selective_step(h: torch.Tensor, x: torch.Tensor, raw: torch.Tensor, A_log: torch.Tensor, b: torch.Tensor,
                   c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One step of Mamba: y (B, D) and the new state (B, D, N)."""
    # Give every tensor its missing axis, then write the equations down.
    ### BEGIN SOLUTION
    dt = torch.log1p(torch.exp(-raw.abs())) + raw.clamp(min=0)  # softplus, without overflow
    dt = dt[..., None]  # (B, D, 1)
    h = torch.exp(-dt * torch.exp(A_log)) * h + dt * b[:, None] * x[..., None]
    return (h * c[:, None]).sum(-1), h
    ### END SOLUTION


selective_step = check("08.8", selective_step)

# %% [markdown]
# What can such a step do? Take one number of state and $A = -1$. An input arrives at every step. Some of them are
# marked: *keep this one*. Let a mark set raw$_t$ to 10, and no mark to $-10$. Beside it runs a memory as in 08a, with a
# $\Delta$ that is always the same.

# %%
rng = np.random.default_rng(1)
inputs, marked = rng.uniform(-1, 1, 40), np.isin(np.arange(40), (5, 17, 29))

# %%
def remember(raws):
    """What one number of state holds after each input, (40,)."""
    h, one, line = torch.zeros(1, 1, 1), torch.ones(1, 1), []
    for value, raw in zip(inputs, raws):
        dt = F.softplus(torch.tensor(raw))
        b = -torch.expm1(-dt) / dt * one  # so that dt b is 1 - exp(-dt): an average, old and new
        y, h = selective_step(h, value * one, raw * one, 0 * one, b, one)
        line.append(y.item())
    return line

# %%
chosen, fixed = remember(np.where(marked, 10.0, -10.0)), remember(np.full(40, -1.0))

# %%
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, plain_axes

picture = Picture(8, 3.3)
axes = picture.subplots()
axes.plot(inputs, ".", color=GREY, label="input")
axes.plot(np.flatnonzero(marked), inputs[marked], "o", color=VERMILION, markersize=9, label="marked")
axes.step(range(40), fixed, where="post", color=ORANGE, linestyle="--", label="fixed step size")
axes.step(range(40), chosen, where="post", color=BLUE, linewidth=2, label="the input chooses")
plain_axes(axes, "A memory that chooses", "step", "value")
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
figure(picture, alt="The selective memory jumps to each marked input and stays there until the next. The memory with a "
       "fixed step size wanders with the average of all.")

# %% [markdown]
# Does that remind you of something? In 07a the GRU had a gate: $h_t = g_t\, c_t + (1 - g_t)\, h_{t-1}$. It is the same
# thing. With $N = 1$, $A = -1$ and an input that is held exactly, the step size *is* a gate (Gu and Dao, theorem 1):
#
# $$ e^{-\operatorname{softplus}(\text{raw})} = 1 - \sigma(\text{raw}), \qquad
#    h_t = (1 - \sigma(\text{raw}_t))\, h_{t-1} + \sigma(\text{raw}_t)\, x_t $$

# %%
raw, x, h = torch.randn(3, 1000)
a = torch.exp(-F.softplus(raw))
held = (a - 1) / -1  # (exp(dt A) - 1) / A with A = -1
gate = torch.sigmoid(raw)
assert torch.allclose(a * h + held * x, (1 - gate) * h + gate * x, atol=1e-6)

# %% [markdown]
# In this smallest case Mamba is a GRU whose gate does not look at the memory, only at the input. What is lost: the gate
# cannot ask "do I know this already?". What is won: all gates of a sequence are known beforehand, so it can be
# *scanned*.
#
# ## 3. A short window
#
# One thing is missing for our first game. Whether a symbol counts is told by the bell *one step before* it. A gate that
# sees the input at $t$ alone cannot know. Mamba lets each channel look at the last few inputs first, by a convolution
# of
# $K = 4$ steps:
#
# $$ y_t = \sum_{k=0}^{K-1} w_{K-1-k}\, x_{t-k} $$
#
# It is a window on the past. So it too has to know where a new life begins.
#
# ### Exercise 08.9 - A window that ends at a reset
#
# Difficulty 3 of 5 · importance 4 of 5 · 12 minutes
#
# - `x` has shape `(B, T, D)`, `w` shape `(D, K)`, `reset` shape `(B, T)`, bool. `w[:, -1]` belongs to $x_t$, `w[:, 0]`
#   to the oldest step of the window.
# - Return y, `(B, T, D)`. Steps before the sequence, and steps of an earlier episode, count as 0. A reset at t says
#   that $x_t$ is the first input of a new episode.
# - `T` may be smaller than `K`.

# %%
def short_conv(x: torch.Tensor, w: torch.Tensor, reset: torch.Tensor) -> torch.Tensor:
    """A causal convolution, channel by channel, within episodes: (B, T, D)."""
    # Number the episodes. Two steps may see each other if their numbers are the same.
    ### BEGIN SOLUTION
    T, K = x.shape[1], w.shape[1]
    episode = reset.long().cumsum(1)  # (B, T)
    y = x * w[:, -1]
    for k in range(1, min(K, T)):
        same = (episode[:, k:] == episode[:, :-k])[..., None]  # (B, T - k, 1)
        y = y + F.pad(x[:, :-k] * w[:, K - 1 - k] * same, (0, 0, k, 0))
    return y
    ### END SOLUTION


short_conv = check("08.9", short_conv)

# %%
from mbrl_lite.sequence.short_conv import ShortConv

library, x, reset = ShortConv(6), torch.randn(3, 50, 6), torch.rand(3, 50) < 0.2
with torch.no_grad():
    theirs, _ = library.forward(x, reset, torch.zeros(3, 3, 6))  # the three steps before: none
    assert torch.allclose(short_conv(x, library.weight, reset) + library.bias, theirs, atol=1e-6)

# %% [markdown]
# The library agrees. Released code of Mamba agents has no such mask, and so the first three steps of each life see the
# last steps of another. It is a small leak, and it never crashes.
#
# ## 4. The games again
#
# Selection and a window: that is Mamba. **Mamba-2** (Dao and Gu, 2024) simplifies it: the numbers of a *head* share one
# decay. Why that is a good trade comes in section 5. One layer each, as for S4D.

# %%
for name, options in (("mamba", {}), ("mamba2", {"head": 16})):
    players[name], curves[name] = play(name, induction, layers=1, **options)

# %% tags=["nbval-ignore-output"]
for name, player in players.items():
    print(f"{name:7s} after {len(curves[name]):3d} updates: {score(player, induction):.2f}")
assert score(players["mamba2"], induction) > 0.9 and score(players["s4d"], induction) < 0.5

# %% [markdown]
# Now selective copying, with two layers each. Both play with 16 places; then we ask them with fewer and with more.

# %% tags=["nbval-ignore-output"]
copiers = {name: play(name, copying, 300, **options) for name, options in (("s4d", {}), ("mamba2", {"head": 16}))}
for name, (player, right) in copiers.items():
    told = "  ".join(f"{T} places: {score(player, copying, T=T):.2f}" for T in (8, 16, 24, 32))
    print(f"{name:7s} after {len(right):3d} updates. {told}")
assert score(copiers["mamba2"][0], copying, T=24) > score(copiers["s4d"][0], copying, T=24) + 0.1

# %% tags=["nbval-ignore-output"]
looks = {"s4d": (GREEN, "-."), "mamba": (ORANGE, "--"), "mamba2": (BLUE, "-")}
picture = Picture(9, 3.4)
games = {"Induction, one layer": curves, "Selective copying, two layers": {n: r for n, (_, r) in copiers.items()}}
for axes, (title, lines) in zip(picture.subplots(1, 2, sharey=True), games.items()):
    for name, line in lines.items():
        smooth = np.convolve(line, np.ones(20) / 20, "valid")  # the mean of the last 20 updates
        colour, style = looks[name]
        axes.plot(np.arange(20, 20 + len(smooth)), smooth, style, color=colour, linewidth=2, label=name)
    axes.axhline(1 / 8, color=GREY, linewidth=1, label="chance")
    plain_axes(axes, title, "update", "share of right answers")
    axes.set_ylim(0, 1.05)
    axes.legend(frameon=False, loc="center left" if lines is curves else "lower right")
figure(picture, alt="Left: Mamba and Mamba-2 stay at chance, and after some 180 and 260 updates jump to 1; S4D "
       "stays at chance. Right: Mamba-2 reaches 1 while S4D is still climbing slowly.")

# %% [markdown]
# In the second game S4D comes along, more slowly: with two layers, a nonlinearity between them and only 16 places,
# "when" goes a long way. Ask it with 8 places or with 32, and it goes no further. And longer games of induction? All
# were trained on 32 steps.

# %% tags=["nbval-ignore-output"]
if preset != "smoke":
    players["s4d, two layers"], curves["s4d, two layers"] = play("s4d", induction)
for name, player in players.items():
    print(f"{name:16s}", "  ".join(f"{T} steps: {score(player, induction, T=T):.2f}" for T in (16, 32, 64, 128)))

# %% [markdown]
# Both Mambas have found a rule that hardly depends on the length: they were never trained on 128 steps. S4D guesses at
# all of them. Is that a matter of layers? With the laptop preset there is one line more, *two* layers of S4D, with a
# nonlinearity between them. (The outputs that come with this notebook are those of the quick preset. What follows is
# from a run of ours; yours will print its own line.) They found an answer, after 584 updates. It is right at 32 steps.
# At 16, 64 and 128 steps it was right in 0.81, 0.57 and 0.29 of the games: "when" again, in a roundabout way.
#
# ## 5. A recurrence is a matrix
#
# Mamba's scan has a price. Its state is $D \times N$ numbers a step, each with a decay of its own, and all of them must
# be written out. No matrix product helps, and matrix products are what computers are fastest at. Mamba-2 takes *one*
# decay $a_t = e^{\Delta_t A}$ for all numbers of a head. Then the state of a head is a matrix, $P \times N$,
#
# $$ h_t = a_t\, h_{t-1} + x_t\, b_t^\top, \qquad y_t = h_t\, c_t $$
#
# with $x_t$ ($P$ numbers, $\Delta_t$ already in it), $b_t$ and $c_t$ ($N$ numbers each).

# %%
def ssd_loop(x, log_a, b, c, h=None):
    """y (B, T, P) and the last state (B, P, N) of one head, a step at a time."""
    h = torch.zeros(len(x), x.shape[-1], b.shape[-1], dtype=x.dtype) if h is None else h
    outputs = []
    for t in range(x.shape[1]):
        h = log_a[:, t].exp()[:, None, None] * h + x[:, t, :, None] * b[:, t, None]
        outputs.append((h @ c[:, t, :, None]).squeeze(-1))
    return torch.stack(outputs, 1), h

# %%
torch.manual_seed(0)
B, T, P, N = 2, 64, 8, 4
x, b, c = (torch.randn(B, T, n, dtype=torch.float64) for n in (P, N, N))
log_a = -torch.rand(B, T, dtype=torch.float64) ** 2
y, last = ssd_loop(x, log_a, b, c)

# %% [markdown]
# Unroll it, as in 08a. What was written at $s$ has decayed by every step after $s$ when it is read at $t$:
#
# $$ y_t = \sum_{s \le t} \underbrace{e^{\log a_{s+1} + \dots + \log a_t}}_{L_{ts}}\; (c_t \cdot b_s)\; x_s $$
#
# The first thing to make is $L$, the matrix of what is left between any two steps.
#
# ### Exercise 08.10 - What is left between two steps
#
# Difficulty 4 of 5 · importance 5 of 5 · 15 minutes
#
# - `log_a` has shape `(..., T)`, all at most 0.
# - Return L, shape `(..., T, T)`, in the dtype of `log_a`: `L[..., t, s]` is the exponential of the sum of `log_a`
#   over steps s + 1 to t. It is 1 for t = s, and 0 for t < s.
# - Gradients pass, and they are numbers, not NaN, even where decays are as strong as exp(-700).
# - It keeps its digits in float32: strong decays early in the sequence do not spoil weak ones later.

# %%
def decays(log_a: torch.Tensor) -> torch.Tensor:
    """What is left at t of what was written at s: (..., T, T)."""
    # Differences of running sums. In which order come the mask and exp? In which precision are the sums?
    ### BEGIN SOLUTION
    T = log_a.shape[-1]
    total = log_a.double().cumsum(-1)
    apart = total[..., :, None] - total[..., None, :]  # (..., T, T), [t, s]
    upper = torch.ones(T, T, dtype=torch.bool).triu(1)
    return apart.masked_fill(upper, -torch.inf).exp().to(log_a.dtype)
    ### END SOLUTION


decays = check("08.10", decays)

# %% [markdown]
# ### What goes wrong: four ways to NaN and nonsense
#
# Each of these is in somebody's code. **Exp first, mask afterwards.** The values look right. The gradients are not
# numbers:

# %%
strong = torch.tensor([-1.0, -200.0, -1.0], requires_grad=True)
total = strong.cumsum(0)
hidden = torch.where(torch.ones(3, 3).tril() > 0, (total[:, None] - total).exp(), 0.0)
print("values finite:", bool(hidden.isfinite().all()), "  gradient:", torch.autograd.grad(hidden.sum(), strong)[0])
print("mask first:   gradient:", torch.autograd.grad(decays(strong).sum(), strong)[0])

# %% [markdown]
# `where` picks the 0, and on the way back multiplies 0 by the slope of what it did not pick: 0 times infinity.
#
# **Differences of running sums in float32.** The longer the sequence, the larger the sums, the fewer digits are left
# for their difference:

# %% tags=["nbval-ignore-output"]
with torch.no_grad():
    for T_long in (64, 256, 1024, 4096):
        steps = -torch.rand(T_long, generator=torch.Generator().manual_seed(0))
        sums, exact = steps.cumsum(0), steps.double().cumsum(0)
        near = torch.arange(T_long - 1)
        rough = (sums[near + 1] - sums[near]).exp()
        off = ((rough - (exact[near + 1] - exact[near]).exp()) / rough).abs().max()
        print(f"{T_long:5d} steps: float32 sums err by up to {off:.0e}")

# %% [markdown]
# **A product divided by a product**, $\sum_s \frac{A_t}{A_s} x_s$ with $A_t = a_1 \cdots a_t$, computed as
# $A_t \sum_s x_s / A_s$. It is elegant, takes one line, and ends after a hundred steps:

# %%
a = torch.full((200,), 0.4)
product = a.cumprod(0)
elegant = product * (1.0 / product).cumsum(0)  # all x are 1: the answer tends to 1 / (1 - 0.4)
print("after 50, 100, 150 steps:", elegant[[49, 99, 149]].tolist(), " right:", round(1 / 0.6, 3))

# %% [markdown]
# **A reset as a decay of exp(-inf).** It sounds right: $a_t = 0$. But the logarithms are *added* up, and then
# subtracted:

# %%
with_reset = torch.tensor([-0.1, -torch.inf, -0.1, -0.1])
print(decays(with_reset)[3])

# %% [markdown]
# Minus infinity minus minus infinity. So in logarithms a reset is not a number but a *mask*: two steps see each other
# if they belong to the same episode. As in exercise 08.9.

# %%
def decays_with_resets(log_a, reset):
    """L (B, T, T), 0 across a reset (B, T)."""
    episode = reset.long().cumsum(1)
    return decays(log_a) * (episode[:, :, None] == episode[:, None])

# %% [markdown]
# Now the rest of the sum. $c_t \cdot b_s$ for all $t$ and $s$ is a matrix product. So the whole recurrence is
#
# $$ Y = \bigl( L \odot C B^\top \bigr)\, X $$
#
# Compare attention: $Y = \operatorname{softmax}(Q K^\top)\, V$, masked. The reader $C$ is the query, the writer $B$ the
# key, $X$ the values. $L$ stands where the softmax was: *attention in which what is old fades, and no one competes*.
# This is **state-space duality** (SSD).

# %% [markdown]
# ### Exercise 08.11 - A recurrence that looks like attention
#
# Difficulty 2 of 5 · importance 5 of 5 · 6 minutes
#
# - `x` has shape `(B, T, P)`, `decay` shape `(B, T, T)` (your L), `b` and `c` shape `(B, T, N)`.
# - Return Y, `(B, T, P)`.

# %%
def attend(x: torch.Tensor, decay: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """(L * C B') X: (B, T, P)."""
    # Who reads, and who wrote?
    ### BEGIN SOLUTION
    return (decay * (c @ b.mT)) @ x
    ### END SOLUTION


attend = check("08.11", attend)

# %%
assert torch.allclose(attend(x, decays(log_a), b, c), y)  # the matrix is the recurrence

# %% [markdown]
# **The matrix is the recurrence.** Here are three such matrices, 24 steps each: what a softmax makes, what S4D can
# make, and what Mamba-2 makes. Row t shows how much of each earlier input is in $y_t$.

# %%
few = slice(0, 24)
scores = (c @ b.mT)[0, few, few]
causal = torch.ones(24, 24).tril() > 0
apart = torch.arange(24)[:, None] - torch.arange(24)
matrices = {
    "attention: rows compete": torch.softmax(scores.masked_fill(~causal, -torch.inf), -1),
    "S4D: only the distance counts": torch.where(causal, torch.exp(-0.1 * apart) * torch.cos(0.6 * apart), 0.0),
    "Mamba-2: content, and it fades": decays(log_a)[0, few, few] * scores,
}

# %%
picture = Picture(9.5, 3.3)
for axes, (name, matrix) in zip(picture.subplots(1, 3), matrices.items()):
    shown = axes.imshow(matrix / matrix.abs().max(), cmap="PuOr", vmin=-1, vmax=1)
    axes.set_title(name, loc="left", fontsize=10)
    axes.set(xlabel="input at step s", ylabel="output at step t")
picture.colorbar(shown, ax=axes, label="weight (share of the largest)")
figure(picture, alt="Three lower triangles. Attention has single bright cells in each row. S4D has stripes along the "
       "diagonal. Mamba-2 has a pattern of its own that pales away from the diagonal.")

# %% [markdown]
# With the matrix we can look inside the player of section 4. Its last output, when the bell rings again, is a sum over
# all inputs. How large is each term, $L_{Ts}\,(c_T \cdot b_s)\,\lVert x_s \rVert$, seen from the first bell? (Mean over
# 200 games.)

# %%
@torch.no_grad()
def terms(player, tokens):
    """How much of each input the last step reads, in a network of one Mamba-2 layer: (B, T)."""
    sequence, layer = player.sequence, player.sequence.layers[0]
    u, never = sequence.norms[0](sequence.project(player.embed(tokens))), torch.zeros(tokens.shape, dtype=torch.bool)
    _, xbc, dt = layer.input(u).split(layer.widths, -1)
    xbc = F.silu(short_conv(xbc, layer.conv.weight, never) + layer.conv.bias)
    x, b, c = xbc.split([layer.inner, layer.N, layer.N], -1)
    dt = F.softplus(dt + layer.dt_bias)  # (B, T, heads)
    L = decays((-dt * layer.A_log.exp()).mT)[:, :, -1].mT  # of the last step, (B, T, heads)
    written = dt * x.unflatten(-1, (layer.H, -1)).norm(dim=-1)
    return (L * (c[:, -1:] * b).sum(-1, keepdim=True) * written).abs().sum(-1)

# %% tags=["nbval-ignore-output"]
tokens, _ = induction(torch.Generator().manual_seed(3), 200)
first = (tokens == BELL).float().argmax(1)
tokens, first = tokens[(first >= 4) & (first < 20)], first[(first >= 4) & (first < 20)]
offsets = torch.arange(-4, 11)
read = terms(players["mamba2"], tokens).gather(1, first[:, None] + offsets).mean(0)
picture = Picture(7.5, 2.8)
axes = picture.subplots()
axes.bar(offsets, read / read.sum(), color=BLUE)
axes.set_xticks(offsets.tolist())
plain_axes(axes, "What the last step reads", "steps after the first bell", "share of what is read")
figure(picture, alt="Bars over steps before and after the bell. Nearly all of what is read lies at a single place, "
       "a few steps after the bell, while the bell is still in the short window.")
assert read[5:8].sum() > 0.9 * read.sum()

# %% [markdown]
# Out of 32 inputs it reads *one*. But it is not the step after the bell. In our run it is the third. Why? A window of
# four steps then holds the bell at its far end, and the symbol next to it. Nobody told the layer how to use its window.
# Any of the three steps that see both would do.

# %% [markdown]
# ## 6. In chunks
#
# The loop needs $T$ steps. The matrix needs $T^2$ products. Between the two lies the best of both. Cut the sequence
# into **chunks** of some steps. Inside a chunk, use the matrix: it is small. From chunk to chunk, carry the state:
# there are few. What does a chunk leave behind? The old state has faded by all its steps, and each input by the steps
# after it:
#
# $$ h_\text{end} = e^{\sum_r \log a_r}\, h_\text{start} + \sum_s e^{\sum_{r > s} \log a_r}\; x_s\, b_s^\top $$
#
# ### Exercise 08.12 - What a chunk leaves behind
#
# Difficulty 3 of 5 · importance 4 of 5 · 12 minutes
#
# - `h` has shape `(B, P, N)`, the state before the chunk. `x` has shape `(B, L, P)`, `log_a` shape `(B, L)`, `b` shape
#   `(B, L, N)`.
# - Return the state after the chunk, `(B, P, N)`. No loop over steps is needed; the check takes any way that is right.
# - Decays may be very strong: do not divide by them. Subtract their logarithms.

# %%
def chunk_end(h: torch.Tensor, x: torch.Tensor, log_a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The state after a chunk, (B, P, N)."""
    # By how much has input s faded at the end? Then one matrix product adds them all up.
    ### BEGIN SOLUTION
    total = log_a.cumsum(1)  # (B, L)
    left = (total[:, -1:] - total).exp()  # of each input, (B, L)
    return total[:, -1, None, None].exp() * h + (x * left[..., None]).mT @ b
    ### END SOLUTION


chunk_end = check("08.12", chunk_end)

# %% [markdown]
# One piece is left: what the outputs of a chunk read of the state *before* it. At step $t$ it has faded by the steps up
# to $t$. Then all is there:

# %%
def ssd_chunked(x, log_a, b, c, chunk, h=None):
    """As `ssd_loop`, in chunks."""
    h = torch.zeros(len(x), x.shape[-1], b.shape[-1], dtype=x.dtype) if h is None else h
    outputs = []
    for part in zip(*(whole.split(chunk, 1) for whole in (x, log_a, b, c))):
        x_, log_a_, b_, c_ = part
        inside = attend(x_, decays(log_a_), b_, c_)  # (B, L, P)
        carried = log_a_.cumsum(1).exp()[..., None] * (c_ @ h.mT)
        outputs.append(inside + carried)
        h = chunk_end(h, x_, log_a_, b_)
    return torch.cat(outputs, 1), h

# %%
for chunk in (1, 7, 16, 64):
    for mine, looped in zip(ssd_chunked(x, log_a, b, c, chunk), ssd_loop(x, log_a, b, c)):
        assert torch.allclose(mine, looped)
print("chunks of 1, 7, 16 and 64 steps: the same outputs, the same last state")

# %% [markdown]
# A chunk of 1 is the loop, a chunk of $T$ is the matrix. How long should it be? Count the multiplications of one head:

# %%
def multiplications(T, L, P, N):
    """Of one head: scores, their product with x, and for each step writing the state and reading what is carried."""
    chunks = T // L
    return chunks * (L * L * N + L * L * P + 2 * L * P * N)


for L in (1, 8, 32, 128, 1024):
    print(f"chunk {L:4d}: {multiplications(1024, L, 32, 16) / 1e6:5.2f} million products, {1024 // L:4d} in a row")

# %% [markdown]
# By products alone short chunks win. But a product in a large matrix is cheap, and each chunk is a step that waits for
# the one before. The library takes 32. (Drama's release takes 256, so that a window of 128 steps is a single one.) It
# changes the time and nothing else.
#
# With resets, two masks more: inside a chunk `decays_with_resets`, and between chunks nothing is carried past a reset.
# The library's `ssd` does both. Yours against it, resets anywhere:

# %%
from mbrl_lite.sequence import ssd


def ssd_with_resets(x, log_a, b, c, reset, chunk):
    h, outputs = torch.zeros(len(x), x.shape[-1], b.shape[-1], dtype=x.dtype), []
    for x_, log_a_, b_, c_, reset_ in zip(*(whole.split(chunk, 1) for whole in (x, log_a, b, c, reset))):
        episode = reset_.long().cumsum(1)  # 0: still the life of the state before
        first, final = (episode == 0)[..., None], (episode == episode[:, -1:])[..., None]
        inside = attend(x_, decays_with_resets(log_a_, reset_), b_, c_)
        outputs.append(inside + log_a_.cumsum(1).exp()[..., None] * (c_ @ h.mT) * first)
        h = chunk_end(h * first[:, -1:], x_ * final, log_a_, b_)
    return torch.cat(outputs, 1), h

# %%
reset = torch.rand(B, T) < 0.1
mine, end = ssd_with_resets(x, log_a, b, c, reset, 16)
theirs, last, _ = ssd(x[:, :, None], log_a[..., None], b, c, reset, torch.zeros(B, 1, P, N).double(), chunk=16)
assert torch.allclose(mine, theirs[:, :, 0]) and torch.allclose(end, last[:, 0])

# %% [markdown]
# ## 7. Mamba-2, whole
#
# Now put the parts together. A Mamba-2 layer makes everything by one linear map: a gate $z$, then $x$, $B$, $C$ through
# the short window, and $\Delta$. Then SSD in each head, a direct way $D x$, the gate, a norm, and a linear map back.
#
# ```text
# u ── linear ─┬─ z ─────────────────────────────── silu ─┐
#              ├─ x, B, C ── short window ── silu ─┐      │
#              └─ Δ ── + bias ── softplus ──────── SSD ───×─── norm ── linear ── out
#                                     (+ D x, in each head)
# ```
#
# | letter | what it is | size |
# |---|---|---|
# | $x$ | what is written, a vector for each head | heads x P |
# | $B$, $C$ | where it is written, and how it is read; shared by all heads | N each |
# | $\Delta$ | step size: how much is taken in, how much forgotten | one a head |
# | $A$, $D$ | the rate of decay, and the direct way; learnt, the same at all times | one each a head |
# | $h$ | the state that is carried | heads x P x N |

# %%
def my_mamba2(layer, u, reset):
    """The library's layer with your functions in it: (B, T, units)."""
    z, xbc, dt = layer.input(u).split(layer.widths, -1)
    xbc = F.silu(short_conv(xbc, layer.conv.weight, reset) + layer.conv.bias)
    x, b, c = xbc.split([layer.inner, layer.N, layer.N], -1)
    dt = F.softplus(dt + layer.dt_bias)  # (B, T, heads)
    log_a = -dt * layer.A_log.exp()
    heads = []
    for h, x_h in enumerate(x.split(layer.P, -1)):
        y, _ = ssd_with_resets(x_h * dt[..., h, None], log_a[..., h], b, c, reset, layer.chunk)
        heads.append(y + layer.D[h] * x_h)
    return layer.output(layer.norm(torch.cat(heads, -1) * F.silu(z)))

# %% tags=["nbval-ignore-output"]
from mbrl_lite.sequence.mamba2 import Mamba2Layer

torch.manual_seed(0)
layer, u, reset = Mamba2Layer(64), torch.randn(2, 100, 64), torch.rand(2, 100) < 0.05
with torch.no_grad():
    theirs, last, _ = layer.forward(u, reset, [torch.zeros(2, size) for size in layer.sizes])
    assert torch.allclose(my_mamba2(layer, u, reset), theirs, atol=1e-5)
print("your Mamba-2 and the library's agree to", f"{(my_mamba2(layer, u, reset) - theirs).abs().max():.0e}")

# %% [markdown]
# That is the layer that world models of chapter 10 are made of. And it still has a single step, to act and to dream.
# The law of this chapter once more, for all backbones: `forward` is the fold of `step`.

# %%
for name in ("transformer", "mamba", "mamba2"):
    torch.manual_seed(0)
    model = make_sequence(name, 5, 64)
    x, reset = torch.randn(3, 60, 5), torch.rand(3, 60) < 0.1
    with torch.no_grad():
        whole, state, steps = model.forward(x, reset)[0], model.initial(3), []
        for t in range(60):
            y, state = model.step(x[:, t], reset[:, t], state)
            steps.append(y)
    assert torch.allclose(whole, torch.stack(steps, 1), atol=1e-4)
    print(f"{name:11s} carries {model.initial(1).shape[1]:6,} numbers from step to step")

# %% [markdown]
# ## 8. What it costs
#
# Go back to the first figure, and read it as someone who has to choose.
#
# | you have | then take |
# |---|---|
# | short windows or a large batch, and a small world | a GRU: simple, a tiny state, and nothing is slow yet |
# | long sequences in which *what* is seen decides if it is kept, and time to learn that | Mamba-2 |
# | one cue and a long wait, a clock, a smooth signal; few updates | S4D or S5: born with slow modes |
# | all of the past must be looked up *exactly*, and it fits a window | a Transformer |
#
# All but the GRU train in parallel and go on step by step. Two things do not show in that figure. In a world model of
# chapter 07 the *posterior* reads $h_t$, so the loop over time stays whatever the backbone is. To train in parallel it
# must see its frame alone. And in dreaming each step carries the state: a few hundred numbers for a GRU, thousands for
# Mamba-2 and for a Transformer's cache.

# %% tags=["nbval-ignore-output"]
for (B, name), T in crossings.items():
    print(f"batch of {B:2d}: Mamba-2 is cheaper to train than a {name} from about {T:.0f} steps on ({where})")

# %% [markdown]
# ## What the papers found
#
# **Selection.** On selective copying S4 got 18 % right and the same layer with selection 97 % (Gu and Dao, 2023, table
# 1: 4,096 steps, 16 symbols, two layers). Ours is a miniature, and it points the same way: the numbers are in section
# 4. On induction their Mamba, trained at 256 steps, went on to a million. Ours, trained at 32
# for some seconds, still knew at 128.
#
# **World models.** Deng et al. (2023) put a GRU, a Transformer and S4 into one world model and asked for memory. S4
# remembered longest and trained fastest. What we claim of it, at laptop scale, each with its status. First whole world
# models, that are asked which reward they expect under a lamp. Then memories alone.

# %% tags=["nbval-ignore-output"]
evidence("s4wm-backbones")
evidence("memory-length")
evidence("memory-length-v2")

# %% [markdown]
# Read *beside it* slowly; these are medians of five seeds. The Transformer sees everything, so it names the cue after
# 1,024 steps as after 16 (in four seeds of five). S4D knows it after 256. The GRU with whole gradients is safe up to
# 64, and the one whose gradients are cut is lost at 64 already, where the cue lies outside them. And Mamba-2, the best
# of the miniature above? It knows 16 and 64 steps in four seeds of five each, and 256 in none. That is no limit of what
# it can hold. S4D is *born* with slow modes that keep what they were told: its smallest $\Delta$ is 0.001 (08a).
# Mamba-2 has to learn to leave its state alone, and 400 updates are few for that.
#
# The third statement was a mistake of ours. It asked what a short context costs *after 256 steps*, which this Mamba-2
# never knew. Who knows nothing has nothing to forget. The record stays as it is. The second version asks after 64
# steps, and gives three times the updates: four seeds of five then name the cue every time with their carried state,
# and all guess from the last 16 steps. (One seed in five never learnt it.)

# %% [markdown]
# **Challenges**, without solution
#
# - Give the first game *two* bells with different symbols after them, and ask for the second. What does the step size
#   learn now?
# - Take out the short window (`conv=1`). Which of the two games is lost?
# - Make a copying game that no recurrence can win, whatever its layers: how many symbols fit into the state?
# - Measure the map with your own widths: `cost_map(MODELS, (4,), (64, 256), units=256)`.
#
# **Reading**
#
# - A. Gu and T. Dao, *Mamba: Linear-time sequence modeling with selective state spaces*, 2023. Section 3, 30 minutes.
# - T. Dao and A. Gu, *Transformers are SSMs*, 2024. Sections 3, 5 and 6, 50 minutes.
# - F. Deng, J. Park and S. Ahn, *Facing off world model backbones: RNNs, Transformers, and S4*, 2023. Sections 3 and 5,
#   25 minutes.

# %% tags=["nbval-ignore-output"]
progress("08")

# %% [markdown]
# **Where next?** Chapter 09 builds the agent around the world model. In chapter 10 Mamba-2 takes the place of the GRU
# in it, and you will see what that buys.
