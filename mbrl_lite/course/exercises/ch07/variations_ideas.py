"""What exercises 07.15 to 07.18 say to each common mistake, and their hints."""

EXERCISES = ()

WEIGHT_IDEAS = {
    "sigma": "this is sigma. The weight of a loss is 1 / sigma.",
    "log_sigma": "this is least for L / sigma + log(sigma). The 1 in log(1 + sigma) changes the derivative: "
    "1 / (1 + sigma).",
    "minus_root": "the quadratic has two roots, and sigma must be above 0: take the other one.",
    "no_half": "the formula for the roots of a quadratic divides by 2.",
    "weighted": "this is the weighted loss L / sigma. The weight alone is asked for.",
    "squared": "this is 1 / sigma squared. The loss is divided by sigma itself.",
    "normalised": "the weights were made to sum to 1. Each stands for itself: 1 / sigma.",
    "small_only": "sigma^2 = L is nearly right for small losses. It says sigma^2 = L (1 + sigma): solve it with the "
    "term L sigma.",
}

SMOOTH_IDEAS = {
    "lost": "what the kernel put beyond the ends is lost, and the episode pays less than it did. Divide what each "
    "reward gives by the part of the kernel that lies within.",
    "turned": "the kernel is turned round. r~[t] takes f_i from the reward at t + i, so a reward at s gives f_i to the "
    "step s - i.",
    "lost_turned": "two things at once. The kernel is turned round (a convolution does that), and what it put beyond "
    "the ends is lost. In which direction does f_i give, and what makes up each reward's whole?",
    "averaged": "you normalised what each step *receives*. Then the sum changes. Normalise what each reward *gives*.",
    "piled": "what would fall beyond an end is piled up on the last step within. It is to be spread in proportion.",
    "wraps": "rewards at the end turn up at the beginning: the kernel ran round in a circle.",
    "rescaled": "you stretched the whole episode until its sum was right, so what one reward lost was given to others. "
    "Each reward keeps its own sum.",
    "twice": "a reward that had been spread already was spread again. Read from `reward`, and add to a new array.",
    "shifted": "all rewards are moved by half the kernel's width. f_0 stands in the kernel's middle.",
}

KEEP_IDEAS = {
    "coin": "each token was kept by a coin of its own, so some frames keep more than others. The same number is to be "
    "kept in every frame: rank the noise.",
    "hidden": "this is True where tokens are *hidden*. True means kept.",
    "share_kept": "you kept the share that was to be masked.",
    "largest": "the right number, but of the largest noise. The smallest is kept (any rule would do; this is ours).",
    "same_rows": "every frame keeps the same tokens. Then a place that is hidden once is always hidden.",
    "whole_batch": "you ranked the noise of all frames together, so some frames keep more. Rank row by row.",
    "none_left": "nothing was kept. At least one token must stay.",
    "rounding": "the number of tokens was rounded up or down. `round` takes the nearest whole number.",
    "not_ranks": "`argsort` says *where* the smallest stands, not which rank a token has. Sort twice, or set True at "
    "the first K places.",
    "wrong_axis": "you ranked the frames at each token, axis 0. Rank the tokens within each frame, axis 1.",
}

BUG_IDEAS = {
    "detached_loss": "No gradient reaches the losses, so the model learns nothing, however the total falls.",
    "detached_sigma": "No gradient reaches `log_sigma`, so the weights stay what they are.",
    "unbounded": "Without log(1 + sigma) the total is least when sigma is infinite and nothing weighs anything.",
    "log_sigma": "This is log(sigma), not log(1 + sigma): small losses get weights without limit.",
    "multiplied": "The losses are multiplied by sigma. The larger one would then weigh more.",
    "mean": "This is the mean over the losses. The sum is asked for.",
    "no_exp": "`log_sigma` was taken for sigma itself. sigma = exp(log_sigma) is always above 0.",
    "squared": "This has sigma squared. The equation divides by sigma itself, and charges log(1 + sigma).",
    "charged_only": "sigma does not see the losses, only its charge, so it can but fall. It needs the gradient of "
    "both terms.",
    "no_gradient": "No gradient comes back at all: neither the model nor the weights learn. No `.item()`.",
}

HINTS = {
    "07.15": (
        "Take the derivative of L / sigma + log(1 + sigma) by sigma, and set it to 0.",
        "-L / sigma^2 + 1 / (1 + sigma) = 0 means sigma^2 = L (1 + sigma): a quadratic in sigma. One root is positive.",
        "sigma = (L + sqrt(L^2 + 4 L)) / 2; return 1 / sigma.",
    ),
    "07.17": (
        "Think of each reward as giving, not of each step as receiving. To which steps does the reward at s give?",
        "For each s: the steps t = s - i with i from -w to w that lie within 0 .. T - 1, and their weights f_i. Divide "
        "these weights by their sum.",
        "`for s in range(T): t = np.arange(max(0, s - w), min(T, s + w + 1)); g = f[w + s - t]; "
        "out[t] += reward[s] * g / g.sum()`.",
    ),
    "07.18": (
        "A threshold keeps a number of tokens that depends on chance. What keeps exactly K of them?",
        "The rank of each number in its row: `noise.argsort(axis=1).argsort(axis=1)` is 0 for the smallest.",
        "`K = max(1, round((1 - share) * noise.shape[1]))`, and `rank < K`.",
    ),
    "07.16": (
        "The total falls, and the error does not. Who is learning, who is not?",
        "`detach` makes a number out of a loss. Which of the two should keep its gradient, the losses or sigma?",
        "Both: delete `.detach()`.",
    ),
}
