"""What the checks of exercises 01.3 to 01.5 say to each mistake."""

EXERCISES = ()

UPDATE_IDEAS = {
    "overwrites": (
        "the target replaced the old value. One sample may be luck: move only the share alpha of the way, "
        "`Q[s, a] + alpha * (target - Q[s, a])`."
    ),
    "adds_target": (
        "the old value was never subtracted. Repeat that and Q grows without end. The step is alpha times the *error*, "
        "target minus `Q[s, a]`."
    ),
    "no_gamma": "the value of the next state counts in full. It lies one step ahead, so gamma multiplies it.",
    "same_action": (
        "in `s2` you looked up the action just taken. There the agent is free to choose again: take the best, "
        "`Q[s2].max()`."
    ),
    "from_here": "the future was read from `s`, where the agent came from. It goes on from `s2`.",
    "mean": (
        "you averaged the actions of `s2`. That is the value of choosing blindly there. Q-learning learns about the "
        "*best* choice: the maximum."
    ),
    "argmax": "`argmax` gives the *number* of the best action. What counts is its value: `max`.",
    "largest_anywhere": "the future was read from the whole table. The step led to `s2`: only `Q[s2]` counts.",
    "no_future": (
        "nothing was added for what comes next, and the episode goes on. Is `done` read the wrong way round? "
        "Where it is False, gamma times the best value of `s2` belongs to the target."
    ),
    "backwards": "the value moved away from its target. It should come closer: plus alpha times (target - value).",
    "whole_row": "other actions of `s` changed too. Only what was tried, the pair (s, a), can be judged.",
    "unchanged": "the table came back as it was. Is the copy that you changed the one that you return?",
    "done_ignored": (
        "the episode was over, and 0.5 * 8 was still added for what comes next. Nothing comes next: "
        "with `done` the target is the reward alone."
    ),
    "reward_lost": (
        "with `done` the target became 0, and so the reward of the last step was lost. `done` cuts off what comes "
        "*after* this step, not what it paid."
    ),
    "end_skipped": "with `done` nothing was learnt. But the last step of an episode is often the one that pays.",
}

PLUS_IDEAS = {
    "resets_the_clock": (
        "it is the bug of the picture. A dream writes into `tried`, so the second time the pair looks fresh and its "
        "bonus is 0. Dreams are not visits: after a few dreams nothing would ever be explored."
    ),
    "clock_only": (
        "the bonus is kappa * sqrt(t), the same for a pair tried a moment ago and one tried 100 steps ago. It then "
        "favours nobody. Count from the last try: t - tried[s, a]."
    ),
    "backwards_clock": (
        "the bonus grows with the time *at* which a pair was tried, so the newest get most. It should be the time "
        "*since*: t - tried[s, a]."
    ),
    "state_clock": (
        "the clock of the whole *state* was used, that of its most recent action. An action nobody takes in a busy "
        "state then stays uninteresting for ever: each pair has a clock of its own."
    ),
    "no_root": (
        "the root is missing. Then a pair left alone for 10,000 steps outshines the goal by far, and the agent does "
        "nothing but tour old places."
    ),
    "no_bonus": "no bonus at all is left: this is plain Dyna-Q, which waits for luck to find the shortcut.",
    "kappa_inside": "kappa stands under the root. It is a factor: kappa * sqrt(tau).",
    "inverse": (
        "the bonus *falls* with time: kappa / sqrt(tau). That is right for counting visits; here tau is the time "
        "without one, and doubt grows."
    ),
    "punishes": "the bonus is subtracted, so the agent avoids what it has not tried for long: fear, not curiosity.",
    "in_the_model": (
        "the bonus was written into the model's reward. Each dream adds another one to the last, and the model soon "
        "believes in gold. Add it to a local variable."
    ),
    "outside_target": (
        "the bonus was added to Q itself, in full at each dream. It belongs to the reward, inside the target, where "
        "alpha weighs it."
    ),
}

SWEEP_IDEAS = {
    "good_news": (
        "it is the bug of the picture. A negative error never gets into line, so bad news stops at the first pair. "
        "Its size is what counts: `abs`."
    ),
    "successors": (
        "the pairs put in line belong to the state *after* (s, a). Their targets did not change. Whoever leads *to* s "
        "reads its value: `following == s`."
    ),
    "alone": "nobody was put in line after an update, so the news stayed where it was. Wake up who leads to s.",
    "stays": (
        "an updated pair kept its priority, so it is first in line for ever, and the others wait. "
        "Set it to 0 when it is taken."
    ),
    "smallest": "the pair with the *smallest* priority came first. Then planning polishes while the big errors wait.",
    "no_theta": "a pair whose error is below theta stood in line all the same. theta says what is too small to matter.",
    "late_theta": (
        "a pair in line was left out, since its priority is below theta. theta decides who *joins*. Whoever is in line "
        "gets its turn: stop when all priorities are 0."
    ),
    "too_early": (
        "the errors of those before were computed from the table as it was *before* the update. They must see the new "
        "value, or they see no change at all."
    ),
    "empty": "an update was made with nobody in line: `argmax` of zeros is pair (0, 0). Stop when no priority is left.",
}
