"""What the checks of exercises 10.11 and 10.12 say to each mistake."""

EXERCISES = ()

LIFE_IDEAS = {
    "by_episode": (
        "you empty the memory at every episode. What was found out in the first one is then gone in the second, and "
        "that was the point: a life is a *task*, and its episodes belong together."
    ),
    "same_task": (
        "a task that is drawn twice in a row begins twice. Its number stays the same, so look at the episodes: in a "
        "life they only go up, and where the number falls, another life has begun."
    ),
    "all_of_it": (
        "you mark every step of a task's first episode. A memory that is emptied at each of them never holds anything: "
        "a task begins once."
    ),
    "leaks": (
        "at the first step of a task you hand over what the arrays hold there. That belongs to the task before: the "
        "new life would begin with another one's reward or end."
    ),
    "shifted": (
        "a step late or early. `reward[:, t]` and `is_last[:, t]` *arrived with* step t, and a task begins at the "
        "first step that bears its number, not at the one before."
    ),
    "axis": (
        "you compare neighbours along the batch. Rows are different streams and know nothing of each other: compare "
        "along time, the second axis."
    ),
    "first_column": (
        "the first column has no step before it in the window, so nothing can be carried in: `is_first[:, 0]` is True "
        "in every row, and the extras there are 0. (`np.roll` compares it with the *last* column.)"
    ),
    "flags": (
        "the reward was turned into True and False on the way, so 0.5 and 2 became 1. `extra` holds floats, and the "
        "reward is a number."
    ),
    "begins": (
        "the second number should say that an episode has just *ended*, which is what `is_last` says. You mark where "
        "episodes begin."
    ),
    "late": (
        "the end is told one step late, with the frame after it. `is_last` arrived with the step that it marks, as the "
        "reward did: pass it on with that step."
    ),
    "swapped": "the two numbers in `extra` have changed places: first the reward, then the end.",
    "not_bool": (
        "whoever empties a memory writes `~is_first`, and that needs True and False. With 0 and 1 as numbers, `~1` is "
        "-2."
    ),
}
SKIP_IDEAS = {
    "all_frames": (
        "this is the largest over *all* frames that were seen. Only the last two count: in older ones things are "
        "where they no longer are, and moving things leave a trail."
    ),
    "last_frame": (
        "this is the last frame alone. Many games draw some things only in every other frame, and they would be "
        "invisible: take the larger of the last two, pixel by pixel."
    ),
    "mean": "this is the mean of the last two frames. What is drawn in one of them only would be half as bright.",
    "minimum": "this is the smaller of the last two frames. A bright thing drawn in one of them only would vanish.",
    "whole_frame": (
        "this is one of the two frames as a whole, the brighter one. The larger is taken pixel by pixel: `np.maximum`."
    ),
    "first_two": "these are the *first* two frames. What the agent sees is how things are at the end.",
    "fixed_two": (
        "the game ended early, and you took frames by a fixed place, as if all `frames` of them had been played. Take "
        "the last two that were *seen*, or the one."
    ),
    "last_reward": "this is the reward of the last frame alone. A point won in an earlier one would be lost: add up.",
    "end_unpaid": (
        "the reward of the frame that ended the game is missing. It is often the one that counts: add it up before you "
        "leave the loop."
    ),
    "mean_reward": "this is the mean reward. Scores are sums: an agent that skips must not earn less by it.",
    "goes_on": (
        "the game was over, and you went on playing. What comes after the end belongs to no game, or to the next one: "
        "stop at `terminated or truncated`."
    ),
    "first_action": "the action is repeated in *every* frame. You pressed something else in some of them.",
    "ends_merged": (
        "`terminated` and `truncated` were made one. A model that learns ends must know them apart: after a time "
        "limit the game would have gone on."
    ),
}
