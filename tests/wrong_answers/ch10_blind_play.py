"""Answers to exercises 10.11 and 10.12, by someone who had not seen the checks."""

import functools

import numpy as np

from . import right, wrong

# 10.11 A life of many episodes


@right("10.11")
def lifetimes_vectorised(task, episode, reward, is_last):
    is_first = np.ones(task.shape, dtype=bool)
    is_first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] < episode[:, :-1])
    extra = np.stack([reward, is_last.astype(float)], axis=-1)
    return is_first, np.where(is_first[..., None], 0.0, extra)


@right("10.11")
def lifetimes_loops(task, episode, reward, is_last):
    B, T = task.shape
    is_first, extra = np.zeros((B, T), dtype=bool), np.zeros((B, T, 2))
    for b in range(B):
        life = None
        for t in range(T):
            now = (task[b, t], episode[b, t])
            another = life is None or now[0] != life[0] or now[1] < life[1]
            if another:
                is_first[b, t] = True
            else:
                extra[b, t] = reward[b, t], 1.0 if is_last[b, t] else 0.0
            life = now
    return is_first, extra


@wrong("10.11", "same_task")
def lifetimes_task_number_only(task, episode, reward, is_last):
    """Sees a new life only where the task's number changes, so the same task drawn twice is one life."""
    is_first = np.ones(task.shape, dtype=bool)
    is_first[:, 1:] = task[:, 1:] != task[:, :-1]
    extra = np.stack([reward, is_last.astype(float)], axis=-1)
    return is_first, np.where(is_first[..., None], 0.0, extra)


@wrong("10.11", "by_episode")
def lifetimes_every_episode(task, episode, reward, is_last):
    """Empties the memory at each episode: any change of the episode's number counts as a beginning."""
    is_first = np.ones(task.shape, dtype=bool)
    is_first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] != episode[:, :-1])
    extra = np.stack([reward, is_last.astype(float)], axis=-1)
    return is_first, np.where(is_first[..., None], 0.0, extra)


@wrong("10.11", "late")
def lifetimes_end_told_late(task, episode, reward, is_last):
    """Tells of an episode's end one step late, with the first frame of the next episode."""
    is_first = np.ones(task.shape, dtype=bool)
    is_first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] < episode[:, :-1])
    ended = np.zeros(task.shape)
    ended[:, 1:] = is_last[:, :-1]
    return is_first, np.where(is_first[..., None], 0.0, np.stack([reward, ended], axis=-1))


@wrong("10.11", "leaks")
def lifetimes_only_reward_silenced(task, episode, reward, is_last):
    """Where a task begins only the reward is set to 0; the end of the task before is still told."""
    is_first = np.ones(task.shape, dtype=bool)
    is_first[:, 1:] = (task[:, 1:] != task[:, :-1]) | (episode[:, 1:] < episode[:, :-1])
    return is_first, np.stack([np.where(is_first, 0.0, reward), is_last.astype(float)], axis=-1)


@wrong("10.11", "first_column")
def lifetimes_rolled_round(task, episode, reward, is_last):
    """np.roll compares the first column with the last one, so it is not always a beginning."""
    is_first = (task != np.roll(task, 1, axis=1)) | (episode < np.roll(episode, 1, axis=1))
    extra = np.stack([reward, is_last.astype(float)], axis=-1)
    return is_first, np.where(is_first[..., None], 0.0, extra)


# 10.12 Every fourth frame


@right("10.12")
def skip_loop(step, action, frames=4):
    before, now, total = None, None, 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        before, now = now, np.array(frame)
        total += reward
        if terminated or truncated:
            break
    return (now if before is None else np.maximum(before, now)), total, terminated, truncated


@right("10.12")
def skip_lazily(step, action, frames=4):
    def play():
        for _ in range(frames):
            frame, *rest = step(action)
            yield (frame.copy(), *rest)
            if any(rest[1:]):
                return

    seen, rewards, terminated, truncated = zip(*play())
    return functools.reduce(np.maximum, seen[-2:]), sum(rewards), terminated[-1], truncated[-1]


@wrong("10.12", "all_frames")
def skip_largest_of_all(step, action, frames=4):
    """Takes the larger of all frames that were played, so what moves leaves a trail."""
    seen, total = [], 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        seen.append(np.array(frame))
        total += reward
        if terminated or truncated:
            break
    return np.max(seen, axis=0), total, terminated, truncated


@wrong("10.12", "fixed_two")
def skip_fixed_places(step, action, frames=4):
    """Keeps the frames number frames - 1 and frames, as planned; at an early end they are missing, and black."""
    buffer, total = None, 0.0
    for i in range(frames):
        frame, reward, terminated, truncated = step(action)
        if buffer is None:
            buffer = np.zeros((2, *frame.shape), dtype=frame.dtype)
        if i >= frames - 2:
            buffer[i - (frames - 2)] = frame
        total += reward
        if terminated or truncated:
            break
    return buffer.max(axis=0), total, terminated, truncated


@wrong("10.12", "end_unpaid")
def skip_last_reward_lost(step, action, frames=4):
    """Leaves the loop at an end before the reward of that frame is added."""
    seen, total = [], 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        seen.append(np.array(frame))
        if terminated or truncated:
            break
        total += reward
    return np.max(seen[-2:], axis=0), total, terminated, truncated


@wrong("10.12", "goes_on")
def skip_truncation_overlooked(step, action, frames=4):
    """Stops at a terminated frame only, and plays on after a truncated one."""
    seen, total = [], 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        seen.append(np.array(frame))
        total += reward
        if terminated:
            break
    return np.max(seen[-2:], axis=0), total, terminated, truncated


@wrong("10.12", "mean")
def skip_average(step, action, frames=4):
    """Averages the last two frames, so what flickers is half as bright."""
    seen, total = [], 0.0
    for _ in range(frames):
        frame, reward, terminated, truncated = step(action)
        seen.append(np.array(frame))
        total += reward
        if terminated or truncated:
            break
    return np.mean(seen[-2:], axis=0).astype(np.uint8), total, terminated, truncated
