# %% [markdown]
# # 01c Where to look, and which world is this?
#
# **What you do not know has a size. Agents that reckon with it find what others never see.**
#
# A model learns where its agent goes, and the agent goes where its model sends it. Left alone, the two agree on
# the first thing that pays. This notebook has two ways out. The first is to be glad about what is unknown. The second
# is to keep several worlds in mind, and to find out which of them it is.

# %%
import numpy as np

from mbrl_lite.course import check, evidence, figure, hint, progress

# %% [markdown]
# **You will be able to**
#
# - make an agent look where it knows little, and weigh luck by its variance,
# - say what regret is, and draw it,
# - keep a belief over hidden worlds, and act on it.
#
# **You need** chapter 01a, variances, and Bayes' rule. **It takes** about an hour and a half. The two parts stand on
# their own.
#
# | part | minutes |
# |---|---|
# | 1. Where to look: optimism and what variance buys | 45 |
# | 2. Which world am I in? | 40 |
#
# ## 1. Where to look: optimism and what variance buys
#
# A model knows only what you have seen. Plan in it, and you go where it is already good. So somebody must decide
# where to look next. Usually that is a coin: with probability epsilon, act at random.
#
# **DeepSea** shows what is wrong with the coin. A diver falls through a grid of N rows. At each row it drifts left or
# right, and right costs a little. The treasure lies in the last corner: N times right in a row, and no other way.
# A coin gets there about once in $2^N$ dives.
#
# Here are two divers. Both count what they see and plan in the counted table, to the last row. One follows its
# plan but for a coin. The other one is an optimist; what that means comes next.

# %%
from mbrl_lite.agents.optimism import learn
from mbrl_lite.envs.tabular import deep_sea, river_swim, stack

# %%
def first_treasure(N, dives, **how):
    """Dives until the treasure is first found, one number a seed; `dives` if never."""
    returns = learn(deep_sea(N), H=N, K=dives, seeds=range(100, 109), **how).returns  # (9, dives)
    found = returns > 0.5
    return np.where(found.any(1), found.argmax(1) + 1, dives)

# %%
depths, limit = [2, 3, 4, 5, 6, 7], 1000
coin = [first_treasure(N, limit, bonus="none", epsilon=0.2) for N in depths]
# iota: how careful the optimist is; see below
optimist = [first_treasure(N, 100, bonus="bernstein", iota=0.1) for N in depths]

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.style import BLUE, GREY, ORANGE, SKY, Picture, plain_axes

dives = Picture(7, 3.8)
axes = dives.subplots()
for runs, colour, name in ((coin, ORANGE, "coin, epsilon 0.2"), (optimist, BLUE, "optimist")):
    axes.plot(depths, np.median(runs, axis=1), color=colour, marker="o", label=name)
    axes.fill_between(depths, *np.quantile(runs, [0.25, 0.75], axis=1), color=colour, alpha=0.2)
axes.axhline(limit, color=GREY, linestyle=":", label="we stopped here")
plain_axes(axes, "The deeper, the less a coin finds", "rows N", "dives until first treasure")
axes.set(yscale="log", ylim=(1, 2500), xticks=depths)
axes.legend(frameon=False, loc=(0.68, 0.58))
figure(dives, alt="From 4 rows on most coins find nothing in 1,000 dives; optimists need dozens.")

# %% [markdown]
# The line is the median of nine seeds, the band holds the middle half. Why is the coin even worse than a blind diver
# with $2^N$? Because it learns. It has seen what right costs, and not yet what it brings. So its plan says *left*,
# and the coin must overrule it N times in a row: a chance of $(\epsilon/2)^N$, here $10^{-N}$ a dive, once all these
# costs are known. The coins that found it were quick: where right has not been tried yet, left and right are still
# even.
#
# ### One equation
#
# The optimist plans too, but adds a **bonus** $b$ to whatever it knows badly. With H steps in an episode, and at most
# 1 to win in each:
#
# $$ Q_h(s,a) = \min\Big(H-h,\; r(s,a) + \sum_{s'} \hat P(s'|s,a)\, V_{h+1}(s') + b(s,a)\Big),
# \qquad V_h(s) = \max_a Q_h(s,a) $$
#
# The bonus must be as large as the error may be. Then $Q$ is never too low. If the optimist is right about a place,
# it is glad. If it is wrong, it has learnt something, the bonus shrinks, and it will not be wrong like that again. It
# never has to toss a coin.
#
# One backward pass is this loop:

# %%
from mbrl_lite.agents.optimism import bernstein, hoeffding, optimistic_values

# %%
def plan(P_hat, R, n, H, bonus, iota):
    Q, V = np.zeros((H, *R.shape)), np.zeros((H + 1, len(R)))  # (H, S, A), (H + 1, S)
    for h in reversed(range(H)):
        b = bonus(P_hat, V[h + 1], n, iota, H)  # (S, A)
        Q[h] = np.minimum(H - h, R + P_hat @ V[h + 1] + b)
        V[h] = Q[h].max(-1)
    return Q, V

# %%
river = river_swim(S=4, noise=0.5)
visits = np.full((4, 2), 100)
Q, V = plan(river.P, river.R, visits, 20, hoeffding, iota=3.0)
same, _ = optimistic_values(river.P, river.R, 20, visits, hoeffding, 3.0)
truth, _ = optimistic_values(river.P, river.R, 20)
assert np.allclose(Q, same) and (Q >= truth - 1e-9).all()

# %% [markdown]
# ### Two bonuses
#
# How wrong can an average of n numbers be? There are two famous answers. Each holds except with a small probability,
# about $e^{-\iota}$; $\iota$ (iota) is ours to choose.
#
# **Hoeffding** asks only how far the numbers could spread: from 0 to H.
#
# $$ b = H \sqrt{\frac{\iota}{2n}} $$
#
# **Bernstein** looks how far they *do* spread: the variance of $V$ over the next states.
#
# $$ b = \sqrt{\frac{2\, \mathrm{Var}_{\hat P(\cdot|s,a)}[V]\, \iota}{n}} + \frac{7 H \iota}{3 n} $$
#
# (The theorem has $n - 1$ for the second $n$, and the sample variance; where that matters, the cap $H - h$ is smaller
# anyway.) A step with a sure outcome has no variance. Then only the second term is left, and it shrinks much faster.

# %% [markdown]
# ### Exercise 01.9 - The Bernstein bonus
#
# Difficulty 2 of 5 · importance 3 of 5 · 8 minutes
#
# Write the second bonus, for all pairs at once.
#
# - `p_hat` has shape `(S, A, S)`: the counted probabilities of the next states. Each row sums to one.
# - `v` has shape `(S,)`: the value of each next state, from 0 to H, in units of reward.
# - `n` has shape `(S, A)`: visits, whole numbers. `iota` and `H` are numbers.
# - Return shape `(S, A)`, in units of reward. A pair with n = 0 gets infinity: `np.inf`.
# - Do not change the arguments.

# %%
def bernstein_bonus(
    p_hat: np.ndarray, v: np.ndarray, n: np.ndarray, iota: float, H: int
) -> np.ndarray:
    """sqrt(2 Var iota / n) + 7 H iota / 3n for each pair, (S, A)."""
    # The mean of v under each row of p_hat comes first, then the squared distances from it.
    ### BEGIN SOLUTION
    mean = p_hat @ v  # (S, A)
    var = (p_hat * (v - mean[..., None]) ** 2).sum(-1)  # (S, A)
    m = np.maximum(n, 1)
    return np.where(n > 0, np.sqrt(2 * var * iota / m) + 7 * H * iota / (3 * m), np.inf)
    ### END SOLUTION


bernstein_bonus = check("01.9", bernstein_bonus)

# %% [markdown]
# Now look at both as visits add up, for a step that is sure and for a fair coin between "worth nothing" and "worth
# everything". The worst coin there is gains nothing by Bernstein. A sure step gains a great deal, from some 30
# visits on. Before that, Bernstein is even the more careful of the two: it must first be sure that there is no
# variance.

# %% tags=["nbval-ignore-output"]
H, iota, many = 20, 3.0, np.unique(np.logspace(0, 4, 60).astype(int))
v, sure, fair = np.array([0.0, H]), np.array([0.0, 1.0]), np.array([0.5, 0.5])
sizes = Picture(7, 3.8)
axes = sizes.subplots()
n = np.tile(many, (2, 1))  # (2, 60): each number of visits as an action of its own
for what, row, colour in (("sure step", sure, BLUE), ("fair coin", fair, SKY)):
    b = bernstein_bonus(np.tile(row, (2, len(many), 1)), v, n, iota, H)[0]
    axes.plot(many, b, color=colour, label=f"Bernstein, {what}")
axes.plot(many, hoeffding(None, v, n, iota, H)[0], color=ORANGE, label="Hoeffding, either")
plain_axes(axes, "What looking at the variance buys", "visits n", "bonus (reward)")
axes.set(xscale="log", yscale="log")
axes.legend(frameon=False)
figure(sizes, alt="The bonus of a sure step falls like 1/n, the two others like one over root n.")

# %%
args = river.P, V[1], visits, 3.0, 20
assert np.allclose(bernstein_bonus(*args), bernstein(*args))  # the library's says the same

# %% [markdown]
# ### Does it matter?
#
# **RiverSwim** is a chain of places along a river. Swimming left is easy and pays a crumb (0.005) at the left bank.
# Swimming right is against the current: you may be held, or drift back. Only the right bank pays well: 1 a step. Our
# river has 4 places and 20 steps an episode. `noise` sets the current: 1 is the original, 0 is a pond where every
# stroke arrives.
#
# **Regret** adds up what you lost against the best policy. We know the river, so we compute it exactly, for each
# episode's policy. An agent that is done learning has a flat curve.
#
# UCBVI (Azar et al., 2017) uses a bonus of the first kind. MVP (Zhang, Ji and Du, 2021) uses one like the second.
# Here both plan anew when a pair's visits have doubled (Azar et al. plan before each episode). Everything else is the
# same, iota too.

# %%
noise = [0.0, 0.1, 0.3, 0.5]
names = ["hoeffding", "bernstein"]
rivers = stack([river_swim(S=4, noise=x) for _ in names for x in noise for _ in range(6)])
bonuses = [name for name in names for _ in range(4 * 6)]
runs = learn(rivers, 20, 5000, list(range(100, 106)) * 8, bonuses, iota=3.0)
regret = dict(zip(names, runs.regret.cumsum(-1).reshape(2, 4, 6, -1)))  # (4, 6, K) each
for x, spread in zip(noise, runs.variance.reshape(2, 4, -1)[1].mean(-1)):
    print(f"noise {x}: variance norm {spread:.2f} an episode")

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.style import GREEN, VERMILION

lost = Picture(10, 4)
left, right = lost.subplots(1, 2)
for name, colour in (("hoeffding", ORANGE), ("bernstein", BLUE)):
    pond = regret[name][0]  # (6, K)
    left.plot(pond.mean(0), color=colour, label=f"{name.capitalize()} bonus")
    left.fill_between(range(5000), pond.min(0), pond.max(0), color=colour, alpha=0.2)
plain_axes(left, "No noise: two bonuses", "episodes", "regret (reward)")
for x, curve, colour in zip(noise, regret["bernstein"], (BLUE, GREEN, GREY, VERMILION)):
    right.plot(curve.mean(0), color=colour, label=f"noise {x}")
plain_axes(right, "Bernstein bonus: four rivers", "episodes", "regret (reward)")
for axes in (left, right):
    axes.set_ylim(0)
    axes.legend(frameon=False, loc="center right")
figure(lost, alt="Left: Hoeffding loses over four times as much. Right: more noise, a little more regret.")

# %% [markdown]
# Left, the pond. Both become flat, Hoeffding's after a few late looks around, for both find the bank and stay. But
# Hoeffding checks every sure thing as often as a coin toss, and that is dear. Lines are means of 6 seeds, bands reach
# from the smallest to the largest.
#
# Right, the same bonus in four rivers. Zhou, Zhang and Du (2023) prove that the regret of a variant of MVP is
# governed by a **variance norm**: what luck does to the best value, summed over the steps of an episode,
#
# $$ \mathrm{Var}^\Sigma = \sum_h \mathrm{Var}\big[V^*_{h+1}(s_{h+1}) \,\big|\, s_h, a_h\big]. $$
#
# It is the number printed above, and regret follows its order. But see how close the four curves are. Most of this
# regret is the second term, $7H\iota/3n$, the price of the first visits, which no variance can lower. And Hoeffding's
# regret rises with the noise too (5,452 to 6,208 on average in the record below, 14 % against Bernstein's 20 %),
# although its bonus never looks at the variance: a rougher river is harder to explore. So the order fits the theorem,
# and does not prove that variance alone is behind it.

# %% tags=["nbval-ignore-output"]
evidence("variance-dependent-bounds")

# %% [markdown]
# **What goes wrong.** The proofs ask for a large iota: for the 5,000 episodes above about 17, so that all promises
# hold at once. Try small ones. Which would you take on a robot? And what happened to some of the 20 seeds in the
# first row?

# %%
wild = river_swim(S=4, noise=0.5)
for iota in (1e-4, 1e-2, 1.0, 3.0):
    last = learn(wild, 20, 300, range(100, 120), "bernstein", iota=iota).regret
    stuck = (last[:, -1] > 1).sum()
    print(f"iota {iota:6}   regret {last.sum(1).mean():5.0f}   lost at the end: {stuck} of 20")

# %% [markdown]
# Courage is cheap here: with iota = 0.01 the optimist loses far less than the careful ones. With 0.0001 it is hardly an
# optimist. A few unlucky strokes, and a bonus of next to nothing never sends it back to try again. It eats
# crumbs for ever. A proof protects you from such a seed; a tuned constant protects you on the average.
#
# **Challenges** (no solution given)
#
# - Let MVP plan after *every* episode, not only at doublings. Does the regret fall? What does it cost?
# - Rewards are known here after one visit. Make the right bank pay 1 with probability one half, and else nothing.
#   Which bonus needs a term more, and which variance goes into it?
#
# **Reading**
#
# - R. Zhou, Z. Zhang and S. Du, *Sharp Variance-Dependent Bounds in Reinforcement Learning*, 2023. Sections 1 to 3,
#   30 minutes.
# - M. Azar, I. Osband and R. Munos, *Minimax Regret Bounds for Reinforcement Learning*, 2017. Algorithms 1 to 3, 20
#   minutes.
# - I. Osband, B. Van Roy, D. Russo and Z. Wen, *Deep Exploration via Randomized Value Functions*, 2019: where
#   DeepSea comes from. The introduction, 10 minutes.
#
# ## 2. Which world am I in? Latent MDPs
#
# You step into a boat. On half of all days its rudder is mounted the wrong way round: you steer right, and it goes
# left. Nobody tells you which kind of day it is. You have to steer and see.
#
# That would be easy if the boat obeyed. But one time in five the current takes it the other way, whatever the rudder
# does. So one step to the left may mean a wrong rudder, or a current.
#
# This is a **latent MDP**: $M$ worlds with the same states and actions. One of them, the *context*, is drawn for each
# episode and hidden. Call them a good day (context 0) and a reversed day (context 1). There are four places in a row.
# You start at the first, and each step taken at the last one pays 1/32: a day of 32 steps pays at most 1.

# %%
from mbrl_lite.envs.latent import reversed_steering

boat = reversed_steering(H=32, S=4, slip=0.2)
print("P", boat.P.shape, " contexts, states, actions, next states")
print("from place 1, steering right, on a good day   ", boat.P[0, 1, 1])
print("from place 1, steering right, on a reversed day", boat.P[1, 1, 1])

# %% [markdown]
# ### What you believe
#
# You start with $b = (0.5, 0.5)$: the share of days of each kind. Each step you see tells you something. On 100 days
# you would be in world $m$ on $100\, b_m$ of them, and see this very step on $100\, b_m P_m(s' \mid s, a)$. You did
# see it, so only those days are left. Your new belief is their shares:
#
# $$ b'_m = \frac{b_m\, P_m(s' \mid s, a)}{\sum_n b_n\, P_n(s' \mid s, a)} $$
#
# That is Bayes' rule. It is yours to write.
#
# ### Exercise 01.10 - Belief update
#
# Difficulty 2 of 5 · importance 4 of 5 · 8 minutes
#
# - `b` is an array of shape `(M,)`, what you believe: probabilities that sum to 1.
# - `P` has the shape `(M, S, A, S)`. `P[m, s, a, s2]` is the probability that world `m` leads from `s` under `a` to
#   `s2`.
# - `s`, `a`, `s2` are integers: the step you saw.
# - Return the new belief, shape `(M,)`. Do not change the arguments.
# - If no world that you believe in allows the step, all days are gone and the formula says 0 / 0. Then return `b` as
#   it is.

# %%
def belief_update(b: np.ndarray, P: np.ndarray, s: int, a: int, s2: int) -> np.ndarray:
    """What to believe about the contexts after the step s, a -> s2, (M,)."""
    # How often does each world show you this step? And which share of those times is it world m?
    ### BEGIN SOLUTION
    seen = b * P[:, s, a, s2]  # (M,)
    total = seen.sum()
    return seen / total if total > 0 else b
    ### END SOLUTION


belief_update = check("01.10", belief_update)

# %% [markdown]
# Is it true? Let us live through 200,000 days, three steps each, always steering right. Then pick the days that
# showed us the places 0, 1, 0, 1, and count how many of them were reversed.

# %%
rng = np.random.default_rng(0)
day = rng.integers(2, size=200_000)
place = np.zeros((len(day), 4), dtype=int)
for t in range(3):
    right = boat.P[day, place[:, t], 1].cumsum(-1)  # (days, 4)
    place[:, t + 1] = (rng.random((len(day), 1)) > right[:, :-1]).sum(1)
such = (place == [0, 1, 0, 1]).all(1)

b = np.array([0.5, 0.5])
for s, s2 in [(0, 1), (1, 0), (0, 1)]:
    b = belief_update(b, boat.P, s, 1, s2)
print(f"{such.sum():,} such days, {day[such].mean():.3f} of them reversed")
print(f"Bayes' rule says {b[1]:.3f}")
assert abs(day[such].mean() - b[1]) < 0.01

# %% [markdown]
# Here are six days, three of each kind, always steering right. How fast do you know?

# %% tags=["nbval-ignore-output"]
from mbrl_lite.viz.style import BLUE, ORANGE, VERMILION, Picture, plain_axes

days, rng = Picture(7.5, 3.4), np.random.default_rng(2)
axes = days.subplots()
for m, colour, name in ((0, BLUE, "a good day"), (1, VERMILION, "a reversed day")):
    for trip in range(3):
        s, beliefs = 0, [np.array([0.5, 0.5])]
        for _ in range(12):
            s2 = rng.choice(4, p=boat.P[m, s, 1])
            beliefs.append(belief_update(beliefs[-1], boat.P, s, 1, s2))
            s = s2
        axes.plot(np.array(beliefs)[:, 1], color=colour, marker=".", label=name if not trip else "")
plain_axes(axes, "A few steps tell the days apart", "steps taken", "belief in a reversed day")
axes.legend(frameon=False, loc="center right")
figure(days, alt="Six zigzag lines from 0.5: the blue ones end at 0, the red ones at 1.")

# %% [markdown]
# ### Planning with a belief
#
# What should you do at place 1 if you think it is a reversed day with probability 0.3? You need a plan for every
# *belief*, and there are infinitely many. Two facts save us.
#
# Fix a whole plan, what to do after everything that may happen: it is worth $\alpha_m$ if the context is $m$. At
# belief $b$ it is worth $\sum_m b_m \alpha_m$, a straight line in $b$. The best plan is the *highest* line at each
# belief:
#
# $$ V(b) = \max_{\alpha} \sum_m b_m\, \alpha_m $$
#
# A maximum of lines bends upwards: it is convex. So lay a grid over the beliefs, solve there, and draw straight
# lines between the points. These lie on or *above* the true $V$. You never promise too little.
#
# And to act? Remember one grid point. After each step update it by Bayes' rule, and round to a neighbour by lot, with
# odds that keep the belief right on average. That is a real policy, so what it earns is on or *below* $V$. The truth
# lies in between. With `solve` and `evaluate` we see how far apart they are.

# %%
from mbrl_lite.planning.beliefs import evaluate, solve

for cells in (2, 4, 8, 16, 32, 64):
    made = solve(boat, cells)
    print(f"{cells:3} cells: earned {evaluate(boat, made):.4f} <= V <= promised {made.promise:.4f}")
    assert evaluate(boat, made) <= made.promise

# %% tags=["nbval-ignore-output"]
values = Picture(7.5, 3.6)
axes = values.subplots()
for cells, colour in ((64, BLUE), (2, ORANGE)):
    made = solve(boat, cells)
    style = {"color": colour, "marker": "o" if cells == 2 else None, "label": f"{cells} cells"}
    axes.plot(made.grid.points[:, 1], made.value[0], **style)
plain_axes(axes, "Knowing the day is worth something", "belief in a reversed day", "total reward")
axes.legend(frameon=False)
figure(values, alt="A blue curve that sags in the middle, with two straight orange lines above it.")

# %% [markdown]
# The curve sags in the middle: not knowing costs about 0.03. That is the price of finding out, and no
# learner can save it. It is not regret.
#
# ### Learning it: the context in hindsight
#
# Now you do not know $P$ either. You learn from days. Here is the one kindness in Zhou, Wang and Du (2023): when the
# day is over, somebody tells you which kind it was. So you can keep *one table for each kind*.
#
# The rest you know from section 1. Count. Add a bonus for what was seen too rarely. Plan as if the bonus were real,
# play, and plan again when some count has doubled. `learn` does this. What if nobody told you, and all days went
# into one table?

# %%
from mbrl_lite.agents.latent_mdp import learn

told, blind = (learn(boat, K=500, seed=100, hindsight=h) for h in (True, False))
print(f"the optimum              {solve(boat, 64).promise:.3f}")
print(f"a table for each context {told.value[-100:].mean():.3f}")
print(f"one table for all days   {blind.value[-100:].mean():.3f}")

# %% [markdown]
# In the one table, steering left and steering right look nearly the same: half of the days this way, half that way. The
# model is *right* about the average day. There is no average day.
#
# ### Does a longer day cost more?
#
# A day of 32 steps offers four times as many chances for error as one of 8. Yet both pay at most 1. Should regret
# grow?
#
# It depends on the bonus. For a pair tried $N$ times, with $\iota$ a logarithm:
#
# $$ \text{Hoeffding: } \sqrt{\frac{\iota}{4N}} \qquad\qquad
#    \text{Bernstein: } \sqrt{\frac{\operatorname{Var}(\alpha)\, \iota}{N}} $$
#
# Hoeffding assumes the worst: a number between 0 and 1 has a variance of at most 1/4. It pays that at *every* step,
# so a longer day means more bonus in all. Bernstein looks. If a day pays at most 1, then, on average over days, the
# variances of all its steps *together* are at most 1/4, however long it is. (Section 1's constants are left out
# here.) Let us count regret over 2,000 days.

# %%
regret = {"hoeffding": [], "bernstein": []}
horizons = (8, 16, 32)
for H in horizons:
    world = reversed_steering(H, S=4, slip=0.2)
    best = solve(world, 128).promise
    for bonus in regret:
        run = learn(world, K=2000, seed=100, bonus=bonus)
        regret[bonus].append((best - run.value).sum())

# %% tags=["nbval-ignore-output"]
longer = Picture(7, 3.6)
axes = longer.subplots()
for (bonus, values), colour in zip(regret.items(), (ORANGE, BLUE)):
    axes.plot(horizons, values, marker="o", color=colour, label=bonus.title())
axes.set(xscale="log", yscale="log", ylim=(1, 1500))
axes.set_xticks(horizons, horizons)
axes.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
axes.minorticks_off()
title = "Four times the steps: one bonus pays, one does not"
plain_axes(axes, title, "steps in a day", "regret of 2,000 days (reward)")
axes.legend(frameon=False, loc="upper left")
figure(longer, alt="Orange rises from about 55 to 650. Blue does not rise: it falls from 7 to 4.")

# %% [markdown]
# One seed and one world. Here is the logged run. It also turns the luck of the *prizes* up and down, in a game of two
# doors with lotteries behind them. There $\operatorname{Var}^*$ is the largest variance that any policy can make of a
# day, be it by lotteries or by leaving all doors shut on some days. So it is not 0 even where the prizes are certain
# (0.075, against 0.25 for the widest spread). The smaller it is, the smaller the regret. And it adds a game with
# three contexts.

# %% tags=["nbval-ignore-output"]
evidence("latent-mdp-horizon-free")

# %% [markdown]
# Four honest remarks. First, the theorem holds up to constants and logarithms, and we set the constants to 1. With
# the proof's term of order $1/N$ in the bonus, at a tenth of its size, the blue line rose about 3 times. Our imagined
# visit (see below) takes its place. Second, the line is flat in the *boat*. In the game of doors a longer day means
# longer listening, and regret grows about 1.8 times with either bonus. Third, a tenth of Hoeffding's bonus is enough
# for the boat: it does well in short days, and still grows. Fourth, at 32 steps Hoeffding's bonus has not finished
# learning after 2,000 days: on average it loses half of the optimum. And the boat needs little exploring, for the
# current takes it everywhere; how much of the flat line needs a bonus at all, we did not measure. Try `learn(world,
# K=2000, seed=100, bonus="none")`.
#
# ### What goes wrong: never say never
#
# Our counts start with *one imagined visit*, spread evenly over all next states. Leave it out, and a step never seen
# has probability 0. After a few days most steps were never seen. Watch what Bayes' rule does with that.

# %%
from mbrl_lite.planning.beliefs import BeliefGrid, plan


def few_days(seed, imagined, visits=4):
    """A model from a few visits to each place with each action, in each context."""
    rng = np.random.default_rng(seed)
    counts = np.array([rng.multinomial(visits, row) for row in boat.P.reshape(-1, 4)])
    return ((counts + imagined / 4) / (visits + imagined)).reshape(boat.P.shape)


for imagined in (0, 1):
    models = [few_days(seed, imagined) for seed in range(30)]
    plans = [plan(P, boat.R, boat.w, boat.H, BeliefGrid(2, 32)) for P in models]
    earned = np.mean([evaluate(boat, made) for made in plans])
    print(f"imagined visits {imagined}: earned {earned:.3f} on average")

# %% [markdown]
# Take one such model. On a reversed day the current plays a trick that the model of reversed days has never seen. The
# belief jumps to "a good day, for certain". Zero times anything is zero: no later step can bring it back.

# %% tags=["nbval-ignore-output"]
trick = Picture(7.5, 3.2)
axes = trick.subplots()
walk = [0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]  # steering right on a reversed day
for imagined, colour in ((0, VERMILION), (1, BLUE)):
    P, b = few_days(12, imagined), np.array([0.5, 0.5])
    line = [b] + [b := belief_update(b, P, s, 1, s2) for s, s2 in zip(walk, walk[1:])]
    label = f"imagined visits: {imagined}"
    axes.plot(np.array(line)[:, 1], color=colour, marker=".", label=label)
plain_axes(axes, "One surprise, and certain for good", "steps taken", "belief in a reversed day")
axes.legend(frameon=False, loc="center right")
figure(trick, alt="Both lines rise, then fall at step 3. Red stays at 0, blue recovers.")

# %% [markdown]
# **Challenges**, without solution
#
# - Pay for what you find out: build a world with an action that tells you the context but costs ten steps.
#   From which $H$ on does the plan take it?
# - The grid of beliefs is an upper bound. Keep the $\alpha$ lines themselves instead, and throw away those that are
#   nowhere the highest. How many are left after 32 steps?
#
# **Reading** (optional)
#
# - R. Zhou, R. Wang and S. S. Du, *Horizon-Free and Variance-Dependent Reinforcement Learning for Latent Markov
#   Decision Processes*, 2023. Sections 1 to 4, 40 minutes.
# - L. P. Kaelbling, M. L. Littman and A. R. Cassandra, *Planning and acting in partially observable stochastic
#   domains*, 1998. Where the doors come from. 45 minutes.

# %%
progress("01")

# %% [markdown]
# **Where next?** You have now met every question of this course in its smallest form: learn a model, plan in it, know
# its errors, look where it is blind. From here on the worlds grow, and tables turn into formulas and networks.
