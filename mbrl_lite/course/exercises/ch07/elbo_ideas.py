"""What the checks of exercises 07.6 to 07.9 say to each mistake."""

EXERCISES = ()

GAUSS_IDEAS = {
    "flipped": (
        "this is KL(p || q). The one before the bars is the one we average over: here q, so q's variance stands above "
        "and p's below."
    ),
    "std_as_variance": "the deviations were used as if they were variances. Square them.",
    "std_squared_twice": "variances stand where the formula, or `Normal`, takes deviations: they were squared twice.",
    "log_of_variances": "the logarithm is of a ratio of *variances*, and counts in full. That is twice as much as the "
    "one of deviations.",
    "no_half": "for two equal Gaussians it is not 0. The closed form ends with minus one half.",
    "half_once": "the half was taken off once. Each of the Z numbers has one of its own: take it off before the sum.",
    "brackets": "`a / 2 * b` multiplies by b. Both stand below the line: `a / (2 * b)`.",
    "standard_prior": "p was taken to be N(0, 1). Its means and deviations are given: `mean_p` and `std_p`.",
    "no_log": "the term log(std_p / std_q) is missing. A sharp q has to be paid for, even around the right mean.",
    "log_upside_down": "the logarithm has its fraction upside down: it is log(std_p / std_q).",
    "wrong_scale": "the distance of the means was measured in units of q. It is p's deviation that says what is far.",
    "mean": "the numbers of z were averaged. Independent parts add up: sum over the last axis.",
    "distance_not_squared": "the distance of the means enters as it is. It has to be squared.",
    "no_gradient": "the number is right, but it is to train both q and p. Stay with torch, without `detach`.",
}

STRAIGHT_IDEAS = {
    "no_gradient": (
        "the value is right, and no gradient comes back: a one-hot vector by itself knows nothing of `probs`. Add "
        "something that is 0 and has a gradient."
    ),
    "soft": "probabilities came back, not the drawn class. Then the decoder never sees a real sample.",
    "minus": "the gradient has the wrong sign. Which of the two copies of `probs` should be detached?",
    "adds": "probabilities were added and not taken off again. `probs - probs.detach()` is 0 in value.",
    "masked": (
        "only the drawn class gets a value and a gradient. Straight-through passes the gradient of *all* classes, and "
        "the value is 1."
    ),
    "ratio": (
        "`p / p.detach()` is 1 in value, but its gradient is 1 / p, and times a one-hot vector it reaches the drawn "
        "class alone. Each class should get back just what came to it."
    ),
    "wrong_class": "the 1 stands at the most likely class. It belongs at the one that was drawn, `index`.",
    "logs": "the gradient is that of log-probabilities. Take the probabilities themselves.",
}

BALANCE_IDEAS = {
    "swapped": (
        "the two are swapped. dyn trains the *prior* (what should have been foreseen), so in it the posterior is "
        "detached."
    ),
    "no_detach": "nothing was detached, so each of the two pulls both distributions and no balance can be set.",
    "all_detached": "no gradient is left at all: in each of the two, exactly one side is detached.",
    "flipped": "the direction is turned round: this is KL(p || q). The posterior q stands before the bars, in both.",
    "free_each_group": (
        "each variable was lifted to `free` before the sum. Then Z variables get Z times as much for free: sum first, "
        "then clip."
    ),
    "free_after_mean": "the clip acts on the mean over the batch. It acts on every step by itself.",
    "still_pulls": "the value is right, but below `free` the KL still pulls. A max has no gradient there: `clamp`.",
    "weighed": "rep has its weight of 0.1 already. The weights are given later, by the loss: return both as they are.",
    "no_free": "nothing was clipped. Below `free` nats there should be no gradient, and the value is `free`.",
    "clips_above": "what is *above* `free` was cut off. Only what is below it is free: clamp with `min`.",
    "subtracts": "`free` was subtracted. The gradient is right, but the value below should be `free`, not 0.",
    "mean_groups": "the Z variables were averaged. Independent parts add up: sum over the Z.",
}

ELBO_IDEAS = {
    "flipped": (
        'it is the bug of the text. The KL is KL(p || q), and the "bound" can lie above what it should bound. We '
        "average over what the posterior draws: q log(q / p)."
    ),
    "half_mended": (
        "the logarithm is turned round, and the average is still over p, the prior. That is minus KL(p || q). Both "
        "change: q log(q / p)."
    ),
    "added": (
        "the KL was added. It is a price: the ELBO is what was explained *minus* the KL. (q log(p / q) is minus the "
        "KL: to subtract it is to add the KL.)"
    ),
    "no_kl": "the KL is missing. Then a model that looks at everything and foresees nothing costs nothing.",
    "mean_time": "the steps were averaged. The log-probability of a sequence is a *sum* over its steps.",
    "mean_groups": "the variables of z were averaged. Their KLs add up.",
    "loss": "this is the loss, minus the ELBO. Asked is the ELBO itself.",
}

HINTS = {
    "07.6": (
        "Three pieces for each number of z: one for the widths, one for the means and widths together, one constant. "
        "Then a sum.",
        "`(std_p / std_q).log()`, then a fraction with `2 * std_p**2` below and two squares above, then -1/2.",
        "`((std_p / std_q).log() + (std_q**2 + (mean_q - mean_p) ** 2) / (2 * std_p**2) - 0.5).sum(-1)`.",
    ),
    "07.7": (
        "You need a one-hot vector in value and `probs` in gradient. What has value 0 and the gradient of `probs`?",
        "`probs - probs.detach()` is exactly 0, and its gradient is that of `probs`. Add it to the one-hot vector.",
        "`one_hot = torch.nn.functional.one_hot(index, probs.shape[-1]).to(probs.dtype)`, then "
        "`return one_hot + (probs - probs.detach())`.",
    ),
    "07.8": (
        "Write the KL once, as a function of two arguments. Then call it twice: each time another argument is "
        "detached.",
        "`kl(q.detach(), p)` trains p, so it is dyn. Sum over classes and variables, and only then clip.",
        "`kl = lambda q, p: (q * (q.log() - p.log())).sum((-2, -1))`; return `kl(q.detach(), p).clamp(min=free)` and "
        "`kl(q, p.detach()).clamp(min=free)`.",
    ),
    "07.9": (
        "A bound that can be exceeded is no bound. Set q equal to p: then every KL is 0, both ways. Make q sharp: "
        "which of the two directions grows without end?",
        "The KL should be E_q[log q - log p]: weights q, then the logarithm of q over p.",
        "`kl = (q * (q.log() - p.log())).sum((-2, -1))`.",
    ),
}
