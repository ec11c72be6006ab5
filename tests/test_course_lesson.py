"""check, hint, learned, whose and progress: what a learner meets, whatever the answer does."""

import random
import time

import numpy as np
import pytest
import torch

from mbrl_lite.course import NotSolved, Wrong, check, hint, learned, print_progress, progress, store, whose
from mbrl_lite.course.exercise import find
from mbrl_lite.errors import MbrlError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every test has a progress folder of its own and starts in learn mode."""
    folder = tmp_path / "progress"
    monkeypatch.setenv("MBRL_LITE_HOME", str(folder))
    for name in ("MBRL_LITE_GRADE", "MBRL_LITE_RECORD"):
        monkeypatch.delenv(name, raising=False)
    return folder


def right(rewards, gamma):
    return sum(gamma**k * reward for k, reward in enumerate(rewards))


def wrong(rewards, gamma):
    return sum(rewards)


def todo(rewards, gamma):
    raise NotImplementedError("exercise 00.1")


def test_a_right_answer_is_returned_and_saved(capsys):
    assert check("00.1", right) is right
    assert "solved" in capsys.readouterr().out
    assert whose("00.1") == "your code"
    assert store.read("00.1").solved
    assert "enumerate" in store.read("00.1").source


def test_a_wrong_answer_says_why_and_the_reference_stands_in(capsys):
    assert check("00.1", wrong) is find("00.1").reference
    said = capsys.readouterr().out
    assert "gamma is never used" in said and '`hint("00.1", 1)`' in said
    assert whose("00.1") == "reference"
    assert store.read("00.1").wrong == 1


@pytest.mark.parametrize("body", ["...", "pass", '"""Only words."""', "raise NotImplementedError"])
def test_an_empty_answer_is_not_done_yet(capsys, body):
    from mbrl_lite.course.source import load

    fn = load(f"def discounted_return(rewards, gamma):\n    {body}\n", "discounted_return", "an empty answer")
    assert check("00.1", fn) is find("00.1").reference
    assert "not done yet" in capsys.readouterr().out
    assert store.read("00.1").wrong == 0


def test_grade_mode_raises_and_saves_nothing(monkeypatch, home):
    monkeypatch.setenv("MBRL_LITE_GRADE", "1")
    with pytest.raises(Wrong, match="00.1: With gamma = 0.5.*never used") as caught:
        check("00.1", wrong)
    assert caught.value.key == "no_discount"
    with pytest.raises(NotSolved, match="00.1 is not done yet"):
        check("00.1", todo)
    assert check("00.1", right) is right
    assert not home.exists()


def test_running_only_the_check_line_again_is_not_a_solution(capsys):
    stand_in = check("00.1", todo)
    assert check("00.1", stand_in) is stand_in
    assert "holds the reference now" in capsys.readouterr().out
    assert not store.read("00.1").solved


def test_a_solved_exercise_stays_solved_when_a_later_try_is_wrong(capsys):
    check("00.1", right)
    check("00.1", wrong)
    check("00.1", todo)
    assert "You solved it before" in capsys.readouterr().out
    assert store.read("00.1").solved and "enumerate" in store.read("00.1").source


def test_checks_leave_all_random_states_alone():
    def noisy(rewards, gamma):
        random.random(), np.random.rand(), torch.rand(1)
        random.seed(5), np.random.seed(5), torch.manual_seed(5)
        return right(rewards, gamma)

    for fn in (right, wrong, todo, noisy):
        random.seed(1), np.random.seed(2), torch.manual_seed(3)
        before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
        check("00.1", fn)
        after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
        assert before == after


def test_an_answer_that_draws_random_numbers_is_checked_with_fixed_seeds():
    drawn = []

    def noisy(rewards, gamma):
        drawn.append((random.random(), np.random.rand(), torch.rand(1).item()))
        return right(rewards, gamma)

    for seed in (1, 2):
        random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)
        check("00.1", noisy)
    half = len(drawn) // 2
    assert drawn[:half] == drawn[half:]


def explodes(rewards, gamma):
    return 1 / 0


def leaves(rewards, gamma):
    raise SystemExit(3)


def digs(rewards, gamma):
    return digs(rewards, gamma)


def lends_a_word(rewards, gamma):
    return "1.0"


def lends_itself(rewards, gamma):
    return right


def takes_too_little():
    return 1.0


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (explodes, "ZeroDivisionError: division by zero` at the line `return 1 / 0"),
        (leaves, "SystemExit"),
        (digs, "RecursionError"),
        (lends_a_word, "returned '1.0' (str)"),
        (lends_itself, "(function)"),
        (takes_too_little, "TypeError"),
        (3.5, "takes the function itself, and a float came"),
        (None, "takes the function itself"),
    ],
)
def test_whatever_an_answer_does_becomes_a_message(capsys, fn, words):
    assert check("00.1", fn) is find("00.1").reference
    said = " ".join(capsys.readouterr().out.split())
    assert "not right yet" in said and words in said


def test_an_endless_answer_is_stopped(monkeypatch, capsys):
    from mbrl_lite.course import lesson
    from mbrl_lite.course.exercise import Exercise

    quick = Exercise(**{**vars(find("00.1")), "seconds": 0.2})
    monkeypatch.setattr(lesson, "find", lambda id: quick)

    def endless(rewards, gamma):
        while True:
            try:
                time.sleep(0.01)
            except Exception:  # swallowing errors does not help it
                continue

    check("00.1", endless)
    assert "does its loop ever end?" in capsys.readouterr().out


def test_what_a_wrong_answer_prints_stands_in_its_message_and_nowhere_else(capsys):
    def talks(rewards, gamma):
        for _ in range(9):
            print("I see", rewards)
        return sum(rewards)

    check("00.1", talks)
    said = capsys.readouterr().out
    assert said.count("I see") == 5 and "Your function printed:" in said


def test_ctrl_c_is_not_swallowed():
    def interrupted(rewards, gamma):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("00.1", interrupted)


def test_hints_open_one_after_another(capsys):
    hints = find("00.1").hints
    hint("00.1", 3)
    assert "Open hint 1 first" in capsys.readouterr().out
    for k in (1, 2, 3):
        hint("00.1", k)
        said = capsys.readouterr().out
        assert hints[k - 1][:20] in said and ("nearly the whole answer" in said) == (k == 2)
        assert store.read("00.1").hints == k
    hint("00.1", 1)  # an open one stays open
    assert hints[0][:20] in capsys.readouterr().out
    assert store.read("00.1").hints == 3


def test_hint_without_a_number_opens_the_next_one(capsys):
    for k in (1, 2, 3, 3):
        hint("00.1")
        assert f"hint {k} of 3" in capsys.readouterr().out


@pytest.mark.parametrize("k", [0, 4, -1, "1", 1.5])
def test_a_hint_that_does_not_exist_is_one_sentence(k):
    with pytest.raises(MbrlError, match="hints 1, 2 and 3"):
        hint("00.1", k)


def test_learned_brings_the_learners_code_back(capsys):
    check("00.1", right)
    fn = learned("00.1")
    assert fn is not right and fn([1.0, 1.0], 0.5) == 1.5
    assert whose("00.1") == "your code"
    assert "is your own code" in capsys.readouterr().out


def test_learned_gives_the_reference_where_nothing_is_solved(capsys):
    assert learned("00.2") is find("00.2").reference
    assert whose("00.2") == "reference"
    assert "not solved yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("def right(rewards, gamma):\n    return sum(rewards)\n", "does not pass any more"),
        ("def right(rewards, gamma):\n    return nowhere\n", "does not pass any more"),
        ("import no_such_module\n", "ModuleNotFoundError"),
        ("x = 1\n", "KeyError"),
    ],
)
def test_a_saved_solution_is_checked_again(capsys, source, why):
    check("00.1", right)
    record = store.read("00.1")
    record.source = source
    store.write(record)
    assert learned("00.1") is find("00.1").reference
    said = " ".join(capsys.readouterr().out.split())
    assert why in said and whose("00.1") == "reference"


def test_code_without_a_source_passes_but_is_not_promised_for_later(capsys):
    scope = {}
    exec("def f(rewards, gamma):\n    return sum(gamma**k * r for k, r in enumerate(rewards))", scope)
    assert check("00.1", scope["f"]) is scope["f"]
    assert "later chapters will use the reference" in " ".join(capsys.readouterr().out.split())
    assert learned("00.1") is find("00.1").reference


def test_code_that_leans_on_the_notebook_is_told_so(capsys):
    factors = {"gamma": 1.0}

    def leaning(rewards, gamma):
        return factors["gamma"] * right(rewards, gamma)

    assert check("00.1", leaning) is leaning
    assert "It uses `factors` from this notebook" in " ".join(capsys.readouterr().out.split())


def test_whose_asks_for_the_check_first():
    from mbrl_lite.course import lesson

    lesson._whose.clear()
    with pytest.raises(MbrlError, match="run its check"):
        whose("00.1")


def test_the_progress_table_says_what_is_done(capsys):
    check("00.1", right)
    check("00.2", right)  # the wrong function: it takes lists
    hint("00.2")
    capsys.readouterr()
    print_progress("00")
    lines = capsys.readouterr().out.splitlines()
    assert "00.1" in lines[2] and "✓ solved" in lines[2]
    assert "00.2" in lines[3] and "tried 1 x" in lines[3] and "1 of 3" in lines[3]
    progress("00")
    assert capsys.readouterr().out.splitlines() == lines
    with pytest.raises(MbrlError, match="choose one of 00"):
        progress("98")
