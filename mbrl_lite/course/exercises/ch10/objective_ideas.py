"""What the checks of exercises 10.3 to 10.5 say to each mistake."""

EXERCISES = ()

PRIOR_IDEAS = {
    "same_step": (
        "prior t is held against frame t, which it was told. It learns to copy, its loss falls, and in a dream it "
        "stands still. It shall foretell the *next* frame: post[:, 1:] beside prior[:, :-1]."
    ),
    "looks_back": "prior t is held against frame t - 1, the past. Shift the other way: post[:, 1:], prior[:, :-1].",
    "wraps": "the last prior is held against the *first* frame of the window: `roll` goes round. Pairs: T - 1.",
    "crosses": (
        "pairs that lead from one life into the next count too. Nobody can foretell where a new episode begins from "
        "the end of the last: leave out the pairs whose second step `is_first`."
    ),
    "wrong_border": (
        "the border is one step off. A pair (t, t + 1) is a border if t + 1 is a first step: take `is_first[:, 1:]`."
    ),
    "leaks": "the posterior is pulled as well. Here the prior alone is taught: detach post.",
    "flipped": "the KL is the other way round. It is KL(post || prior): the posterior's own weights come first.",
    "over_all": "the sum over pairs within a life is divided by all pairs. Take the mean of those that count.",
    "summed": "the pairs are added up, and their mean is wanted.",
    "no_free": "the free bits are missing: below `free` nats a pair is not punished any further, `.clamp(min=free)`.",
    "after_mean": "the free bits are granted to the mean. Each pair has its own: clamp first, then the mean.",
    "each": "every variable gets free bits of its own. They are for all Z variables of a step together: sum first.",
    "mean_groups": "the KLs of the Z variables are averaged. KLs of independent variables add up.",
}
UNIMIX_IDEAS = {
    "by_groups": (
        "the share is divided by Z, the number of *variables*. It is spread over the C classes of each: mix / C. "
        "(Where Z = C nobody notices.)"
    ),
    "by_both": "the share is divided by Z C. Each variable is a distribution of its own: mix / C.",
    "undivided": "every class gets the whole share. It is spread over the C classes: mix / C.",
    "added": "the uniform part is added on top: the probabilities sum to 1 + mix. Leave (1 - mix) to the softmax.",
    "swapped": "mix and 1 - mix have changed places: this is almost a coin.",
    "unmixed": "nothing is mixed in: this is the plain softmax.",
    "only_floor": "small probabilities are lifted, and nobody pays for it: they no longer sum to 1.",
    "over_groups": "the softmax runs over the variables. Its axis is that of the classes, the last one.",
    "over_all": "the softmax runs over all variables together. Each variable is a distribution of its own.",
    "renormalised": (
        "the sums are right now, by force, and the shares are not: dividing by the sum only hides the mistake. The "
        "uniform part is mix / C, and the softmax keeps 1 - mix."
    ),
}
DECAY_IDEAS = {
    "unscaled": (
        "the decay is not multiplied by the learning rate. With a step size of 4e-5 it is then 25,000 times what the "
        "setting says: w - lr * update - lr * decay * w."
    ),
    "everything": (
        "everything decays, the gains and biases, and A_log, D and dt_bias. Their 0 is no neutral value: dt_bias = 0 "
        "means that half of the memory is lost at each step."
    ),
    "reaches_a": (
        "an A_log with two axes decays. (Mamba-1 has one of shape (channels, N).) Spare it by its *last* name, not by "
        "its shape."
    ),
    "reaches_gains": "gains and biases decay. Only tensors with two axes or more do.",
    "nothing": "nothing decays. The matrices do, by lr * decay * w.",
    "only_spared": "it is the wrong way round: what should be spared decays, and the matrices do not.",
    "twice": "the learning rate is in it twice: the decay should be lr * decay * w.",
    "afterwards": (
        "what decays is the weight after the update. Decoupled decay takes lr * decay * w of the weight before it."
    ),
    "grows": "the weights grow: the decay is *taken away*.",
    "climbs": "the update is added. `updates` points uphill, so it is taken away.",
    "no_step": "the update is lost, of all or of those that do not decay. All take their step.",
    "by_letters": (
        "a matrix is spared that should decay. `Dense.weight` has a D in it, `layers.1.to_D` ends with one, and "
        "`D.weight` has it for its first name. What counts is the *last* name, as a whole."
    ),
}
