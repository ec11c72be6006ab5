# %% [markdown]
# # 00 Start here
#
# This first chapter shows how the course works. You write two tiny functions, and each is checked at once.

# %%
import numpy as np

from mbrl_lite.course import check, hint, progress

# %% [markdown]
# ## How an exercise works
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
# The door of our small world pays a little less than 1, as late openings pay less. Its return, 20 steps before:

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
# ## What you have done
#
# This table stays, even when you close the notebook.

# %%
progress("00")
