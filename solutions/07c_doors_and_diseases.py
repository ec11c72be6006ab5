# %% [markdown]
# # 07c Doors and diseases
#
# **A world model learns rules nobody told it, such as that doors open; and when it fails, an instrument says why.**

# %%
import os

import numpy as np
import torch

from mbrl_lite.course import check, figure, hint, progress
from mbrl_lite.training.clinic import PATIENTS, clinic_batch, load_patient

preset = os.environ.get("MBRL_LITE_PRESET", "laptop")

# %%
clinic, healthy = clinic_batch(), load_patient("healthy")
play = clinic.batch  # recorded steps (B, T)
print(f"preset {preset}; views {tuple(play.obs.shape)}, a model of", sum(p.numel() for p in healthy.parameters()))

# %% [markdown]
# The world is MiniGrid's DoorKey, which you met in chapter 00: a key, a locked door, a goal behind it. Somebody walked
# about in it, seven actions in ten at random, the others with a plan. An RSSM learnt from such walks. It was never
# told what a key is.
#
# Below, it saw five views. Then its eyes were shut, and it was told only the actions.

# %%
from mbrl_lite.evaluation import look_ahead

key, door = clinic.column("has_key"), clinic.column("door_open")  # (B, T), true or false
ahead = look_ahead(healthy, play, context=5, horizons=range(1, 11), stride=2)
dreamt = healthy.decoder.mode(ahead.imagined.feat).numpy()  # (B, S, 10, 7, 7, 3)
real = ahead.then(play.obs.numpy())

# %%
def open_doors(views):
    """Cells with an open door, (..., 7, 7): object 4, state 0."""
    return (views[..., 0] == 4) & (views[..., 2] == 0)

# %% [markdown]
# We look for lives in which the door opens *inside* the dream: it was shut at the last step seen, and stands open
# some steps later. How often does the dream know?

# %% tags=["nbval-ignore-output"]
opened = ~door[:, ahead.starts][:, :, None] & ahead.then(door) & ahead.valid  # (B, S, 10)
there = open_doors(real) & opened[..., None, None]  # cells where the world shows a newly opened door
known = [open_doors(dreamt)[:, :, k][there[:, :, k]].mean() for k in range(10)]
false = [open_doors(dreamt)[:, :, k][(ahead.valid & ~ahead.then(door))[:, :, k]].any((1, 2)).mean() for k in range(10)]
print("open in the world, open in the dream:", *(f"{share:.0%}" for share in known))
print("shut in the world, open in the dream:", *(f"{share:.0%}" for share in false))

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz import dream_strip

right = (open_doors(dreamt) & there).any((-1, -2)).sum(-1)  # (B, S): frames with a rightly opened door
fetched = ~key[:, ahead.starts] & ahead.then(key)[..., -1]  # the key too is taken up in the dream
b, s = np.unravel_index((right * (1 + fetched)).argmax(), right.shape)
start = ahead.starts[s]
seen = healthy.decoder.mode(ahead.posterior.feat[b, start - 4 : start + 1]).numpy()
strip = dream_strip(
    play.obs[b, start - 4 : start + 11].numpy(),
    np.concatenate([seen, dreamt[b, s]]),
    context=5,
    actions=play.action[b, start - 4 : start + 11].numpy(),
    action_names=["left", "right", "forward", "pick up", "drop", "toggle", "done"],
    columns=15,
    title="A door opens in the dream",
)
figure(strip, alt="Above, what happened; below, the dream. After the action toggle an open door appears in both.")

# %% [markdown]
# First the key is taken up, then the door opens, with closed eyes. This is the life whose dream got the door right most
# often, so do not take it for the average. The average is printed above, for one to ten dreamt steps. Shortly after
# the eyes are shut, nearly every door that opens in the world opens in the dream. Later the dream loses its way. The
# second row is its error on the other side: open doors where the world's is shut. *Healthy* does not mean perfect.
# This is a small model, trained for minutes.
#
# **You will be able to**
#
# - read what a world model has learnt: from its dreams, its *what-ifs*, and its latents,
# - build four instruments: the KL of each group, reward recall, the swap of latents, the test of resets,
# - name a model's disease from its readings, and know the cure.
#
# **You need** chapters 07a and 07b. **It takes** about 75 minutes:
#
# | part | minutes |
# |---|---|
# | 1. How a model is raised | 10 |
# | 2. What it has learnt | 15 |
# | 3. Four instruments | 25 |
# | 4. The ward round | 15 |
# | 5. Make one ill | 10 |
#
# ## 1. How a model is raised
#
# 07a and 07b built an RSSM and its loss by hand. From here on we use the library's `WorldModel`. It is the same model,
# with two more heads, as there are rewards and ends now. At each step its loss has these terms:
#
# $$ \mathcal L = \underbrace{-\ln p(o_t \mid h_t, z_t)}_{\text{recon}}
#    \underbrace{- \ln p(r_t \mid h_t, z_t)}_{\text{reward}} \underbrace{- \ln p(c_t \mid h_t, z_t)}_{\text{cont}}
#    + \beta_\text{dyn} \mathcal L_\text{dyn} + \beta_\text{rep} \mathcal L_\text{rep} $$
#
# Here $c_t$ is 1 if the world goes on. The last two are the halves of the KL balance, each held up by the free nats.

# %%
from mbrl_lite.data import Batch
from mbrl_lite.models import Latent, ModelConfig, WorldModel


def pieces(rng, batch=16, length=16):
    """Random pieces of the recorded walks: a Batch (16, 16)."""
    rows = torch.from_numpy(rng.integers(len(play.obs), size=(batch, 1)))
    starts = rng.integers(play.obs.shape[1] - length + 1, size=(batch, 1))
    at = torch.from_numpy(starts + np.arange(length))  # (B, T)
    return Batch(*(field[rows, at] for field in play))

# %%
def bring_up(updates, seed=0, **settings):
    """A small model after some updates, and its loss terms on the way: a list of dicts."""
    torch.manual_seed(seed)
    model = WorldModel(healthy.spec, ModelConfig(units=64, deter=64, groups=8, classes=8, **settings))
    adam, rng, history = torch.optim.Adam(model.parameters(), 1e-3), np.random.default_rng(seed), []
    for _ in range(updates):
        terms, _ = model.loss(pieces(rng))
        adam.zero_grad()
        sum(terms.values()).backward()
        adam.step()
        history.append({name: term.item() for name, term in terms.items()})
    return model, history

# %% tags=["nbval-ignore-output"]
updates = {"smoke": 40}.get(preset, 120)
young, history = bring_up(updates)
for when in (0, updates // 4, updates - 1):
    print(f"update {when:3d}:", ", ".join(f"{name} {value:.2f}" for name, value in history[when].items()))

# %% [markdown]
# The first term is the largest by far: 147 numbers to describe, against one reward. It falls fast at first. Remember
# this. What a model gets first is what costs it most, and a key in a view of 49 cells costs very little.
#
# The model that ships with the course, `healthy`, went on like this for some minutes. From here on we look at that one.
#
# ## 2. What it has learnt
#
# ### Ask what if
#
# A model answers questions that no record holds: *what if* somebody else had acted? Take all moments at which the
# agent stands before the locked door. Try two actions in the dream, with and without the key in hand.

# %%
toggle, forward = 5, 2
facing = play.obs[:, :, 3, 5].numpy()  # the cell in front: (B, T, 3)
locked = (facing[..., 0] == 4) & (facing[..., 2] == 2)  # a door, and locked
belief = look_ahead(healthy, play, horizons=(1,)).posterior  # what it believes with open eyes


def opens(model, moments, action):
    """Share of the dreams in which the door in front is open one step later, after this action at these moments."""
    now = belief.map(lambda part: part[moments])  # (n, ...)
    chosen = torch.full((len(now.h),), action)
    torch.manual_seed(0)
    view = model.decoder.mode(model.rssm.dream_step(now, model.action_input(chosen)).feat)
    return open_doors(view.numpy())[:, 3, 5].mean()

# %% tags=["nbval-ignore-output"]
for holding, name in ((key, "with the key   "), (~key, "without the key")):
    moments = torch.from_numpy(locked & holding)
    tried = (moments & (play.action == toggle)).sum()
    shares = [opens(healthy, moments, action) for action in (toggle, forward)]
    print(f"{name} ({moments.sum():3d} moments, {tried:3d} of them with a toggle in the records): "
          f"toggle opens {shares[0]:.0%}, forward opens {shares[1]:.0%}")

# %% [markdown]
# In the world the four numbers are 100 %, 0, 0 and 0. The model knows best what it saw most. *Toggle opens* it has
# learnt, and mostly that walking does not. *Only with the key* it has learnt in part. Look how often it could see
# that: somebody with a plan does not toggle a locked door with empty hands. Data made by those who know hold few
# mistakes, so a model learns little about mistakes. Keep this in mind when an agent is to practise in it: it will
# find the doors that open too easily. (In chapter 09 it acts in the world again and again, and so gets to see where
# it was wrong.)
#
# ### How long is it right?
#
# After $k$ steps with closed eyes, which share of the 49 cells is wrong? Two lines to compare with. *Still*: repeat
# the last view that was seen. *Codec*: what the decoder gets wrong with open eyes. No dream can be better than that.

# %% tags=["nbval-ignore-output"]
from mbrl_lite.evaluation import open_loop_drift

drift = open_loop_drift(healthy, play)
for name in ("error", "still", "codec"):
    print(f"{name:6}", *(f"k={k:2d} {share:6.1%}" for k, share in zip(drift.horizons, getattr(drift, name))))
assert drift.codec[0] < drift.error[0] < drift.still[0]

# %% [markdown]
# ### What is in the latent?
#
# The picture is not all. Can the facts *door open* and *carrying the key* be read off $[h, z]$ by a linear probe? It
# is fitted with open eyes on one half of the walks. On the other half we ask it with open eyes, and after $k$ dreamt
# steps.

# %%
from mbrl_lite.evaluation import probe_latents

facts = {"door open": door, "carrying the key": key}
curves = {name: probe_latents(healthy, play, fact) for name, fact in facts.items()}

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, Picture, plain_axes

picture = Picture(8, 3.2)
for axes, (name, curve) in zip(picture.subplots(1, 2), curves.items()):
    axes.plot(curve.horizons, 100 * curve.score, "o-", color=BLUE, label="read off the latent")
    axes.plot(curve.horizons, 100 * curve.chance, "--", color=GREY, label="always the same guess")
    axes.set_ylim(0, 102)
    plain_axes(axes, name, "steps dreamt (0: eyes open)", "right (%)")
    axes.legend(frameon=False, loc="lower left")
figure(picture, alt="Two panels. The probe of each fact starts higher with open eyes and falls towards the "
       "constant guess.")

# %% [markdown]
# With open eyes both are known nearly always. Yet the agent sees the door only when it looks that way: the latent
# *remembers*. In the dream the knowledge fades, and of the key little is left after 15 steps. (The guess is the more
# frequent answer in the fit. It changes with $k$, as long dreams are those in which no episode ended.)
#
# ## 3. Four instruments
#
# When Dreamer fails, the return is low, and that is all it says. Why? Perhaps the model is ill. Four diseases are
# common, and one instrument is made for each. You build them, and try them on the healthy model first: one must
# know what healthy looks like.
#
# ### Is the latent alive?
#
# The KL between posterior and prior says how much a look tells that the model did not know. If it is 0 in each
# group of $z$, looking tells nothing. This is **posterior collapse**.
#
# $$ \mathrm{KL}(q \,\|\, p) = \sum_{c} q_c \ln \frac{q_c}{p_c} $$

# %% [markdown]
# ### Exercise 07.10 - Which groups are alive?
#
# Difficulty 2 of 5 · importance 4 of 5 · 6 minutes
#
# - `posterior` and `prior` are arrays of shape `(B, T, Z, C)`: the probabilities of C classes in each of Z groups.
#   All are above 0.
# - Return the mean KL(posterior || prior) of each group over all steps, in nats: shape `(Z,)`.

# %%
def kl_per_group(posterior: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Mean KL(posterior || prior) of each group, in nats: (Z,)."""
    # One axis is summed over, two are averaged.
    ### BEGIN SOLUTION
    return (posterior * np.log(posterior / prior)).sum(-1).mean((0, 1))
    ### END SOLUTION


kl_per_group = check("07.10", kl_per_group)

# %%
from mbrl_lite.evaluation import latent_use


def look(model):
    """What a model makes of the walks with open eyes: states, posterior and prior (B, T, Z, C)."""
    torch.manual_seed(0)
    with torch.no_grad():
        return model.observe(play)

# %% tags=["nbval-ignore-output"]
states, posterior, prior = look(healthy)
groups = kl_per_group(posterior.numpy(), prior.numpy())
print("nats a group:", groups.round(2), " alive:", f"{np.mean(groups >= 0.01):.0%}")
assert np.allclose(groups, latent_use(healthy, play).groups, rtol=0.2)  # the library's; other draws of z

# %% [markdown]
# A group with less than 0.01 nats we call dead.
#
# ### Does it expect the reward?
#
# DoorKey pays once an episode. A reward head that always says 0 is right at 98 steps of 100, and its agent will never
# want anything. Accuracy hides this. Ask for the **recall**: of the rewards that came, how many were expected?

# %% [markdown]
# ### Exercise 07.11 - What the reward head expects
#
# Difficulty 2 of 5 · importance 4 of 5 · 6 minutes
#
# - `predicted` and `reward` are float arrays of shape `(B, T)`. Rewards may be negative; most are 0.
# - A reward (any that is not 0) is *expected* if at least half of it is predicted, with the right sign.
# - Return the share of rewards that are expected, a float. If there is no reward, return nan.

# %%
def recall(predicted: np.ndarray, reward: np.ndarray) -> float:
    """Share of the rewards of which at least half was expected; nan if there was none."""
    # Which steps count? What does "half" mean for a penalty of -2?
    ### BEGIN SOLUTION
    rewarded = reward != 0
    if not rewarded.any():
        return float("nan")
    toward = predicted * np.sign(reward)
    return float((toward >= np.abs(reward) / 2)[rewarded].mean())
    ### END SOLUTION


recall = check("07.11", recall)

# %%
def expected_reward(model, feat):
    """The reward head's mean at each step, (B, T)."""
    with torch.no_grad():
        return model.predict(feat)[0].numpy()

# %% tags=["nbval-ignore-output"]
paid = play.reward.numpy()
print(f"rewarded steps {np.mean(paid != 0):.1%}, recall {recall(expected_reward(healthy, states.feat), paid):.2f}")
print(f"a head that says 0 is right at {np.mean(paid == 0):.1%} of all steps, recall {recall(0 * paid, paid):.2f}")

# %% [markdown]
# ### Does the decoder listen?
#
# The state has two parts, and the decoder may read only one. How would you know? Tell it a lie: give it the right $h$
# and the $z$ of *another* walk. If the picture does not get worse, nobody listened.

# %% [markdown]
# ### Exercise 07.12 - Swap the latents
#
# Difficulty 2 of 5 · importance 4 of 5 · 5 minutes
#
# - `loss(h, z, obs)` is a function: the decoder's loss at each step, a tensor `(B, T)`.
# - `h` `(B, T, H)`, `z` `(B, T, N)` and `obs` `(B, T, ...)` are tensors.
# - Give sequence $i$ the z of sequence $i - 1$ at the same step, and the first one that of the last.
# - Return how much the mean loss rises by it: a float, in nats.

# %%
def shuffle_cost(loss, h: torch.Tensor, z: torch.Tensor, obs: torch.Tensor) -> float:
    """How much the decoder's mean loss rises when z belongs to another sequence."""
    # torch.Tensor.roll moves whole rows round.
    ### BEGIN SOLUTION
    return float(loss(h, z.roll(1, 0), obs).mean() - loss(h, z, obs).mean())
    ### END SOLUTION


shuffle_cost = check("07.12", shuffle_cost)

# %%
@torch.no_grad()
def worth(model, states):
    """What z and h are worth to a decoder, in nats a step."""

    def told_z(h, z, obs):
        return model.decoder.loss(torch.cat([h, z], -1), obs)

    def told_h(z, h, obs):  # the same, with h in the place of z
        return told_z(h, z, obs)

    return shuffle_cost(told_z, states.h, states.z, play.obs), shuffle_cost(told_h, states.z, states.h, play.obs)

# %% tags=["nbval-ignore-output"]
print("the wrong z costs {:.1f} nats a step, the wrong h {:.1f}".format(*worth(healthy, states)))

# %% [markdown]
# Both are read, by this decoder. The memory $h$ knows the room, the look $z$ says what is new.
#
# ### Does it know when a life begins?
#
# At the first step of an episode the past must count for nothing (exercise 07.3). Is this obeyed? A test: start an
# episode twice, after an old life and after none. The states must be equal.

# %% [markdown]
# ### Exercise 07.13 - Find the bug: a test that cannot fail
#
# Difficulty 3 of 5 · importance 5 of 5 · 8 minutes
#
# A friend wrote this test. It says 0 for every model, also for those that leak. *Two* things are wrong with it.
#
# - `step(state, obs, action, is_first)` is the model: it takes the previous state and the previous action, and returns
#   the new memory, an array `(B, H)`.
# - `past` and `action` (an array) are the state and the last action of an old life. `fresh` is the state before a first
#   step; its action is all zeros.
# - Return the largest difference, in size, between a life begun after the old one and a fresh one: a float.

# %%
def reset_leak_buggy(step, past, obs, action, fresh):
    nothing = np.zeros_like(action)
    begun = step(past, obs, nothing, True)
    anew = step(fresh, obs, nothing, True)
    return float(abs((begun - anew).mean()))

# %%
def leaky(state, obs, action, is_first):
    """Lets the old state in, up in one number and down in the next; and the old action."""
    return obs + state * [1, -1] + action if is_first else obs + state + action


old_life = np.full((2, 2), 3.0), np.ones((2, 2)), np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros((2, 2))
print("a leaking model, says the test:", reset_leak_buggy(leaky, *old_life))

# %% [markdown]
# Copy it, find both, mend them. Which ways into the new life are there, and does the test try each?

# %%
def reset_leak(step, past, obs, action: np.ndarray, fresh) -> float:
    """The largest difference that an old life makes to the first memory of a new one."""
    # A test is worth something only if it can fail.
    ### BEGIN SOLUTION
    begun = step(past, obs, action, True)
    anew = step(fresh, obs, np.zeros_like(action), True)
    return float(np.abs(begun - anew).max())
    ### END SOLUTION


reset_leak = check("07.13", reset_leak)
print("a leaking model, says yours:   ", reset_leak(leaky, *old_life))

# %% [markdown]
# Now for a real model. Its old lives are the ends of our walks.

# %%
def first_memory(model):
    """A world model as the test wants it."""

    @torch.no_grad()
    def step(state, obs, action, is_first):
        first = torch.full((len(obs),), is_first)
        return model.filter(obs, torch.from_numpy(action), first, Latent(*state)).h.numpy()

    return step

# %%
def leak(model, states):
    past = states.h[:, -1], states.z[:, -1]
    fresh = tuple(torch.zeros_like(part) for part in past)
    return reset_leak(first_memory(model), past, play.obs[:, 0], play.action[:, -1].numpy(), fresh)


print("healthy:", leak(healthy, states))

# %% [markdown]
# Exactly 0, not only nearly: what is multiplied by 0 is gone. (A model that was wired right has nothing to learn here.
# The test is for the wiring.)
#
# ## 4. The ward round
#
# Four more models lie in the ward, patients a to d. All were raised on the same walks, with the same sizes. Each has
# one disease from birth. Their files do not say which. First, take all readings.

# %%
def take_readings(model):
    """All instruments on one model: numbers by name."""
    states, posterior, prior = look(model)
    alive = np.mean(kl_per_group(posterior.numpy(), prior.numpy()) >= 0.01)
    by_z, by_h = worth(model, states)
    expected = recall(expected_reward(model, states.feat), paid)
    numbers = {"leak": leak(model, states), "active": alive, "without_z": by_z, "without_h": by_h, "recall": expected}
    return {name: float(number) for name, number in numbers.items()}

# %%
ward = {name: load_patient(name) for name in PATIENTS}
readings = {name: take_readings(model) for name, model in ward.items()}

# %% tags=["nbval-ignore-output"]
print(f"{'':10}" + "".join(f"{column:>11}" for column in readings["healthy"]))
for name, row in readings.items():
    print(f"{name:10}" + "".join(f"{number:11.3f}" for number in row.values()))

# %% tags=["nbval-ignore-output"]
titles = {"leak": "reset leak", "active": "groups alive", "without_z": "z is worth", "without_h": "h is worth"}
titles["recall"] = "reward recall"
units = ("largest difference", "share", "nats a step", "nats a step", "share")
picture = Picture(10.5, 2.8)
for axes, (column, title), unit in zip(picture.subplots(1, 5, sharey=True), titles.items(), units):
    numbers = [row[column] for row in readings.values()]
    axes.barh(range(5), numbers, color=[GREY, BLUE, BLUE, BLUE, BLUE])
    axes.plot(np.zeros(5), range(5), "|", color=VERMILION, markersize=14)  # so that a zero is seen
    axes.set_yticks(range(5), list(readings))
    axes.invert_yaxis()
    plain_axes(axes, title, unit, "")
figure(picture, alt="Five panels of bars, one for each instrument, with a bar for each of five models. In each panel "
       "one or two patients differ from the healthy one.")

# %% [markdown]
# Grey is the healthy one. What do you say? Write your guess down before you go on: `a = ..., b = ...`.
#
# One patient strikes several instruments. This is common: a cause has *symptoms* further down. If the latent is dead,
# there is nothing to decode and nothing to expect. So a doctor asks in an order, causes first.

# %% [markdown]
# ### Exercise 07.14 - The diagnosis
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# `readings` is a dict of floats: `leak`, `active` (share of groups alive), `without_z` and `without_h` (what the wrong
# z or h costs the decoder; either may be 0), `recall` (may be nan). Return the name of the first disease in this table
# whose sign is there, or `"healthy"`:
#
# | name | sign |
# |---|---|
# | `"ignores resets"` | the leak is above 1e-4 |
# | `"posterior collapse"` | no group is alive |
# | `"ignores z"` | the wrong z costs less than a hundredth of the wrong h |
# | `"blind to reward"` | the recall is below 0.1 (and not nan) |

# %%
def diagnose(readings: dict[str, float]) -> str:
    """The first disease whose sign is there, or "healthy"."""
    # Causes first, symptoms later.
    ### BEGIN SOLUTION
    if readings["leak"] > 1e-4:
        return "ignores resets"
    if readings["active"] == 0:
        return "posterior collapse"
    if readings["without_z"] < 0.01 * readings["without_h"]:
        return "ignores z"
    if readings["recall"] < 0.1:  # never true of nan
        return "blind to reward"
    return "healthy"
    ### END SOLUTION


diagnose = check("07.14", diagnose)

# %%
diagnoses = {name: diagnose(row) for name, row in readings.items()}
for name, disease in diagnoses.items():
    print(f"{name:10} {disease}")
assert len(set(diagnoses.values())) == 5  # five models, five different answers

# %% [markdown]
# Were you right? Now look at what most people look at first: how well each of them dreams.

# %%
drifts = {name: open_loop_drift(model, play) for name, model in ward.items()}

# %% tags=["nbval-ignore-output"]
picture = Picture(7, 3.4)
axes = picture.subplots()
styles = zip(((GREY, "-"), (BLUE, "-."), (ORANGE, "--"), (VERMILION, ":"), (GREEN, (0, (5, 1)))), drifts.items())
for (colour, line), (name, found) in styles:
    axes.plot([0, *found.horizons], 100 * np.array([found.codec[0], *found.error]), color=colour, linestyle=line,
              linewidth=2, label=f"{name}: {diagnoses[name]}")
axes.plot(drift.horizons, 100 * drift.still, "o", color=PURPLE, label="repeating the last view")
plain_axes(axes, "Three of four diseases do not show in a picture", "steps dreamt (0: eyes open)", "wrong cells (%)")
axes.set_ylim(0, None)
axes.legend(frameon=False, fontsize=8)
figure(picture, alt="Wrong cells against steps dreamt. The collapsed patient is wrong in many cells with open eyes "
       "already; the other three begin low, as the healthy model does, and rise with it.")

# %% [markdown]
# Only the collapsed one draws badly. The other three see well, and lose their way as any dream does. Yet one of them
# has no idea what is worth wanting, and another carries old lives into new ones. And the third? Its decoder reads the
# memory $h$ alone, which was made *before* the look. In this world hardly anything comes as a surprise, so that is
# nearly always enough, and nothing forced it to listen. In a world with chance it could never draw what it sees.
#
# The picture, which we all look at first, shows none of this. No single number tells you that a model is well.
#
# | disease | where it comes from | cure |
# |---|---|---|
# | posterior collapse | the KL weighs too much, or every nat is punished | free nats, a lighter `beta_rep` |
# | ignores z | a wire that is cut; or an $h$ that tells everything already | test the wiring; a smaller h |
# | blind to reward | rewards too rare in the batches, or drowned by pixels | sample rewarded pieces; chapter 07d |
# | ignores resets | `is_first` lost on the way, off by one, or not applied to the action | a test such as yours |
#
# ## 5. Make one ill
#
# How does a posterior collapse? In section 1 you raised a model with the usual weights. Raise another one from the
# same seed, for which every nat of KL is expensive: no free nats, weights of 10 and 100. Watch the KL, in nats a step.

# %% tags=["nbval-ignore-output"]
_, dear = bring_up(updates, free_nats=0.0, beta_dyn=10.0, beta_rep=100.0)
kl = {
    "as usual, held up at 1": [terms["dyn"] for terms in history],
    "each nat is expensive": [terms["dyn"] / 10 for terms in dear],  # the weight taken off again
}
for name, told in zip(kl, (history, dear)):
    print(f"{name:23} KL at the end {kl[name][-1]:.4f}, recon {told[-1]['recon']:.1f}")
assert kl["each nat is expensive"][-1] < 0.1 < kl["as usual, held up at 1"][-1]

# %% tags=["nbval-ignore-output"]
picture = Picture(7, 3.2)
axes = picture.subplots()
for (name, values), colour, line in zip(kl.items(), (BLUE, VERMILION), ("-", "--")):
    axes.plot(np.maximum(values, 1e-4), color=colour, linestyle=line, label=name)
axes.set_yscale("log")
plain_axes(axes, "A posterior collapses", "update", "KL (nats a step, cut at 0.0001)")
axes.legend(frameon=False)
figure(picture, alt="One curve stays at about one nat. The other falls by orders of magnitude within a few updates.")

# %% [markdown]
# The cheapest way to a small KL is a posterior that does not look. It is found in a few updates, long before the
# decoder could tell what looking is good for. Later, there is nothing to be told: no gradient comes back through a $z$
# that says nothing. (The usual curve never falls below 1: those are the free nats.)
#
# **Challenges**, without solution
#
# - Weaken the disease: with which `beta_rep` does half of the latent stay alive? Is there a middle at all?
# - Cure patient c, the collapsed one: load it, set the usual weights, and train on. Does it come back to life?
# - Write an instrument of your own: does a model know *when* an episode ends? Compare `predict`'s second answer with
#   `is_terminal`. Which patients does it find?
#
# **Reading** (optional)
#
# - D. Hafner, T. Lillicrap, M. Norouzi and J. Ba, *Mastering Atari with Discrete World Models* (DreamerV2), 2021.
#   KL balance, section 2. 15 minutes.
# - S. Bowman et al., *Generating Sentences from a Continuous Space*, 2016. Where posterior collapse was first
#   described, section 3. 10 minutes.

# %%
progress("07")

# %% [markdown]
# **Where next?** Chapter 07d: five papers that each cure one weakness of this model.
