# %% [markdown]
# # 01a What is a model worth?
#
# **A model is worth something when it knows what nobody has tried yet.**

# %%
import numpy as np

from mbrl_lite.course import check, evidence, figure, hint, progress

# %% [markdown]
# Random mazes, four buttons, all to be lit. Three agents learn to do it. All three learn in the same way, as often
# after each real step, and explore alike. They differ in one thing: **what they practise with** between two steps.
#
# - *Replay* practises with what happened.
# - *The table* practises with a model of what happened, one row for each state.
# - *The factored model* knows one thing more: walls do not care which buttons are lit.

# %%
import json

from mbrl_lite.assets import asset
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, Picture, plain_axes

mazes = json.loads(asset("data", "button_mazes.json").read_text())
looks = {"factored": (BLUE, "-"), "table": (GREEN, "--"), "replay": (ORANGE, "-")}

signature = Picture(7.5, 3.8)
axes = signature.subplots()
for name, (colour, line) in looks.items():
    arm = {key: 100 * np.array(values) for key, values in mazes["arms"][name].items()}
    axes.plot(arm["median"], color=colour, linestyle=line, linewidth=2, label=name)
    axes.fill_between(range(len(arm["low"])), arm["low"], arm["high"], color=colour, alpha=0.15)
axes.axhline(80, color=GREY, linewidth=1, linestyle=":")
plain_axes(axes, "One learner, three things to practise with", "real episodes", "success (%)")
axes.legend(frameon=False, loc="lower right")
figure(signature, alt="The factored model climbs to 80 % success in about 35 episodes; "
       "replay and the table climb together, and take about 100.")

# %% [markdown]
# Lines are medians of 60 mazes, bands hold eight mazes in ten. *Success* is the probability to light all buttons
# within 50 steps. Look at the two that climb together. A model alone is worth nothing here. A model that *knows
# something* saves two thirds of the episodes. Why? Section 6 tells.
#
# **You will be able to**
#
# - write a world as two tables, and solve it,
# - learn these tables from experience, and plan in them (Dyna),
# - say when planning beats replay, and when it cannot,
# - mend two agents that do almost the right thing.
#
# **You need** chapter 00, Python with NumPy, sums and expectations. **It takes** about three hours:
#
# | part | minutes |
# |---|---|
# | 1. A world in a table | 25 |
# | 2. Learning the table | 30 |
# | 3. Dyna-Q | 35 |
# | 4. When the world changes | 30 |
# | 5. Where planning starts | 30 |
# | 6. What a model knows that replay does not | 30 |
#
# ## 1. A world in a table
#
# The smallest worlds can be written down whole. A **Markov decision process** has states $s$, actions $a$, and two
# tables:
#
# - $P(s' \mid s, a)$, the probability of reaching $s'$ when doing $a$ in $s$. As an array: `P[s, a, s']`.
# - $R(s, a)$, the reward for it. As an array: `R[s, a]`.
#
# One state with one action is called a *pair*, $(s, a)$.
#
# Here is one with two states. In state 0 you may *stay* and earn 1, or *go* and earn nothing. In state 1 you earn 2,
# whatever you do, for ever.

# %%
stay, go = 0, 1
P = np.zeros((2, 2, 2))
P[0, stay, 0] = P[0, go, 1] = 1.0
P[1, :, 1] = 1.0
R = np.array([[1.0, 0.0], [2.0, 2.0]])

# %% [markdown]
# Is it worth going? That depends on your patience, gamma. Staying earns 1 at each step, which adds up to
# $1 / (1 - \gamma)$. Going earns $0 + 2\gamma + 2\gamma^2 + \dots = 2\gamma / (1 - \gamma)$. So go if gamma is above
# one half. This is our test: a world whose answer we know.
#
# For larger worlds there is **Bellman's equation**. The **value** $Q(s, a)$ of doing $a$ in $s$ is all the discounted
# reward from there on, if you act best afterwards. That is the reward now, plus gamma times the value of the place you
# get to:
#
# $$ Q(s, a) = R(s, a) + \gamma \sum_{s'} P(s' \mid s, a)\, V(s'), \qquad V(s) = \max_a Q(s, a) $$

# %% [markdown]
# ### Exercise 01.1 - The Bellman backup
#
# Difficulty 2 of 5 · importance 5 of 5 · 12 minutes
#
# Write the left equation: given V, return Q. (It is called a *backup*: it carries values back by one step.)
#
# - `P` has shape `(S, A, S)`: `P[s, a, s2]` is a probability. Each row `P[s, a]` sums to 1.
# - `R` has shape `(S, A)`, `V` has shape `(S,)`. `gamma` is a float.
# - Return Q, an array of shape `(S, A)`. Do not change the arguments.

# %%
def q_backup(P: np.ndarray, R: np.ndarray, V: np.ndarray, gamma: float) -> np.ndarray:
    """One Bellman backup: Q(s, a), (S, A)."""
    # Where does each pair lead, on average, and what is it worth there?
    ### BEGIN SOLUTION
    return R + gamma * P @ V
    ### END SOLUTION


q_backup = check("01.1", q_backup)

# %% [markdown]
# **Value iteration** begins with $V = 0$ and applies the equation again and again. Each round looks one step further
# ahead.

# %%
def my_value_iteration(P, R, gamma, rounds=500):
    V = np.zeros(len(P))
    for _ in range(rounds):
        V = q_backup(P, R, V, gamma).max(axis=1)
    return V

# %%
for gamma in (0.3, 0.9):
    V = my_value_iteration(P, R, gamma)
    assert np.allclose(V, [max(1, 2 * gamma) / (1 - gamma), 2 / (1 - gamma)])  # the sums above
    print(f"gamma {gamma}: V = {V.round(3)}, so", "stay" if gamma < 0.5 else "go")

# %% [markdown]
# The library has the same function, which stops once it is precise enough, and some famous worlds. In **RiverSwim**
# a swimmer starts at the left bank. Swimming left always works, and the left bank pays a little. Swimming right is
# against the current: it often fails. But the right bank pays 200 times as much.

# %%
from mbrl_lite.envs.tabular import MDP, garnet, river_swim
from mbrl_lite.models.tabular import Replay, TableModel
from mbrl_lite.planning import evaluate_policy, greedy, value_iteration

river = river_swim(S=6, gamma=0.95)
V, Q = value_iteration(river)
assert np.allclose(V, my_value_iteration(river.P, river.R, 0.95, rounds=2000))
print("V   ", V.round(2))
print("best", ["left" if a == 0 else "right" for a in greedy(Q)])

# %% [markdown]
# Everything about this world was given. A learner has no tables. It has only what it saw.
#
# ## 2. Learning the table
#
# What you see are **transitions** $(s, a, r, s')$. Count them, and you have a model:
#
# $$ \hat P(s' \mid s, a) = \frac{n(s, a, s')}{n(s, a)}, \qquad
#    \hat R(s, a) = \text{mean of the rewards seen after } (s, a) $$
#
# Then plan in $\hat P$ as if it were the world. This is called **certainty equivalence**: the boldest use of a model,
# and often a good one.

# %% [markdown]
# ### Exercise 01.2 - A table from transitions
#
# Difficulty 2 of 5 · importance 5 of 5 · 15 minutes
#
# - `transitions` is a list of `(s, a, r, s2)`: integers, and a float `r`. It may be empty.
# - `S` and `A` say how many states and actions there are.
# - Return `(P_hat, R_hat)`, arrays of shape `(S, A, S)` and `(S, A)`.
# - A pair that was never tried stays where it is, for sure, and pays 0.

# %%
def fit_table(transitions: list, S: int, A: int) -> tuple[np.ndarray, np.ndarray]:
    """The model of counts: P_hat (S, A, S) and R_hat (S, A)."""
    # Count first, divide at the end. What do pairs need that nobody tried?
    ### BEGIN SOLUTION
    n, total = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a, r, s2 in transitions:
        n[s, a, s2] += 1
        total[s, a] += r
    tried = n.sum(axis=2)
    P_hat = np.repeat(np.eye(S)[:, None], A, axis=1)  # stay
    P_hat[tried > 0] = n[tried > 0] / tried[tried > 0][:, None]
    return P_hat, total / np.maximum(tried, 1)
    ### END SOLUTION


fit_table = check("01.2", fit_table)

# %% [markdown]
# Let a swimmer act at random for a while. Then we plan in what it has seen, and ask the true world what the plan is
# worth.

# %%
def swim_at_random(steps, seed):
    rng, s, seen = np.random.default_rng(seed), np.array([0]), []
    for _ in range(steps):
        a = rng.integers(0, 2, size=1)
        s2, r, _ = river.step(rng.random(1), s, a)
        seen.append((int(s[0]), int(a[0]), float(r[0]), int(s2[0])))
        s = s2
    return seen


for steps in (30, 300, 3000):
    P_hat, R_hat = fit_table(swim_at_random(steps, seed=0), S=6, A=2)
    plan = greedy(value_iteration(MDP(P_hat, R_hat, river.gamma))[1])
    print(f"{steps:5d} steps: plan {plan}, worth {evaluate_policy(river, plan)[0]:5.2f} of {V[0]:.2f}")

counted = TableModel(1, river.S, river.A)  # the library's table, with one seed
for s, a, r, s2 in swim_at_random(3000, seed=0):
    counted.add(*(np.array([x]) for x in (s, a, r, s2, False)))
assert np.allclose(counted.to_mdp(river.gamma).P[0], P_hat)  # the same model

# %% [markdown]
# With few steps the swimmer has not yet been paid at the right bank. In its table only the left bank pays, and planning
# cannot invent what the table lacks. **A model is worth what its data are worth.** Chapter 01c comes back to this: an
# agent can look for what it does not know.
#
# Even where every pair was tried, a plan is too proud of itself. Among many estimated actions the best-looking one is
# often just the luckiest one. Below, thirty random worlds (Garnets) with ten actions each. The rewards are known, and
# each pair is tried $n$ times. We compare what the plan *believes* with what it *gets*.

# %%
from mbrl_lite.envs.tabular import stack

rng = np.random.default_rng(0)
worlds = stack([garnet(rng, S=20, A=10, branching=10, gamma=0.9) for _ in range(30)])
best = value_iteration(worlds)[0].mean(axis=1)  # (30,) over all states
tries, believed, got = [1, 2, 5, 10, 30, 100], [], []
for n in tries:
    P_hat = rng.multinomial(n, worlds.P) / n  # (30, S, A, S)
    V_hat, Q_hat = value_iteration(MDP(P_hat, worlds.R, 0.9), tol=1e-6)
    believed.append(V_hat.mean(axis=1) - best)
    got.append(evaluate_policy(worlds, greedy(Q_hat)).mean(axis=1) - best)

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.style import BLUE, GREY, ORANGE, Picture, plain_axes

picture = Picture(7.5, 3.8)
axes = picture.subplots()
for values, colour, label in ((believed, ORANGE, "what the plan believes"), (got, BLUE, "what it gets")):
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=1)
    axes.plot(tries, middle, "o-", color=colour, label=label)
    axes.fill_between(tries, low, high, color=colour, alpha=0.15)
axes.axhline(0, color=GREY, linestyle="--")
axes.set_xscale("log")
axes.set_xticks(tries, tries)
plain_axes(axes, "A plan is proud of its model", "tries of each pair", "value minus best value (reward)")
axes.legend(frameon=False)
figure(picture, alt="Believed value lies above the best value and real value below; both close in with more tries.")

# %% [markdown]
# Lines are medians over worlds, bands hold the middle half. The gap between orange and blue has a name: the
# **optimiser's curse**. The counts are fair on average; choosing the best of them is not. Chapter 03 meets it again as
# model exploitation. Deep networks do not make it go away; they only make it harder to see.
#
# ## 3. Dyna-Q
#
# Solving the whole table after each step is slow. There is a lazier way. **Q-learning** keeps one guess $Q(s, a)$ for
# each pair and mends it a little after each step. What came, $r + \gamma \max_{a'} Q(s', a')$, is compared with what
# was promised, $Q(s, a)$:
#
# $$ Q(s, a) \leftarrow Q(s, a) + \alpha \Bigl( r + \gamma \max_{a'} Q(s', a') - Q(s, a) \Bigr) $$
#
# Is this not the backup of exercise 01.1? Almost. There we averaged over all $s'$ with $P$. Here we take the one
# $s'$ that happened, and only a small step alpha, so that luck averages out. No model is needed.

# %% [markdown]
# ### Exercise 01.3 - Q-learning
#
# Difficulty 1 of 5 · importance 5 of 5 · 5 minutes
#
# - `Q` has shape `(S, A)`. `s`, `a`, `s2` are integers, `r`, `alpha` and `gamma` floats.
# - `done` is True if the episode ended with this step. Then nothing comes after it.
# - Return the new Q, an array of shape `(S, A)`. Do not change the old one.

# %%
def q_update(Q: np.ndarray, s, a, r, s2, done, alpha: float, gamma: float) -> np.ndarray:
    """The table after one transition, (S, A)."""
    # What is the target? How far does Q[s, a] move towards it?
    ### BEGIN SOLUTION
    target = r if done else r + gamma * Q[s2].max()
    new = Q.copy()
    new[s, a] += alpha * (target - Q[s, a])
    return new
    ### END SOLUTION


q_update = check("01.3", q_update)

# %% [markdown]
# Now a world to learn. This maze is from the textbook (Sutton and Barto, 2018, figure 8.2). Reaching G pays 1 and
# ends the episode; all else pays 0. The shortest way has 14 steps.

# %%
from mbrl_lite.envs.mazes import DYNA_MAZE, dyna_maze

print(DYNA_MAZE)
maze = dyna_maze(gamma=0.95)
print(maze.S, "cells, walls included;", maze.A, "moves: up, right, down, left")

# %% [markdown]
# Q-learning uses each transition once and throws it away. What a waste! **Dyna** keeps it in a model. After each real
# step it dreams `n` steps: take a pair that was tried before, ask the model what follows, and update as if it had
# just happened. In a world without chance the model is a dictionary.
#
# When it acts, it takes the action it believes best (it is *greedy*). But one time in ten, with probability epsilon, it
# takes any action: who never tries learns nothing.
#
# Here is all of Dyna-Q, for one seed. With `n = 0` it is Q-learning. We print the real steps of eight episodes.

# %%
def choose(q, coins, epsilon=0.1):
    """One of the best actions, or with probability epsilon any."""
    best = np.flatnonzero(q >= q.max() - 1e-9 * abs(q.max()))
    among = np.arange(len(q)) if coins[0] < epsilon else best
    return among[int(coins[1] * len(among))]


def my_dyna(world, n, seed, episodes, alpha=0.1):
    """Steps of each episode, a list."""
    real, dreams = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    Q, model, lengths = np.zeros((world.S, world.A)), {}, []
    for _ in range(episodes):
        s, done, steps = int(world.start.argmax()), False, 0
        while not done:
            coins = real.random(4)  # world, start, two for the action
            a = choose(Q[s], coins[2:4])
            s2, r, done = (x[0] for x in world.step(coins[:1], np.array([s]), np.array([a])))
            Q = q_update(Q, s, a, r, s2, done, alpha, world.gamma)  # learn
            model[s, a] = r, s2, done  # remember
            for coin in dreams.random(2 * n)[::2]:  # dream (a model with chance would use the others)
                pair = list(model)[int(coin * len(model))]
                Q = q_update(Q, *pair, *model[pair], alpha, world.gamma)
            s, steps = s2, steps + 1
        lengths.append(steps)
    return lengths


mine = {n: my_dyna(maze, n, seed=0, episodes=8) for n in (0, 5, 50)}
for n, lengths in mine.items():
    print(f"{n:2d} dreams a step:", *(f"{steps:5d}" for steps in lengths))

# %% [markdown]
# The first episode is a walk in the dark, dreams or not: until the first reward there is nothing to dream *about*.
# From the second episode on, dreams make the difference.
#
# One seed is an anecdote. The library runs many seeds in lockstep: each array has one more axis, the seed. Each seed
# has its own random numbers, so together they do exactly what each would do alone. Even what your loop did.

# %%
from mbrl_lite.agents.dyna import Dyna, DynaConfig
from mbrl_lite.agents.lockstep import run

seeds, walks = range(30), {}
for n in (0, 5, 50):
    agent = Dyna(maze, len(seeds), DynaConfig(planning=n, alpha=0.1, epsilon=0.1))
    walks[n] = run(maze, agent, seeds, episodes=25).lengths(25)  # (seeds, episodes)
    assert list(walks[n][0, :8]) == mine[n]  # seed 0, to the last step

# %%
from mbrl_lite.viz.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, plain_axes


def band(axes, x, values, colour, label):
    """The median over seeds, and a band that holds the middle half of them; values (seeds, x)."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    axes.plot(x, middle, color=colour, label=label)
    axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)


picture = Picture(7.5, 3.8)
axes = picture.subplots()
for (n, lengths), colour in zip(walks.items(), (ORANGE, GREEN, BLUE)):
    band(axes, np.arange(1, 26), lengths, colour, f"{n} dreams a step")
axes.axhline(14, color=GREY, linestyle="--", label="the shortest way, 14")
axes.set_yscale("log")
axes.set_yticks([20, 50, 100, 200, 500], [20, 50, 100, 200, 500])
axes.minorticks_off()
plain_axes(axes, "More dreams, fewer real steps", "episode", "real steps to the goal")
axes.legend(frameon=False)
figure(picture, alt="With 50 dreams a step three episodes are enough; without it takes over twenty.")

# %% [markdown]
# Why does it help so much? Look at what two agents believe after *two* episodes. An update moves the news of a reward
# back by one cell. The agent walks forward, so without dreams each visit to the goal teaches just one cell more. With
# dreams, the news has travelled through the model, along all the ways that were walked. (The darker, the more valuable.
# Arrows are the best actions; no arrow: all look alike.)

# %%
from mbrl_lite.viz.mazes import draw_maze

picture = Picture(8.5, 3)
for axes, n in zip(picture.subplots(1, 2), (0, 50)):
    agent = Dyna(maze, 1, DynaConfig(planning=n))
    run(maze, agent, [1], episodes=2)
    draw_maze(axes, DYNA_MAZE, f"two episodes, {n} dreams a step", agent.Q[0])
figure(picture, alt="Left, two arrows at the goal. Right, arrows from most cells to the goal.")

# %% [markdown]
# **Replay is a model too.** What does Dyna need of its model? Two things: to take in a transition, and to give one
# back. A *replay buffer* does just that: it stores transitions and repeats them. It has no parameters and never
# says more than it saw. So it is a **non-parametric model**, and in our loop it fits where the table was.

# %%
models = {
    "the table, last outcome": TableModel(len(seeds), maze.S, maze.A, last=True),
    "the table, counts": TableModel(len(seeds), maze.S, maze.A),
    "replay": Replay(len(seeds), capacity=20_000),
}
for name, model in models.items():
    agent = Dyna(maze, len(seeds), DynaConfig(planning=5), model)  # the one argument that changes
    lengths = run(maze, agent, seeds, episodes=10).lengths(10)
    print(f"{name:24s}", *(f"{steps:5.0f}" for steps in np.median(lengths, axis=0)))

# %% [markdown]
# (The first table keeps each pair's last outcome only, the second one counts them all.) Where nothing is random, a
# table of what happened and a list of what happened hold the same facts. The difference is only how often each fact
# is drawn: replay repeats what it did often, the table takes all pairs alike. **A table that only knows what it saw
# knows no more than memory.** Keep this in mind for section 6.
#
# ## 4. When the world changes
#
# A model can be wrong because the world moved on. Two mazes from the textbook (figures 8.4 and 8.5):
#
# - **blocking**: after 1,000 steps the gap on the right closes, and one on the left opens. The old way is gone.
# - **shortcut**: at first only the left gap is open. After 3,000 steps the right one opens as well. The old way still
#   works; a better one has appeared.
#
# Nobody tells the agent.

# %%
from mbrl_lite.envs.mazes import GAP_BOTH, GAP_LEFT, GAP_RIGHT, blocking_maze, shortcut_maze

picture = Picture(8.5, 2.3)
names = "right gap: 10 steps", "left gap: 16 steps", "both gaps: 10 steps"
for axes, text, name in zip(picture.subplots(1, 3), (GAP_RIGHT, GAP_LEFT, GAP_BOTH), names):
    draw_maze(axes, text, name)
figure(picture, alt="Three mazes with a wall across: open at the right, at the left, at both ends.")

# %% [markdown]
# Plain Dyna-Q trusts its model: it plans with what was true when it last looked. **Dyna-Q+** doubts. It pays itself a
# bonus for pairs it has not tried for $\tau$ real steps. The bonus lives only in dreams:
#
# $$ r + \kappa \sqrt{\tau} $$
#
# Here $\kappa$ says how much doubt is worth. So the plan leads, now and then, to where nobody has looked for long.
# Actions never tried count too: the agent dreams that they stay and pay nothing, plus the bonus. We also take along
# **prioritised sweeping**, which is the subject of section 5. The textbook gives no step size here. We take alpha =
# 1, as there is no chance to average out.

# %%
agents = {
    "Dyna-Q": DynaConfig(alpha=1.0, planning=10),
    "Dyna-Q+": DynaConfig(alpha=1.0, planning=10, kappa=1e-3),
    "prioritised sweeping": DynaConfig(alpha=1.0, planning=10, start="prioritised"),
}


def lives(world, steps):
    """Reward collected so far, (seeds, steps), for each agent."""
    return {
        name: run(world, Dyna(world, len(seeds), config), seeds, steps=steps).collected
        for name, config in agents.items()
    }


blocked = lives(blocking_maze(), 3000)

# %%
short = lives(shortcut_maze(), 6000)

# %%
picture = Picture(9, 3.8)
for axes, name, found, at in zip(
    picture.subplots(1, 2), ("blocking", "shortcut"), (blocked, short), (1000, 3000)
):
    for (agent, collected), colour in zip(found.items(), (ORANGE, BLUE, GREEN)):
        band(axes, np.arange(collected.shape[1]), collected, colour, agent)
    axes.axvline(at, color=GREY, linestyle="--")
    plain_axes(axes, f"{name}: the world changes at {at:,}", "real step", "goals reached so far")
picture.axes[0].legend(frameon=False)
figure(picture, alt="Blocking: Dyna-Q+ soon rises again. Shortcut: only Dyna-Q+ grows steeper.")

# %% [markdown]
# How steep a line is says how good the agent is. Let us count the goals of the last 1,000 steps. The long way allows
# 1,000 / 16 = 62 at best, and less with random moves. The short way allows 100 at best, some 90 with random moves.

# %%
for name in agents:
    late = [np.mean(f[name][:, -1] - f[name][:, -1001]) for f in (blocked, short)]
    print(f"{name:22s} blocking {late[0]:4.0f}   shortcut {late[1]:4.0f}")
assert (short["Dyna-Q"][:, -1] - short["Dyna-Q"][:, -1001]).mean() < 1000 / 16
assert (short["Dyna-Q+"][:, -1] - short["Dyna-Q+"][:, -1001]).mean() > 1000 / 16

# %% [markdown]
# So it comes out as in the textbook.
#
# - **Blocking.** All three run into the wall, notice, and have to search. Dyna-Q+ has tried everything
#   not long ago and is quick. The others depend on luck.
# - **Shortcut.** Nothing ever goes *wrong* for plain Dyna-Q. Its plan keeps working, so nothing tells it to look. It
#   never finds the better way. Only doubt does.
#
# And why is prioritised sweeping worst in the blocked maze? It learns at once that the goal cannot be reached from
# below: all values there sink to almost nothing. Almost. What is left are tiny differences, accidents of planning,
# and a greedy agent does not care how tiny a difference is. It follows them round and round below the wall.
# **Planning well in a wrong model is no exploration.**

# %% [markdown]
# ### Exercise 01.4 - Find the bug: Dyna-Q+
#
# Difficulty 3 of 5 · importance 3 of 5 · 8 minutes
#
# A friend wrote the planning of Dyna-Q+ as below. It runs, it learns, and it never finds the shortcut.
#
# - `Q` and `reward` have shape `(S, A)`: values, and the model's rewards. `following[s, a]` is the state that follows.
# - `tried[s, a]` is the real step at which the pair was last tried, 0 if never, and `t` is now.
# - `pairs` is a list of `(s, a)`; a pair may stand in it twice. They are updated one after another, each with the
#   values as they are then.
# - Return the new Q, shape `(S, A)`.

# %%
def plan_plus_buggy(Q, reward, following, tried, t, pairs, alpha, gamma, kappa):
    Q = Q.copy()
    for s, a in pairs:
        tau = t - tried[s, a]
        tried[s, a] = t
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q

# %% [markdown]
# To see it fail, here is a life with plain loops: act, update, remember, plan. (You may skip its lines; the picture
# below is what counts. The shortcut opens at step 1,500, and from there on the dashed line would be possible.)

# %%
def live(plan, seed, steps=4500, at=1500, n=10):
    """Goals reached so far, in the shortcut maze, (steps,)."""
    world, rng = shortcut_maze(at=at), np.random.default_rng(seed)
    Q, reward, tried = np.zeros((54, 4)), np.zeros((54, 4)), np.zeros((54, 4), int)
    following = np.arange(54)[:, None].repeat(4, axis=1)  # until tried: it stays
    s, visited, paid = 48, [], np.zeros(steps)
    for t in range(1, steps + 1):
        coins = rng.random(3 + 2 * n)
        a = choose(Q[s], coins[:2])
        step = world.now(t - 1).step(coins[2:3], np.array([s]), np.array([a]))
        s2, r, done = (x[0] for x in step)
        Q = q_update(Q, s, a, r, s2, done, 1.0, 0.95)
        reward[s, a], following[s, a], tried[s, a], paid[t - 1] = r, s2, t, r
        visited += [s] * (s not in visited)
        where, moves = coins[3 : 3 + n] * len(visited), coins[3 + n :] * 4
        pairs = [(visited[int(place)], int(move)) for place, move in zip(where, moves)]
        Q = plan(Q, reward, following, tried, t, pairs, 1.0, 0.95, 1e-3)
        s = 48 if done else s2
    return paid.cumsum()

# %%
def draw_lives(plans, title):
    picture = Picture(7, 3.4)
    axes = picture.subplots()
    for (label, plan), colour in zip(plans.items(), (VERMILION, BLUE)):
        for seed in range(3):
            axes.plot(live(plan, seed), color=colour, label=label if seed == 0 else None)
    axes.plot([1500, 4500], [50, 50 + 3000 / 11], color=GREY, linestyle="--", label="the short way")
    plain_axes(axes, title, "real step (the shortcut opens at 1,500)", "goals reached so far")
    axes.legend(frameon=False)
    return picture


wrong = draw_lives({"Dyna-Q+ with a bug": plan_plus_buggy}, "Curious in name only: three seeds")
figure(wrong, alt="Three lines keep their old slope after step 1,500, less steep than the dashed one.")

# %% [markdown]
# Copy the function, find the bug, mend it. Your function must leave its arguments as they were.

# %%
def plan_plus(Q: np.ndarray, reward, following, tried, t, pairs, alpha, gamma, kappa) -> np.ndarray:
    """The planning of Dyna-Q+ at the given pairs, one after another: the new Q, (S, A)."""
    # When does the bonus of a pair grow, and when does it shrink? Does it here?
    ### BEGIN SOLUTION
    Q = Q.copy()
    for s, a in pairs:
        tau = t - tried[s, a]
        target = reward[s, a] + kappa * np.sqrt(tau) + gamma * Q[following[s, a]].max()
        Q[s, a] += alpha * (target - Q[s, a])
    return Q
    ### END SOLUTION


plan_plus = check("01.4", plan_plus)

# %%
both = {"with the bug": plan_plus_buggy, "mended": plan_plus}
mended = draw_lives(both, "Three seeds each")
figure(mended, alt="The mended lines bend upwards after step 1,500; the buggy ones do not.")

# %% [markdown]
# **What goes wrong: too much doubt.** Set `kappa` yourself. At 0.001 a pair that slept for 1,000 steps earns a bonus
# of 0.03, a hint. At 0.01 it earns 0.3. The goal, seen from the start, is worth $0.95^{15} = 0.46$. One such pair after
# another outshines it, and the agent tours its old places for ever.

# %%
world = shortcut_maze(at=1500)
for kappa in (0.0, 1e-3, 1e-2):
    agent = Dyna(world, 10, DynaConfig(alpha=1.0, planning=10, kappa=kappa))
    goals = run(world, agent, range(10), steps=4000).collected[:, -1]
    print(f"kappa {kappa:<6g} goals in 4,000 steps: {goals.mean():4.0f}")

# %% [markdown]
# ## 5. Where planning starts
#
# Dyna dreams of any pair it has tried. Most dreams are wasted: where a value already agrees with what follows it, the
# update changes nothing. **Prioritised sweeping** asks first: *where would an update change most?*
#
# $$ \text{priority}(s, a) = \Bigl| r + \gamma \max_{a'} Q(s', a') - Q(s, a) \Bigr| $$
#
# Update the pair that is first in line. Then its state has a new value, so look at all pairs that *lead to* it: their
# errors have changed, and they may join the line. The news runs backwards from where it broke.

# %% [markdown]
# ### Exercise 01.5 - Find the bug: prioritised sweeping
#
# Difficulty 3 of 5 · importance 3 of 5 · 8 minutes
#
# The same friend wrote this. Good news spreads nicely. But see what happens with bad news.

# %%
def sweep_buggy(Q, reward, following, priority, n, alpha, gamma, theta):
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = reward[p, b] + gamma * Q[s].max() - Q[p, b]
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q

# %% [markdown]
# An agent knows the maze with the right gap perfectly. Then it walks up to the cell below the gap, the last one of the
# fifth row, and bumps into a wall. It knows of no other way: its model now says that the goal cannot be reached from
# below. So the values below the wall should fade.

# %%
old = blocking_maze().before
_, Q_old = value_iteration(old)
following, below, up = old.P.argmax(-1), 4 * 9 + 8, 0
following[below, up] = below  # it stays: the gap is closed
news = np.zeros((54, 4))
news[below, up] = 1.0  # the first in line
bad_news = Q_old, old.R, following, news, 20_000, 1.0, 0.95, 1e-3


def draw_news(title, sweep):
    picture = Picture(8.5, 2.9)
    after = sweep(*bad_news)
    closed = GAP_RIGHT.replace("########.", "#" * 9)
    left, right = picture.subplots(1, 2)
    draw_maze(left, GAP_RIGHT, "before the news", Q_old, most=1.0)
    draw_maze(right, closed, title, after, most=1.0)
    return picture


wrong = draw_news("after: the buggy sweep", sweep_buggy)
figure(wrong, alt="Almost as left: shaded cells and arrows below the wall still lead to the closed gap.")

# %% [markdown]
# Copy it, find the bug, mend it.
#
# - `Q`, `reward`, `priority` have shape `(S, A)`; a priority of 0 means: not in line. `following[s, a]` is a state.
# - Do up to `n` updates, stop when nobody is in line. Among equal priorities the first in the
#   array's order is taken.
# - A pair joins the line when its priority, by the formula above, is larger than `theta`. In line already, it keeps
#   the larger priority.
# - Return the new Q, shape `(S, A)`. Do not change the arguments.

# %%
def sweep(Q: np.ndarray, reward, following, priority, n, alpha, gamma, theta) -> np.ndarray:
    """n updates of prioritised sweeping: the new Q, (S, A)."""
    # Which errors deserve a place in line?
    ### BEGIN SOLUTION
    Q, priority = Q.copy(), priority.copy()
    for _ in range(n):
        if priority.max() == 0:
            break
        s, a = np.unravel_index(priority.argmax(), priority.shape)
        priority[s, a] = 0
        Q[s, a] += alpha * (reward[s, a] + gamma * Q[following[s, a]].max() - Q[s, a])
        for p, b in np.argwhere(following == s):
            error = abs(reward[p, b] + gamma * Q[s].max() - Q[p, b])
            if error > theta:
                priority[p, b] = max(priority[p, b], error)
    return Q
    ### END SOLUTION


sweep = check("01.5", sweep)

# %%
mended = draw_news("after: the mended sweep", sweep)
figure(mended, alt="Right, the cells below the wall have faded to almost nothing.")

# %% [markdown]
# The cells below are pale now. The arrows that remain there are accidents, tiny differences that theta leaves standing.
# Differences of this kind held the greedy agent of section 4.
#
# Where planning starts is one of many choices. Moerland and others (2023) surveyed the field and found a few choices in
# which its methods differ. As a map, with the names of our knobs in `DynaConfig`:
#
# | the survey asks | our knob | one end | other end |
# |---|---|---|---|
# | How much planning? | `planning` | 0: Q-learning | 50 updates a real step |
# | Where does it start? | `start` | `"visited"`: anywhere known | `"on_policy"`: here; `"prioritised"`: large errors |
# | Deep or broad? | `depth` | 1: single steps | 10: walks of ten steps |
# | What for? | `when` | `"update"`: better values for good | `"decision"`: only the next action |
#
# Each method of this course is a point on this map. Dreamer (chapter 09) plans in the background, from visited
# states, 15 steps deep. A tree search (chapter 05) plans at the moment of decision, from here.
#
# Turn the knobs. Solved means that the greedy way has at most 16 steps, where the best has 14. We count the real
# steps until then, and all updates, for ten seeds.

# %%
from mbrl_lite.agents.lockstep import solved

knobs = {
    "no planning": {"planning": 0},
    "5 updates": {"planning": 5},
    "20 updates": {"planning": 20},
    "20, prioritised": {"planning": 20, "start": "prioritised"},
    "20, walks of 10": {"planning": 20, "depth": 10},
}
costs, arrived = {}, solved(maze, within=16, every=5)
for name, knob in knobs.items():
    agent = Dyna(maze, 10, DynaConfig(**knob))
    steps = run(maze, agent, range(100, 110), until=arrived, limit=6000).steps
    costs[name] = steps, agent.updates
    print(f"{name:18s} steps {np.median(steps):6,.0f}   updates {np.median(agent.updates):7,.0f}")

# %%
picture = Picture(9, 3.2)
ticks = [100, 300, 1000, 3000, 10_000, 30_000]
for axes, k, what in zip(picture.subplots(1, 2), (0, 1), ("real steps", "updates")):
    for row, cost in enumerate(costs.values()):
        axes.plot(cost[k], np.full(10, row), "o", color=BLUE, alpha=0.35)
        axes.plot(np.median(cost[k]), row, "|", color=ORANGE, markersize=22, markeredgewidth=3)
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(ticks[2 * k :][:4], [f"{tick:,}" for tick in ticks[2 * k :][:4]])
    axes.set_yticks(range(len(costs)), list(costs))
    axes.invert_yaxis()
    plain_axes(axes, f"until solved: {what}", f"{what} (log scale)", "")
figure(picture, alt="Planning cuts real steps; of those that plan 20, prioritised needs the fewest updates.")

# %% [markdown]
# Dots are seeds, bars are medians. (A dot at 6,000 steps was not solved by then.) Two currencies, two answers.
# Planning saves *real steps*: five updates a step already save four in five. It costs *updates*. If you plan much,
# starting where the errors are saves a third of them or more. But look at the second row: planning less is cheaper
# still, and nearly as good. (That prioritised starts need more real steps here is chance: the logged run below has
# thirty seeds, and little difference.) What no knob can shorten is the first episode: half of the seeds of section 3
# needed more than 470 steps in the dark.
#
# Ten seeds are few. So the course logs its **claims**: what is stated before the first run, and what then came out,
# with a 90 % interval over seeds in brackets. A ratio is taken seed by seed and averaged on a log scale. Here
# planning means 50 updates a step.

# %% tags=["nbval-ignore-output"]
evidence("survey-mbrl-moerland")

# %% [markdown]
# **Challenges** to parts 3 to 5, without solutions
#
# - Dyna-Q+ looks for change in dreams. Move the bonus out of them: add it when *choosing* the action, and nowhere
#   else (Sutton and Barto, exercise 8.4). In which of the two mazes does it matter?
# - Turn on `when="decision"`. It needs more real steps than the other settings that plan. Why does forgetting each
#   plan hurt here, and in which kind of world would it not?
#
# **Reading** for parts 3 to 5
#
# - R. Sutton and A. Barto, *Reinforcement Learning: An Introduction*, 2018, sections 8.1 to 8.4. 40 minutes.
# - T. Moerland, J. Broekens, A. Plaat and C. Jonker, *Model-based Reinforcement Learning: A Survey*, 2023, section 4.
#   30 minutes.
#
# ## 6. What a model knows that replay does not
#
# A table of counts and a replay of the same steps hold the same facts. Ask the table about each pair as often as it was
# tried, and it gives the same transitions equally often. So why learn a model at all?
#
# Here is a world in which it pays. Light all buttons of a maze: walk, and press (action 4) where a button is. Each step
# costs 1, and steps slip now and then. Each episode begins anywhere, with any buttons lit, but not all.

# %%
from mbrl_lite.envs.buttons import ACTIONS, button_maze, factored_state, flat_state
from mbrl_lite.viz.buttons import draw_maze as draw_buttons

lamps = button_maze(np.random.default_rng(1), side=4, K=4)
two = Picture(6.5, 3.3)
for axes, bits in zip(two.subplots(1, 2), ([0, 0, 1, 0], [1, 1, 0, 0])):
    draw_buttons(axes, lamps, cell=5, bits=bits, title=f"state {flat_state(5, bits)}")
figure(two, alt="One maze twice, the walker in the same cell. Different buttons are lit.")

# %% [markdown]
# The walker, the small square, stands in the same cell. Yet to a Q-table the two pictures are two states out of
# $16 \cdot 2^4 = 256$, as different as any. What it learns in one it does not know in the other: all 16 patterns of
# lights are learnt one by one. Replay can only repeat what happened, and the
# table can do no more.
#
# But a state has parts, a cell and four bits, and each part has a rule of its own:
#
# $$ p(s' \mid s, a) = p(\text{cell}' \mid \text{cell}, a) \,
#    \prod_k p(\text{bit}'_k \mid \text{cell}, a, \text{bit}_k) $$
#
# The first factor does not depend on the lights. Each of the others depends on one button only. This is a **factored
# model**. Its structure is given; its numbers are counts, as before. Cells are numbered row by row, and button $k$ adds
# $2^k$. So state 84 is $5 \cdot 16 + 2^2$: cell 5, with button 2 lit. `factored_state` takes a state apart:

# %%
buttons = lamps.mdp
s = np.arange(buttons.S)
cell, bits = factored_state(s, lamps.K)  # (256,), (256, 4)
assert (flat_state(cell, bits) == s).all()
print("state 84 is cell", cell[84], "with the buttons", bits[84])

# %% [markdown]
# ### Exercise 01.6 - An answer about where nobody was
#
# Difficulty 3 of 5 · importance 4 of 5 · 12 minutes
#
# Write the equation above, with counts. They are those of *one* cell and *one* action.
#
# - `moved`, ints of shape `(cells,)`: how often the action led to each cell.
# - `turned`, ints of shape `(K, 2, 2)`: `turned[k, i, j]` is how often button k was `i` before and `j` after it.
# - `bits`, ints of shape `(K,)`: the buttons now, 1 where lit. There may be any number of them.
# - Return the probability of each next cell together with each next pattern, shape `(cells, 2, ..., 2)`: one axis
#   for the cell, then one for each button in turn.
# - If a part was never seen (`moved` sums to 0, or the row `turned[k, bits[k]]` does), the model does not know: return
#   zeros, in the same shape.

# %%
def factored_next(moved: np.ndarray, turned: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """p(cell', bit'_0, ..., bit'_{K-1}) after one action in one cell, (cells, 2, ..., 2)."""
    # Turn each part's counts into shares. All parts happen at once, independently.
    ### BEGIN SOLUTION
    P = moved / max(moved.sum(), 1)  # (cells,)
    for k, bit in enumerate(bits):
        row = turned[k, bit]  # (2,)
        P = np.multiply.outer(P, row / max(row.sum(), 1))  # one more axis
    return P
    ### END SOLUTION


factored_next = check("01.6", factored_next)

# %% [markdown]
# Let a walker stumble about for 600 steps, begun anew every 25. Two models watch: the table, and the factored one of
# the library.

# %%
from mbrl_lite.models.factored import FactoredModel
from mbrl_lite.models.tabular import TableModel

table = TableModel(1, buttons.S, ACTIONS)
factored = FactoredModel(1, lamps.cells, lamps.K, ACTIONS)
rng, here, known = np.random.default_rng(0), buttons.reset(np.array([0.5])), []
for t in range(600):
    act = rng.integers(ACTIONS, size=1)
    there, r, done = buttons.step(rng.random(1), here, act)
    for model in (table, factored):
        model.add(here, act, r, there, done)
    known.append((table.size[0], factored.size[0]))
    here = buttons.reset(rng.random(1)) if done[0] or t % 25 == 24 else there

# %% [markdown]
# How many of the 1,280 pairs $(s, a)$ can each of them answer?

# %%
growing = Picture(7, 3.3)
axes = growing.subplots()
for column, name in ((1, "factored"), (0, "table")):
    colour, line = looks[name]
    axes.plot(np.array(known)[:, column], color=colour, linestyle=line, label=name)
plain_axes(axes, "A few steps answer many questions", "real steps", "known pairs (s, a)")
axes.legend(frameon=False)
figure(growing, alt="The table knows some 300 pairs after 600 steps, the factored model some 900.")

# %% [markdown]
# The gap between the curves holds the answers about pairs that nobody tried. Are they possible at all? Take them
# (without the states where all is lit and the episode over), and compare what is possible in the model with what is
# possible in the world. Your function gives the same numbers.

# %%
unseen = factored.is_known[0] & ~table.is_known[0] & ~np.repeat(buttons.terminal, ACTIONS)
P_hat = factored.table()
for pair in np.flatnonzero(unseen):
    s, a = divmod(pair, ACTIONS)
    assert (buttons.P[s, a][P_hat[s, a] > 0] > 0).all()  # nothing impossible
    mine = factored_next(factored.moved[0, cell[s], a], factored.turned[0, cell[s], a], bits[s])
    assert np.allclose(mine.transpose(0, 4, 3, 2, 1).ravel(), P_hat[s, a])  # bit 0 is the last digit
print(f"{unseen.sum()} pairs that nobody tried, and no answer is impossible")

# %% [markdown]
# Now plan with it. Planning asks a question $(s, a)$ and learns from the answer. The library's `MixedQuestions` takes
# the cell and the action of one past step and the bits of another. If the model has no answer to this mixture, it is
# asked about the first step as it was. The table is asked in this way too. It just knows fewer answers. Six small
# mazes, to be quick (the logged run below has 180, and larger ones):

# %%
from mbrl_lite.agents.batch_dyna import PracticeConfig, practise
from mbrl_lite.envs.tabular import stack
from mbrl_lite.models.factored import MixedQuestions

six = [button_maze(np.random.default_rng(i), side=3, K=3) for i in range(6)]
worlds, config = stack([m.mdp for m in six]), PracticeConfig(planning=100, limit=40, episodes=150)
for name, model, mix in (
    ("table", TableModel(6, worlds.S, ACTIONS), True),
    ("factored", FactoredModel(6, cells=9, K=3, A=ACTIONS), True),
    ("factored, asked only what was tried", FactoredModel(6, cells=9, K=3, A=ACTIONS), False),
):
    asked = MixedQuestions(model, K=3, capacity=6000, mix=mix)
    episodes, _ = practise(worlds, asked, seeds=range(6), config=config)
    print(f"{episodes.mean():5.1f} real episodes until 80 % success: {name}")

# %% [markdown]
# The last line is worth a thought. It is the very same factored model. But it is asked only about what really
# happened, as replay is, and nothing is left of its advantage. **A model pays where it is asked what nobody has
# tried, and where its answers are right.**

# %% tags=["nbval-ignore-output"]
evidence("model-based-generalization")

# %% [markdown]
# Young et al. put it like this. The same data and Bellman's equation allow many value functions. A model that fits the
# data allows fewer, *if its class holds structure that the value function's class lacks*. Our Q-table knows no
# structure at all. So the comparison with the plain table matters: it has the same data, and saves nothing.
#
# A warning for your own experiments: *how* a model is asked matters as much as what it knows. Ask the table for all
# known pairs alike, as Dyna-Q does, and in our trials it too needed a little less than replay. That is no
# generalization. It just wastes fewer updates on what happens all the time. So both models are asked by one rule here.
#
# ### What goes wrong: the world does not keep to the structure
#
# Put a gate into the maze: one passage opens only while button 0 is lit. Now walls do care about lights. The
# factored model cannot even say so. It sees the same walker pass and not pass, and calls it chance.

# %%
a = int(np.flatnonzero(lamps.opening[5, :4])[0])  # a way out of cell 5
beyond = lamps.neighbour(5, a)
gated = FactoredModel(1, lamps.cells, lamps.K, ACTIONS)
for code in range(16):
    lights = factored_state(code, lamps.K)[1]
    to = beyond if lights[0] else 5  # the gate
    step = flat_state(5, lights), a, -1.0, flat_state(to, lights), False
    gated.add(*(np.array([x]) for x in step))

# %%
P_hat = gated.table()
for lights in ([0, 1, 1, 0], [1, 1, 1, 0]):
    p = P_hat[flat_state(5, lights), a, flat_state(beyond, lights)]
    print("button 0", "lit:" if lights[0] else "dark:", f"it passes with probability {p:.2f}")

# %% [markdown]
# More data will not help: the model is sure of a world that is not there. The table would get this right in the end. A
# wrong structure is worse than none in the end. Chapter 01b asks what can be done with a wrong model.
#
# **Challenges**, without solution:
#
# - Let the gate's rule into the model: give $p(\text{cell}' \mid \text{cell}, a)$ the index $\text{bit}_0$ too. How
#   many steps does it need?
# - Find out from data alone which parts a rule depends on. Count, split by one bit, and test whether the shares differ.
#
# **Reading**: K. Young, A. Ramesh, L. Kirsch and J. Schmidhuber, *The benefits of model-based generalization in
# reinforcement learning*, 2023. Sections 1 to 4, 40 minutes.
#
# ## Where you are
#
# You can write a world as a table, learn the table, plan in it, and say when that pays. What you have solved so far
# (01.7 to 01.10 belong to 01b and 01c):

# %%
progress("01")

# %% [markdown]
# **Where next?** Chapter 01b asks what a model must get right, and chapter 01c where an agent should look. Or go
# straight on: chapter 02 learns models that are formulas, for worlds too large for a table.
