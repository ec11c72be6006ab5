"""The command line: every command works, and every mistake is one sentence on stderr with exit code 2."""

import json
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest
from tiny import one_sentence

from mbrl_lite import cli
from mbrl_lite.agents import load_agent
from mbrl_lite.cli import COMMANDS, main


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MBRL_LITE_PRESET", raising=False)
    return tmp_path


def complaint(capsys, *args) -> str:
    """What a command says on stderr, once it is seen to be a sentence with exit code 2."""
    assert main(list(args)) == 2
    text = capsys.readouterr().err
    assert text.startswith("mbrl-lite: ") and text.count("\n") == 1
    return one_sentence(text)


def test_the_parts_work_one_after_another(here, capsys):
    assert (
        main(["train", "--env", "CartPole-v1", "--preset", "smoke", "--steps", "150", "--out", "run", "--quiet"]) == 0
    )
    out = capsys.readouterr().out
    assert "Predicted: about" in out and "mbrl-lite eval run" in out
    assert main(["eval", "run", "--episodes", "3"]) == 0
    record = json.loads(Path("run/evaluations.jsonl").read_text())
    shown = capsys.readouterr().out
    assert f"{record['return']:.3f} (standard error {record['standard_error']:.3f}) over 3 new episodes" in shown
    assert main(["dream", "run"]) == 0
    assert {"dream.png", "dream.gif", "agent.safetensors", "config.json"} <= {
        path.name for path in Path("run").iterdir()
    }
    assert json.loads(Path("run/config.json").read_text())["env"] == "CartPole-v1"
    assert main(["train", "--resume", "run", "--quiet"]) == 0
    assert "is finished" in capsys.readouterr().out
    assert main(["train", "--resume", "run", "--steps", "170", "--quiet"]) == 0
    assert load_agent(Path("run/agent.safetensors")).info["env_steps"] >= 170
    assert json.loads(Path("run/evaluations.jsonl").read_text()) == record
    assert capsys.readouterr().err == ""


def test_a_registered_environment_of_one_s_own_is_an_id_like_any_other(here, capsys):
    gym.register("Mine-v0", entry_point="tiny:Counter", kwargs={"steps": 30})
    try:
        assert main(["train", "--env", "Mine-v0", "--preset", "smoke", "--steps", "120", "--quiet"]) == 0
        assert "Trained: runs/Mine-v0-0" in capsys.readouterr().out
        assert main(["eval", "runs/Mine-v0-0", "--episodes", "2", "--greedy"]) == 0
        assert "mean return 465.000 (standard error 0.000)" in capsys.readouterr().out  # 1 + 2 + ... + 30
    finally:
        del gym.registry["Mine-v0"]


@pytest.mark.parametrize(
    "args, said",
    [
        (["--env", "CartPole-v9"], "CartPole-v1"),
        (["--env", "ALE/Pong-v5"], "ResizeObservation(env, (64, 64))"),
        (["--preset", "smok"], "did you mean 'smoke'?"),
        (["--seed", "-1"], "seed must be at least 0, got -1"),
        (["--threads", "-2"], "threads must be at least 0, got -2"),
        (["--resume", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_in_training_are_sentences(capsys, args, said):
    assert said in complaint(capsys, "train", *args)
    assert not list(Path().iterdir())  # and nothing was begun


@pytest.mark.parametrize(
    "option",
    [
        ("--env", "CartPole-v1"),
        ("--preset", "smoke"),
        ("--out", "x"),
        ("--seed", "3"),
        ("--threads", "1"),
        ("--precision", "float32"),
        ("--device", "cpu"),
        ("--agent", "drama"),
    ],
)
def test_resume_takes_no_other_settings(capsys, option):
    text = complaint(capsys, "train", "--resume", "run", *option)
    assert option[0] in text and "leave" in text


@pytest.mark.parametrize("command", ["eval", "dream"])
def test_a_folder_without_a_run_is_named(capsys, command):
    assert "nowhere" in complaint(capsys, command, "nowhere")


def test_a_file_that_is_no_agent_is_named(here, capsys):
    Path("run").mkdir()
    Path("run/agent.safetensors").write_bytes(b"something else")
    assert "run/agent.safetensors" in complaint(capsys, "eval", "run")


def test_a_run_is_not_begun_twice_and_no_episodes_are_none(here, capsys):
    args = ["train", "--env", "CartPole-v1", "--preset", "smoke", "--steps", "10", "--out", "run", "--quiet"]
    assert main(args) == 0
    capsys.readouterr()
    assert main(args) == 2
    assert "already holds a run" in one_sentence(capsys.readouterr().err)
    assert "at least 1 episode" in complaint(capsys, "eval", "run", "--episodes", "0")


def test_ctrl_c_outside_training_is_a_sentence_too(capsys, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "doctor", interrupted)
    assert main(["doctor"]) == 130
    text = capsys.readouterr().err
    assert text.startswith("mbrl-lite: stopped") and text.count("\n") == 1


def test_a_fault_in_the_program_is_not_hidden(monkeypatch):
    def broken():
        raise ValueError("a bug")

    monkeypatch.setitem(COMMANDS, "doctor", broken)
    with pytest.raises(ValueError, match="a bug"):
        main(["doctor"])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(capsys, command):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert left.value.code == 0 and command in out
    assert " ".join(COMMANDS[command].__doc__.splitlines()[0].split()[:4]) in out


def test_an_unknown_command_or_number_is_refused(capsys):
    for args in (["dance"], ["train", "--steps", "many"], []):
        with pytest.raises(SystemExit) as left:
            main(args)
        assert left.value.code == 2
    assert "train" in capsys.readouterr().err


def test_the_module_is_the_program():
    done = subprocess.run([sys.executable, "-m", cli.__name__, "eval", "nowhere"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert "nowhere" in one_sentence(done.stderr)
