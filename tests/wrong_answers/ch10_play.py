"""Answers to exercises 10.11 and 10.12."""

import numpy as np

from . import right, wrong

# 10.11 A life of many episodes


@right("10.11")
def step_by_step(task, episode, reward, is_last):
    B, T = task.shape
    is_first, extra = np.zeros((B, T), dtype=bool), np.zeros((B, T, 2))
    for b in range(B):
        for t in range(T):
            if t == 0 or task[b, t] != task[b, t - 1] or episode[b, t] < episode[b, t - 1]:
                is_first[b, t] = True
            else:
                extra[b, t] = reward[b, t], is_last[b, t]
    return is_first, extra


@right("10.11")
def with_diff(task, episode, reward, is_last):
    first = np.diff(task, axis=1, prepend=-1) != 0
    first |= np.diff(episode, axis=1, prepend=10**6) < 0
    return first, np.where(first[:, :, None], 0.0, np.dstack([reward, is_last.astype(np.float32)]))


def _first(task, episode):
    first = np.ones(task.shape, bool)
    first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] < episode[:, :-1])
    return first


def _extra(first, reward, is_last):
    return np.stack([reward, is_last], -1) * ~first[..., None]


@wrong("10.11", "by_episode")
def a_new_memory_each_episode(task, episode, reward, is_last):
    first = np.ones(task.shape, bool)
    first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] != episode[:, :-1])
    return first, _extra(first, reward, is_last)


@wrong("10.11", "same_task")
def by_the_number_of_the_task(task, episode, reward, is_last):
    first = np.ones(task.shape, bool)
    first[:, 1:] = task[:, 1:] != task[:, :-1]
    return first, _extra(first, reward, is_last)


@wrong("10.11", "all_of_it")
def all_of_the_first_episode(task, episode, reward, is_last):
    first = episode == 0
    return first, _extra(first, reward, is_last)


@wrong("10.11", "all_of_it")
def all_of_the_first_episode_and_the_column(task, episode, reward, is_last):
    first = episode == 0
    first[:, 0] = True
    return first, _extra(first, reward, is_last)


@wrong("10.11", "leaks")
def hands_over_all(task, episode, reward, is_last):
    return _first(task, episode), np.stack([reward, is_last], -1).astype(float)


@wrong("10.11", "leaks")
def hides_the_end_alone(task, episode, reward, is_last):
    first = _first(task, episode)
    return first, np.stack([reward, is_last & ~first], -1)


@wrong("10.11", "leaks")
def hides_the_reward_alone(task, episode, reward, is_last):
    first = _first(task, episode)
    return first, np.stack([reward * ~first, is_last], -1)


@wrong("10.11", "shifted")
def of_the_step_before(task, episode, reward, is_last):
    first, extra = _first(task, episode), np.zeros((*task.shape, 2))
    extra[:, 1:, 0], extra[:, 1:, 1] = reward[:, :-1], is_last[:, :-1]
    return first, extra * ~first[..., None]


@wrong("10.11", "shifted")
def a_step_early(task, episode, reward, is_last):
    first = np.roll(_first(task, episode), -1, axis=1)
    return first, _extra(first, reward, is_last)


@wrong("10.11", "axis")
def along_the_batch(task, episode, reward, is_last):
    first = np.ones(task.shape, bool)
    first[1:] = (task[1:] != task[:-1]) | (episode[1:] < episode[:-1])
    return first, _extra(first, reward, is_last)


@wrong("10.11", "first_column")
def nothing_before_nothing(task, episode, reward, is_last):
    first = np.zeros(task.shape, bool)
    first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] < episode[:, :-1])
    return first, _extra(first, reward, is_last)


@wrong("10.11", "first_column")
def rolled(task, episode, reward, is_last):
    first = (task != np.roll(task, 1, axis=1)) | (episode < np.roll(episode, 1, axis=1))
    return first, _extra(first, reward, is_last)


@wrong("10.11", "flags")
def whether_paid(task, episode, reward, is_last):
    first = _first(task, episode)
    return first, (np.stack([reward > 0, is_last], -1) & ~first[..., None]).astype(float)


@wrong("10.11", "begins")
def marks_the_beginning(task, episode, reward, is_last):
    first, new = _first(task, episode), np.zeros(task.shape, bool)
    new[:, 1:] = episode[:, 1:] != episode[:, :-1]
    return first, _extra(first, reward, new)


@wrong("10.11", "swapped")
def the_end_first(task, episode, reward, is_last):
    first = _first(task, episode)
    return first, _extra(first, is_last, reward)


@wrong("10.11", "not_bool")
def ones_and_zeros(task, episode, reward, is_last):
    first = _first(task, episode)
    return first.astype(float), _extra(first, reward, is_last)


@wrong("10.11", "shape")
def extras_in_front(task, episode, reward, is_last):
    first = _first(task, episode)
    return first, np.stack([reward, is_last]) * ~first


# 10.12 Every fourth frame


@right("10.12")
def with_two_names(step, action, frames=4):
    before, total = None, 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        total += reward
        shown = frame if before is None else np.maximum(before, frame)
        before = frame
        if terminated or truncated:
            break
    return shown, total, terminated, truncated


@right("10.12")
def by_recursion(step, action, frames=4):
    steps = [step(action)]
    while len(steps) < frames and not any(steps[-1][2:]):
        steps.append(step(action))
    picture = np.stack([frame for frame, *_ in steps[-2:]]).max(axis=0)
    return picture, sum(s[1] for s in steps), *steps[-1][2:]


def _skip(step, action, frames, look=None, pay=sum, stop=True, press=None, ends=None):
    """The loop with one thing changed."""
    seen, paid = [], []
    for i in range(frames):
        frame, reward, terminated, truncated = step(press(i, action) if press else action)
        seen.append(frame), paid.append(reward)
        if stop and (terminated or truncated):
            break
    look = look or (lambda seen: np.max(seen[-2:], axis=0))
    return look(seen), pay(paid), *(ends(terminated, truncated) if ends else (terminated, truncated))


@wrong("10.12", "all_frames")
def of_all_four(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: np.max(seen, axis=0))


@wrong("10.12", "last_frame")
def only_the_last(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: seen[-1])


@wrong("10.12", "mean")
def mean_of_two(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: np.mean(seen[-2:], axis=0).astype(np.uint8))


@wrong("10.12", "mean")
def mean_in_floats(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: np.mean(seen[-2:], axis=0))


@wrong("10.12", "mean")
def a_sum_that_wraps(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: (seen[-2] + seen[-1]) // 2 if len(seen) > 1 else seen[0])


@wrong("10.12", "minimum")
def the_darker(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: np.min(seen[-2:], axis=0))


@wrong("10.12", "whole_frame")
def the_brighter_frame(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: max(seen[-2:], key=lambda frame: frame.sum()))


@wrong("10.12", "first_two")
def of_the_first_two(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: np.max(seen[:2], axis=0))


@wrong("10.12", "fixed_two")
def a_buffer_by_place(step, action, frames=4):
    def look(seen):
        buffer = np.zeros((2, *seen[0].shape), np.uint8)
        for i, frame in enumerate(seen):
            if i >= frames - 2:
                buffer[i - frames] = frame
        return buffer.max(axis=0)

    return _skip(step, action, frames, look=look)


@wrong("10.12", "last_reward")
def pays_once(step, action, frames=4):
    return _skip(step, action, frames, pay=lambda paid: paid[-1])


@wrong("10.12", "mean_reward")
def pays_the_mean(step, action, frames=4):
    return _skip(step, action, frames, pay=np.mean)


@wrong("10.12", "goes_on")
def plays_after_the_end(step, action, frames=4):
    return _skip(step, action, frames, stop=False)


@wrong("10.12", "goes_on")
def stops_at_terminated_only(step, action, frames=4):
    seen, total = [], 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        seen.append(frame)
        total += reward
        if terminated:
            break
    return np.max(seen[-2:], axis=0), total, terminated, truncated


@wrong("10.12", "first_action")
def presses_once(step, action, frames=4):
    return _skip(step, action, frames, press=lambda i, action: 0 if i else action)


@wrong("10.12", "ends_merged")
def done_is_done(step, action, frames=4):
    return _skip(step, action, frames, ends=lambda terminated, truncated: (terminated or truncated, False))


@wrong("10.12", "ends_merged")
def both_or_none(step, action, frames=4):
    return _skip(step, action, frames, ends=lambda terminated, truncated: (terminated or truncated,) * 2)


@wrong("10.12", "type")
def in_floats(step, action, frames=4):
    return _skip(step, action, frames, look=lambda seen: np.max(seen[-2:], axis=0).astype(float))
