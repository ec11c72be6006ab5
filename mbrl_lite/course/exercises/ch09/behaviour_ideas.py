"""What the checks of exercises 09.1 to 09.3 say to each mistake."""

EXERCISES = ()

LAMBDA_IDEAS = {
    "bootstraps_now": (
        "your bootstrap is v_t, the value of the state *before* the reward. After r_{t+1} the dream stands in state "
        "t + 1: take `value[:, t + 1]`. (The released code of a published agent has this very bug.)"
    ),
    "cont_ignored": (
        "cont is never used, so the return counts on what comes after an end. What lies behind r_{t+1} counts only "
        "with the probability `cont[:, t]` that anything lies there."
    ),
    "reward_cut": (
        "cont multiplies the reward too, so the last reward of an episode is lost. It cuts off what comes *after* "
        "r_{t+1}, not what is paid."
    ),
    "cont_early": (
        "the continue flag is one step off. `cont[:, t]` arrived together with `reward[:, t]`: it says whether the "
        "world goes on after *this* reward."
    ),
    "cont_on_one": (
        "cont reaches only one of the two terms. Both v_{t+1} and R_{t+1} lie behind the end, if there is one: "
        "`cont[:, t]` multiplies the whole bracket."
    ),
    "rounded": "cont is used as a yes or no. It is a probability, so multiply by it as it is: 0.75 stays 0.75.",
    "no_gamma": "nothing is discounted. What lies one step ahead is multiplied by gamma, at each step.",
    "gamma_once": "gamma reaches only the bootstrap. The bracket holds both, v_{t+1} and R_{t+1}; gamma multiplies it.",
    "flipped": "lambda and 1 - lambda have changed places. Lambda is the share of the *long* return R_{t+1}.",
    "starts_at_zero": (
        "the recursion starts with 0, as if the world ended with the dream. It only stops there: what is left is "
        "estimated by the last value, `value[:, -1]`."
    ),
    "monte_carlo": "lambda has no effect: this is the return with lambda = 1, which asks the critic only at the end.",
    "one_step": "lambda has no effect: this is the one-step return with lambda = 0.",
    "backwards": (
        "the numbers are right and stand in reverse. The loop runs from the end of the dream, so turn the list round."
    ),
    "no_gradient": (
        "the result carries no gradient. Pathwise learning needs dR/dreward: no `detach`, no `.item()`, no NumPy."
    ),
}

REACH_IDEAS = {
    "too_late": (
        "your weights are one step late: they hold the `cont` that arrives *with the reward of this very action*. "
        "Action t is taken in feat_t, and feat_t was reached if all `cont` before index t were 1."
    ),
    "no_gamma": "gamma is missing. A step further away counts less even if it is reached for sure.",
    "no_start": (
        "`start_cont` is not used. A dream that begins at the end of an episode teaches nothing: its weights are 0."
    ),
    "late_no_start": (
        "two things at once. `start_cont` is not used, and your weights are one step late: they hold the `cont` that "
        "arrives *with the reward of this very action*, which says nothing about getting there."
    ),
    "start_once": (
        "`start_cont` reaches the first weight alone. w_1 is w_0 times gamma c_1, so it is in all of them: a dream "
        "that begins at an end never counts."
    ),
    "wrong_axis": "the product runs from dream to dream. It should run along time, from step to step: dim 1.",
    "gamma_first": "the first action is discounted already. It is taken at once: its weight is start_cont itself.",
    "not_cumulative": (
        "each step is weighted by its own `cont` alone. Reaching step t means surviving *all* steps before it: "
        "multiply them up (`cumprod`)."
    ),
    "gamma_only": "cont is never used, so steps behind an end weigh as much as others. Multiply gamma by cont.",
    "gamma_once": "gamma stands before the product once. It belongs inside: one more gamma with each step.",
}

RELEASE_IDEAS = {
    "bootstraps_now": (
        "the bug is still there. Print which value follows reward[:, t]: the state reached with it has index t + 1."
    ),
    "further_back": "you moved one step the wrong way: `value[:, t - 1]` is older still. The next state's is t + 1.",
    "end_as_cont": (
        "termination is used as if it were cont. It is 1 where the world *ends*; what comes after counts there by "
        "1 - termination."
    ),
    "moves_the_end": (
        "termination was moved as well. It was right: `termination[:, t]` arrived together with `reward[:, t]`. Only "
        "the value is off by one."
    ),
    "last_column": (
        "at the end of the dream a wrong value is read. `value` has H + 1 columns, and the last one belongs to state "
        "H, where the dream stops: the recursion begins with it, and the last step's bootstrap is the same."
    ),
    "no_values": (
        "now no value is left inside the dream, and lambda does nothing. The critic was asked at the wrong step, "
        "not too often."
    ),
    "end_ignored": "termination is not used any more, and rewards behind an end count. That part was right.",
    "mixes_rewards": (
        "you moved the reward, not the value. reward[:, t] was right: it is what action t brings. Only the bootstrap "
        "is off by one."
    ),
}
