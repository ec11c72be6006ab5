"""Answers to exercise 10.10."""

from . import right, wrong

# 10.10 Find the bug: the frame that stays


@right("10.10")
def life_after_life(env, policy, steps):
    stored = []
    while len(stored) < steps:
        obs, reward, first, terminal, truncated = env.reset(), 0.0, True, False, False
        while not (terminal or truncated) and len(stored) < steps:
            action = policy(obs)
            stored.append((obs, action, reward, first, False, False))
            obs, reward, terminal, truncated = env.step(action)
            first = False
        stored.append((obs, 0, reward, False, True, terminal))
    return stored[:steps]


@right("10.10")
def with_a_generator(env, policy, steps):
    from itertools import islice

    def lives():
        while True:
            arrived = (env.reset(), 0.0, False, False)
            first = True
            while not (arrived[2] or arrived[3]):
                action = policy(arrived[0])
                yield arrived[0], action, arrived[1], first, False, False
                arrived, first = env.step(action), False
            yield arrived[0], 0, arrived[1], False, True, arrived[2]

    return list(islice(lives(), steps))


def _collect(env, policy, steps, reset=None, ends=None, at_end=None, store_end=True, terminal_of=None, marks=True):
    """The loop of the chapter with one thing changed."""
    stored, obs = [], env.reset()
    reward, first, last, terminal = 0.0, True, False, False
    while len(stored) < steps:
        action = (at_end(obs) if at_end else 0) if last else policy(obs)
        if store_end or not last:
            stored.append((obs, action, reward, first, ends(last, terminal) if ends else last, terminal))
        if last:
            new = env.reset()
            obs, reward = reset(obs, new, reward) if reset else (new, 0.0)
            first, last, terminal = marks, False, False
        else:
            obs, reward, over, truncated = env.step(action)
            first, last = False, over or truncated
            terminal = terminal_of(over, truncated) if terminal_of else over
    return stored


@wrong("10.10", "stale")
def the_old_frame(env, policy, steps):
    return _collect(env, policy, steps, reset=lambda old, new, reward: (old, 0.0))


@wrong("10.10", "old_reward")
def paid_again(env, policy, steps):
    return _collect(env, policy, steps, reset=lambda old, new, reward: (new, reward))


@wrong("10.10", "end_lost")
def straight_to_the_next_life(env, policy, steps):
    return _collect(env, policy, steps, store_end=False)


@wrong("10.10", "limit_is_end")
def done_is_done(env, policy, steps):
    return _collect(env, policy, steps, terminal_of=lambda over, truncated: over or truncated)


@wrong("10.10", "limit_forgotten")
def last_only_if_terminal(env, policy, steps):
    return _collect(env, policy, steps, ends=lambda last, terminal: terminal)


@wrong("10.10", "both_is_limit")
def limit_wins(env, policy, steps):
    return _collect(env, policy, steps, terminal_of=lambda over, truncated: over and not truncated)


@wrong("10.10", "no_first")
def one_first_step(env, policy, steps):
    return _collect(env, policy, steps, marks=False)


@wrong("10.10", "acts_at_end")
def acts_when_all_is_over(env, policy, steps):
    return _collect(env, policy, steps, at_end=policy)


@wrong("10.10", "shape")
def five_columns(env, policy, steps):
    return [row[:5] for row in _collect(env, policy, steps)]


@wrong("10.10", "shape")
def one_too_many(env, policy, steps):
    return _collect(env, policy, steps + 1)
