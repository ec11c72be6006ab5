"""What the checks of exercises 07.1 to 07.5 say to each mistake."""

EXERCISES = ()

BOUNCE_IDEAS = {
    "clips": "the ball stopped at the wall. It should come back: what is beyond the wall is folded, not cut off.",
    "wraps": "the ball left through one wall and came in at the other. That is a world without walls: fold it back.",
    "one_bounce": (
        "each wall was thought of once at most: right for a bounce or two, and wrong for more. After 2 L the ball is "
        "where it began: take u modulo 2 L before you fold."
    ),
    "same_velocity": "the position is right, and the velocity was not turned round at the wall.",
    "always_turned": "the velocity was turned round although the ball had met no wall, or an even number of walls.",
    "one_step": "you went one step and not k. The straight way is x - low + k v.",
    "no_low": "the walls are at `low` and `high`, and you folded at 0. Measure from `low`, and add it at the end.",
    "one_wall_a_step": (
        "in each step you thought of each wall once at most, and a fast ball may meet many walls in *one* step. Fly "
        "all k steps straight on, and fold with u modulo 2 L."
    ),
    "negative_rest": (
        "`fmod` keeps the sign, so a ball beyond the lower wall has a rest below 0. `%` and `np.mod` give one between "
        "0 and 2 L."
    ),
}

PROBE_IDEAS = {
    "fits_on_new": (
        "the probe was fitted on the very data it is scored on. It may then know by heart what it should read off: fit "
        "on X and Y only."
    ),
    "scores_on_old": "the probe was scored on the data it was fitted on. Score on X_new and Y_new.",
    "no_centre": (
        "the means were not taken off, so the line must pass through 0. Subtract the means of X and Y, and add the "
        "mean of Y again."
    ),
    "ratio": "this is the share of variance that is *left*. R² is the share that was explained: 1 minus it.",
    "pooled": "all K targets got one common R². Each column is a question of its own: sum over samples, axis 0, only.",
    "no_penalty": "lambda plays no part. Add `l2` times the identity before you solve.",
    "penalty_too_weak": (
        "the penalty was added to a *sum* over N samples, so the more data the weaker it is. Divide X'X by N first."
    ),
    "old_mean": "the variance of Y_new was taken around the mean of Y. Of new data, take the new mean.",
    "squared_correlation": (
        "this is the squared correlation. It forgives a guess that is shifted or stretched; R² does not."
    ),
    "own_means": "X_new was centred by its own mean. The probe knows the means it was fitted with, X's and Y's.",
    "mean_not_added": "the guess is a guess of Y *less its mean*. Add the mean of Y again.",
    "penalised_constant": (
        "lambda punishes the constant too: the column of ones is a feature for it. Take the means off instead."
    ),
    "clipped": "R² below 0 was cut off. A guess that is worse than the mean of Y_new should look worse.",
}

BEGIN_IDEAS = {
    "input_leaks": (
        "the memory is empty, but the input of the life before got in. Then h begins with a thing that never happened "
        "in this life: x is zero at a reset too."
    ),
    "memory_leaks": "the input is zero, but h still remembers the life before. Both must be emptied.",
    "action_leaks": "z is zero, but the last action of the life before got in. All of x is emptied.",
    "z_leaks": "the action is zero, but z of the life before got in. All of x is emptied.",
    "inverted": "you emptied the rows that go on, and kept those that begin. `reset` is True where a life *begins*.",
    "whole_batch": "one row begins anew, and you emptied all rows. Each sequence has a life of its own: a mask a row.",
    "nothing": "nothing was emptied, although one row begins a new life.",
    "order": "the input holds the action first. The order is x = [z, a].",
    "no_gradient": (
        "the numbers are right, but where a life goes on the gradient is to pass unchanged, or nobody can learn what "
        "to remember. No `detach`, no numpy: only a product."
    ),
}

IMAGINE_IDEAS = {
    "no_start": "the start is missing: a dream of H steps has H + 1 states, and index 0 is where it began.",
    "one_too_many": "there is a state too many: the start and H steps make H + 1.",
    "one_too_few": "there is a state too few: after the start come H steps, not H - 1.",
    "old_memory": (
        "z was drawn from the prior of the *old* h. First the memory goes on, h' = recur(h, z); then z' comes from "
        "prior(h')."
    ),
    "frozen_z": "every step took in the z of the start. Feed each new z back: it is what the dream has come to.",
    "frozen_h": "every step started from the first h. Feed each new h back.",
    "no_sample": "z was taken from the prior itself. Draw it with the function you were given: `sample(prior(h))`.",
    "z_first": "a new z was drawn first and taken in at once. Step t takes in z of step t - 1.",
    "draws_twice": (
        "a z in your `zs` is not the one that the next step took in. Each `sample` draws anew: what you keep and what "
        "you feed back must be one draw."
    ),
}

SCORE_IDEAS = {
    "early": (
        "it is the bug of the text. dream[:, 0] was compared with the last frame *seen*, context - 1. It shows the "
        "next one."
    ),
    "late": "dream[:, 0] was compared with frame context + 1. The first frame not seen is number `context`.",
    "from_start": "the dream was compared with frames from 0 on. It begins where the context ends.",
    "last": "the dream was compared with the *last* frames there are. It need not last until the end.",
    "root": "the root was taken. Asked is the mean of the squares.",
    "absolute": "absolute differences were averaged. Asked is the mean of their squares.",
    "cumulated": "each number is the mean over all steps *so far*. Take each step by itself.",
    "summed": "squares were summed over the pixels. Take the mean, so that frames of any size compare.",
}
