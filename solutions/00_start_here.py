# %% [markdown]
# # 00 Start here
#
# **An agent that has learnt a world model can close its eyes and still say what happens next.**
#
# Below is one such dream. The agent saw five pictures of its world. Then its eyes were shut, and it was told only which
# actions were taken. The upper row is what happened. The lower row is what it dreamt. Outlined cells are mistakes.

# %%
import tempfile
from pathlib import Path

import numpy as np
import torch

from mbrl_lite.agents import load_agent
from mbrl_lite.assets import asset
from mbrl_lite.course import check, figure, hint, progress

figure(
    asset("figures", "demo_dream.png"),
    alt="Two rows of twenty small maze views. Above, what happened. Below, the model's dream: "
    "five frames it saw, then fifteen it imagined, with the few wrong cells outlined.",
)

# %% [markdown]
# You will build this agent yourself, one part a chapter. Today you only look, and learn how the course works.
#
# **You will be able to**
#
# - say what a world model is, and what it is for,
# - make one dream, and see where the dream and the world part,
# - solve an exercise, open a hint, and read what the check tells you,
# - choose a preset that suits your machine.
#
# **You need** Python, and no mathematics yet. **It takes** about 20 minutes:
#
# | part | minutes |
# |---|---|
# | 1. Watch the agent | 3 |
# | 2. What a world model is | 4 |
# | 3. Where the dream and the world part | 4 |
# | 4. Two exercises | 7 |
# | 5. Your machine, your progress | 2 |

# %% [markdown]
# ## 1. Watch the agent
#
# The world is `MiniGrid-DoorKey-5x5-v0`: a small room, cut in two by a wall with a locked door. Somewhere on this side
# lies a key. The green square on the other side pays a reward, once, and more if reached soon.
#
# The agent that ships with the course learnt this world in a few minutes on a laptop. We load it from one small file.

# %%
saved = load_agent(asset("checkpoints", "doorkey5x5.safetensors"))
agent = saved.agent

print("world      ", saved.env)
print("it sees    ", agent.spec.shape, "small numbers")
print("it can do  ", agent.spec.actions, "different things")
print("parameters ", f"{sum(p.numel() for p in agent.parameters()):,}")
print("practised  ", f"{saved.info['env_steps']:,} environment steps")

# %% [markdown]
# Let us watch it in a room it was never trained in. Training draws its rooms from seeds below `EVAL_SEED`, so every
# seed from there on is new to it. (The rooms are tiny, so some will look familiar.)

# %% tags=["nbval-ignore-output"]
from mbrl_lite.envs import EVAL_SEED, make
from mbrl_lite.evaluation import record_episode
from mbrl_lite.viz import door_gif

env = make(saved.env, render_mode="rgb_array")
episode = record_episode(agent, env, seed=EVAL_SEED)
scratch = Path(tempfile.mkdtemp())
moving = door_gif(episode.frames, scratch / "door.gif", np.append(0.0, episode.rewards))
figure(moving, alt="A red triangle takes the key, opens the door and walks to the green goal.")

# %% [markdown]
# You see the room from above. The agent does not. It sees only the 7 by 7 cells in front of it, and never through a
# wall or a closed door. Here is the first moment, once for you and once for the agent. In its own
# view it always stands at the bottom, in the middle, and looks up.

# %% tags=["nbval-ignore-output"]
from matplotlib.figure import Figure

from mbrl_lite.viz import render_obs

both = Figure(figsize=(7, 3.4))
left, right = both.subplots(1, 2)
left.imshow(episode.frames[0])
left.set(title="what you see", xticks=[], yticks=[])
right.imshow(render_obs(episode.obs[0], "grid"))
right.set(title="what the agent sees", xticks=[], yticks=[])
figure(both, alt="Left, the whole room. Right, the agent's 7 by 7 cells, dark where it cannot see.")

# %% [markdown]
# ## 2. What a world model is
#
# A **world model** is a function that answers one question: *if I am here and do this, what comes next?*
#
# The agent rarely knows exactly where it is, for it sees so little. So it keeps a **state**: all it believes about
# the world, as a row of numbers. Three things can be done with a state.
#
# 1. **See**: take in one more observation. The belief follows the world.
# 2. **Go on**: take in only an action. The belief runs ahead, in the dark. This is dreaming.
# 3. **Draw**: turn the belief back into a picture, so that *we* can look at it.
#
# Each is one line.

# %%
model = agent.model
first_view = torch.from_numpy(episode.obs[:1])  # (1, 7, 7, 3)
nothing_yet, begins = torch.tensor([0]), torch.tensor([True])

state = model.filter(first_view, nothing_yet, begins, None)  # see
print("h, what it remembers:", tuple(state.h.shape), "  z, what it guesses:", tuple(state.z.shape))

# %%
forward = model.action_input(torch.tensor([2]))  # action 2 is "go forward"
later = model.rssm.dream_step(state, forward)  # go on
picture = model.decoder.mode(later.feat)  # draw
print("a dreamt observation:", tuple(picture.shape))

# %% [markdown]
# That is the whole idea. Everything else in this course is about two things: how to learn such a function from
# experience, and how to become good at something by practising inside it.
#
# Try it. Change the list of actions and run the cell again. You now steer the agent's dream; the world itself does
# not move.

# %%
my_actions = ["pickup", "forward", "forward", "right", "toggle", "forward", "forward"]

names = [action.name for action in env.unwrapped.actions]
views, labels = [episode.obs[0]], ["seen"]
with torch.random.fork_rng():
    torch.manual_seed(0)  # a dream is a sample; another seed may dream otherwise
    state = model.filter(first_view, nothing_yet, begins, None)
    for name in my_actions:
        action = model.action_input(torch.tensor([names.index(name)]))
        state = model.rssm.dream_step(state, action)
        views.append(model.decoder.mode(state.feat)[0].numpy())
        labels.append(name)
print("you may use:", ", ".join(names))

# %% tags=["nbval-ignore-output"]
strip = Figure(figsize=(12, 2.4))
for axes, view, label in zip(np.atleast_1d(strip.subplots(1, len(views))), views, labels):
    axes.imshow(render_obs(view, "grid"))
    axes.set(title=label, xticks=[], yticks=[])
figure(strip, alt="The agent's first view, then one dreamt view after each action in the list.")

# %% [markdown]
# ## 3. Where the dream and the world part
#
# A dream is a guess, and guesses go wrong. To see where, we let the agent live through some episodes. Half of its
# actions are random, so that it gets to places its own habits would avoid. Then we shut its eyes after five frames,
# repeat the
# same actions in the dream, and lay the two side by side.

# %%
from mbrl_lite.evaluation import Played, half_random_episodes, open_loop

lives = half_random_episodes(agent, lambda: make(saved.env), count=100, length=20)
dreams = open_loop(agent, lives, context=5)
print("what happened ", dreams.real.shape)
print("what was dreamt", dreams.dream.shape)

# %% [markdown]
# Move the slider. It is the number of steps dreamt with closed eyes. The second slider chooses another life.

# %% tags=["nbval-ignore-output"]
from ipywidgets import IntSlider, interact

from mbrl_lite.viz import dream_frames


@interact(ahead=IntSlider(8, 1, 15, description="steps ahead"), life=IntSlider(0, 0, 99))
def show(ahead, life):
    acts = {"actions": dreams.action[life], "action_names": names}
    frames = dream_frames(dreams.real[life], dreams.dream[life], **acts)
    wrong = dreams.error[life, 4 + ahead]
    picture = Figure(figsize=(7, 4))
    axes = picture.subplots()
    axes.imshow(frames[4 + ahead])
    axes.set(title=f"{wrong:.0%} of the cells differ", xticks=[], yticks=[])
    return picture

# %% [markdown]
# One life is an anecdote. Here are all hundred: the share of cells that are wrong, against how far ahead the model
# dreams. At 0 and before, its eyes were open.

# %% tags=["nbval-ignore-output"]
ahead = np.arange(dreams.real.shape[1]) - 4  # 0 is the last frame it saw
mean, worst = dreams.error.mean(0), np.quantile(dreams.error, 0.9, axis=0)

curve = Figure(figsize=(7.5, 3.6))
axes = curve.subplots()
axes.plot(ahead, 100 * mean, marker="o", color="#0072B2", label="mean of 100 dreams")
axes.fill_between(ahead, 0, 100 * worst, color="#0072B2", alpha=0.15, label="nine in ten dreams")
axes.axvline(0.5, color="grey", linestyle="--")
axes.set(title="The further ahead, the more is guessed", ylabel="wrong cells (%)")
axes.set_xlabel("steps dreamt (0: eyes open)")
axes.set_xticks(range(-4, 16, 2))
axes.legend(frameon=False, loc="upper left")
figure(curve, alt="Almost no wrong cells while the eyes are open, then more with each dreamt step.")

# %% [markdown]
# Two things are mixed in this curve.
#
# - **What could not be known.** When the agent turns, it sees cells it has never seen. Nobody could foresee them, so
#   the model makes them up: a likely room, not this room. A good dream is *possible*, not always *true*.
# - **What could have been known but was forgotten.** That is a fault of the model, and later chapters work on it.
#
# You can tell them apart a little: let the model see *less* before it dreams. Below, its eyes always shut at the same
# moment, before step 10. What changes is how many frames it saw until then. With one frame it knows little of the room,
# so more must be made up.

# %% tags=["nbval-ignore-output"]
for seen in (1, 2, 4, 10):
    begin = 10 - seen
    late = [Played(e.obs[begin:15], e.actions[begin:14], e.rewards[begin:15]) for e in lives]
    error = open_loop(agent, late, context=seen).dreamt_error
    print(f"frames seen: {seen:2d}   wrong cells in the next five steps: {error:.1%}")

# %% [markdown]
# Why dream at all, if dreams are wrong? Because they are cheap. A step in the world may cost a broken robot or a
# slow simulator. A dreamt step costs a few small matrix products, and a hundred of them run side by side. This agent
# took some sixteen thousand real steps and practised in millions of dreamt ones. Chapter 09 shows what that is
# worth: fewer steps in the world for the same skill.

# %% [markdown]
# ## 4. Two exercises
#
# An exercise is one function. You write its body and run the cell. The last line checks it.
#
# - Not done yet? The course's own solution, the *reference*, takes its place. So everything below still runs.
# - Not right? You are told which idea went wrong, with your own numbers. The reference takes its place.
# - Right? From there on the notebook runs *your* code. It is saved and comes back in later chapters.
#
# Stuck? Each exercise has three hints. They open one after another, so the third one is still closed:

# %%
hint("00.1", 3)

# %% [markdown]
# ### Exercise 00.1 - The discounted return
#
# Difficulty 1 of 5 · importance 4 of 5 · 3 minutes
#
# An agent is paid the rewards $r_1, r_2, \dots, r_T$. What comes later counts less. Each step further away
# multiplies a reward by gamma:
#
# $$ G = r_1 + \gamma\, r_2 + \gamma^2\, r_3 + \dots $$
#
# - `rewards` is a list of floats. It may be empty: then the return is 0.
# - `gamma` is a float from 0 to 1.
# - Return one float.

# %%
def discounted_return(rewards: list[float], gamma: float) -> float:
    """The return G of one episode, in units of reward."""
    # The first reward counts in full.
    ### BEGIN SOLUTION
    return sum(gamma**k * reward for k, reward in enumerate(rewards))
    ### END SOLUTION


discounted_return = check("00.1", discounted_return)

# %% [markdown]
# The goal of our small world pays a little less than 1, as late arrivals pay less. Its return, 20 steps before:

# %%
discounted_return([0.0] * 19 + [0.9], gamma=0.99)

# %% [markdown]
# ### Exercise 00.2 - What ends, and what only stops
#
# Difficulty 2 of 5 · importance 5 of 5 · 4 minutes
#
# A Gymnasium environment reports two flags at each step. `terminated`: the goal was reached, or the agent fell.
# `truncated`: the time limit ran out. Either way the episode is over, and the environment is reset.
#
# A world model must learn what a dream may count on. Its continue head learns the target `cont`:
# 1 if the world goes on after this step, so that more reward could come, and 0 if it does not.
#
# - `terminated` and `truncated` are boolean arrays of shape `(T,)`. They hold several episodes in a row.
# - Return an array of shape `(T,)`, of zeros and ones. Do not change the arguments.

# %%
def cont_targets(terminated: np.ndarray, truncated: np.ndarray) -> np.ndarray:
    """The continue head's target for each step, (T,)."""
    # Which of the two flags says something about the world?
    ### BEGIN SOLUTION
    return 1.0 - terminated.astype(float)
    ### END SOLUTION


cont_targets = check("00.2", cont_targets)

# %% [markdown]
# Three steps: an ordinary one, one at the goal, one at the time limit.

# %%
cont_targets(np.array([False, True, False]), np.array([False, False, True]))

# %% [markdown]
# The model that shipped with this chapter was trained on just these targets. Let us ask it: how likely is the world to
# go on after the step that reached the goal, and after an ordinary step before it?

# %% tags=["nbval-ignore-output"]
from mbrl_lite.evaluation import start_states

life = Played(episode.obs, episode.actions, np.append(0.0, episode.rewards))
for moment in (len(episode.actions) - 1, len(episode.actions)):
    reward, cont = model.predict(start_states(agent, [life], moment).feat)
    print(f"step {moment:2d}: reward {reward.item():.2f}, goes on with probability {cont.item():.3f}")

# %% [markdown]
# ## 5. Your machine, your progress
#
# Later chapters train agents. How long may that take? You choose, with a **preset**:
#
# | preset | for | typical time |
# |---|---|---|
# | `smoke` | seeing that everything works | seconds |
# | `laptop` | the real thing, on two cores | minutes |
# | `gpu` | wider networks, for a machine larger than a laptop | depends on the machine |
#
# Each training cell says how many minutes it will take before it starts. To set the preset for all chapters, start the
# course with it: `MBRL_LITE_PRESET=smoke make lab`.
#
# The doctor looks at your machine. When you ask for help, paste its lines along.

# %% tags=["nbval-ignore-output"]
from mbrl_lite.doctor import print_doctor

fit = print_doctor() == 0

# %% [markdown]
# Here is what you have solved. The table stays, even when you close the notebook.

# %%
progress("00")

# %% [markdown]
# **Where next?** Train this agent yourself, in a few minutes: `make demo`, then open `runs/demo/report.html`. It
# shows how your agent learnt, what it does, and what it dreams.
#
# Chapter 01 begins at the beginning: with a world model that is nothing but a table.
#
# **Reading** (optional)
#
# - D. Ha and J. Schmidhuber, *World Models*, 2018. Playful, with agents that learn inside their dreams. 20 minutes.
# - D. Hafner et al., *Mastering diverse domains through world models* (DreamerV3), 2023. The agent above is a small one
#   of its kind. Sections 1 and 2, 30 minutes.
