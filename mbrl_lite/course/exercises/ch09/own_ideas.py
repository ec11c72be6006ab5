"""What the checks of exercises 09.13 to 09.15 say to each mistake."""

EXERCISES = ()

DREAM_IDEAS = {
    "old_h": "z is drawn from the *old* h. The prior answers once the memory has taken the action in: first h, then z.",
    "asks_twice": (
        "the action you keep is not the one the world got. A policy draws, and may answer something else when asked "
        "again: ask it once a step, and use that action for both."
    ),
    "draws_twice": (
        "the z in your feat is not the one that the memory takes in. `prior` draws, and each call draws anew: call it "
        "once a step, and use that z for both."
    ),
    "half_feat": "a feat holds the new h and the old z. They belong together: draw z before you note the feat.",
    "first_feat": "every action is chosen at the start. The policy must look at the feat that was reached last.",
    "first_h": "the memory always goes on from the first h. Keep what `recur` returns.",
    "first_z": "the memory always takes in the first z. Keep what `prior` returns.",
    "late_action": "the action a step late: `recur` should get the one that was chosen at this very feat.",
    "z_first": "feat = [h, z], in this order: the heads were trained on it.",
    "no_start": "the start is missing. H actions lie between H + 1 feats: begin the list with the feat you start from.",
    "no_end": "the last feat is missing: it is where the last action leads, and the return needs its value.",
    "more_actions": "one action too many. At the last feat nobody acts any more.",
    "time_first": "time is the first axis. Here the batch comes first: stack along dim 1.",
}
STARTS_IDEAS = {
    "not_detached": (
        "a gradient runs from the dream back into the state it starts from. It would teach the *encoder* to see what "
        "pleases the actor. Detach h and z."
    ),
    "inverted": "cont is 1 at the ends and 0 elsewhere: it says whether the world goes *on*.",
    "last_only": "only the last step of each sequence is a start. Every step of the batch may be one: that is B * T.",
    "drops_ends": "ends are left out. Keep them, so that all rows are there, and let cont = 0 take their weight away.",
    "stays_over": (
        "cont stays 0 after an end. In the replay the next step belongs to a new episode: cont is 0 at the end alone."
    ),
    "not_flat": "batch and time are still two axes. A dream does not care where its start came from: flatten them.",
    "rows_apart": "the rows of h, z and cont no longer belong together. Flatten (B, T) in the same order everywhere.",
    "order": "the rows are sorted by time first. Row b * T + t shall be step t of sequence b.",
}
TARGETS_IDEAS = {
    "afterlife": (
        "each cont is still a step early. Whether the world goes on after action t is said at feat t + 1. So your "
        "return counts what the critic says *behind* the end, and steps behind it have weight."
    ),
    "shifted": (
        "what the heads say at feat t arrived *before* action t. Your returns count a reward that was paid already, "
        "and what the last action of a dream earns is lost."
    ),
    "reward_shifted": "the rewards are still a step early: action t brings reward[:, t + 1].",
    "cont_shifted": "the returns use each cont a step early: after action t the world goes on with cont[:, t + 1].",
    "reach_shifted": (
        "`reach_weights` gets each cont a step early, and so the start's twice: it needs those that arrived."
    ),
    "start_forgotten": "the start's own cont is not used. A dream that starts at an end must weigh nothing.",
    "start_late": (
        "the start's cont is taken from feat 1. Whether the *start* is an end is said at feat 0: cont[:, 0]."
    ),
    "multiplied_up": (
        "the conts were multiplied up before they were handed on. Both functions do that themselves, so each cont "
        "counts several times."
    ),
    "weighted": "the returns are multiplied by reach. Return them as they are: the losses weigh each step once.",
    "exchanged": "the two results have changed places: (returns, reach), in this order.",
    "gamma_twice": "gamma comes in twice: `lambda_return` and `reach_weights` multiply by it themselves.",
}
