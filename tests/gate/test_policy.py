"""check.yaml: what it may say, and how it is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from harness.errors import HarnessError
from harness.gate import Policy, load_policy
from harness.gate.policy import Margin, default_metrics
from harness.scorers import METRICS
from tests.conftest import ROOT


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_nothing_said_is_the_usual_policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_policy(None) == Policy() == load_policy(written(tmp_path, "# nothing\n"))
    (tmp_path / "check.yaml").write_text("alpha: 0.01\n")
    assert load_policy(None).alpha == 0.01


def test_what_is_checked_by_default_has_a_good_direction_and_at_most_three_points() -> None:
    chosen = [METRICS[name] for name in default_metrics()]
    assert all(metric.better != "neither" and metric.margin is not None for metric in chosen)
    assert all(metric.margin is not None and metric.margin <= 0.03 for metric in chosen if metric.rate)


def test_every_key_is_read(tmp_path: Path) -> None:
    text = (
        "alpha: 0.1\ncorrection: bh\nrequire: proof\nvariants: [dpo]\n"
        "metrics: {correct: 0.02, words: {margin: 0.2, relative: true, better: lower}}\n"
        "tasks: {skill: 0.05, text/word_perplexity: {margin: 0.1, relative: true}}\n"
    )
    policy = load_policy(written(tmp_path, text))
    assert (policy.alpha, policy.correction, policy.require, policy.variants) == (0.1, "bh", "proof", ("dpo",))
    assert policy.metrics == {"correct": 0.02, "words": Margin(margin=0.2, relative=True, better="lower")}
    assert policy.tasks == {"skill": 0.05, "text/word_perplexity": Margin(margin=0.1, relative=True)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("alfa: 0.1\n", "alfa: unknown key, did you mean alpha?"),
        ("alpha: 0.7\nrequire: luck\n", "alpha.*require"),
        ("metrics: {corect: 0.1}\n", "No metric named 'corect'. Did you mean 'correct'?"),
        ("metrics: {correct: 0}\n", "the margin of correct is 0"),
        ("metrics: {correct: -0.1}\n", "the margin of correct is -0.1"),
        ("metrics: {correct: .nan}\n", "the margin of correct is nan"),
        ("tasks: {skill: .inf}\n", "the margin of skill is inf"),
        ("metrics: {correct: {margin: .nan}}\n", "metrics.correct"),
        ("metrics: {correct: {margin: 0}}\n", "metrics.correct"),
        ("metrics: {correct: {margin: 0.1, way: up}}\n", "metrics.correct"),
        ("[a, b]\n", "holds no mapping"),
        ("a: b: c\n", "is not valid YAML"),
    ],
)
def test_a_faulty_policy_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(HarnessError, match=says) as error:
        load_policy(written(tmp_path, text))
    assert "\n" not in str(error.value) and error.value.exit_status == 2


def test_a_policy_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="There is no policy at"):
        load_policy(tmp_path / "none.yaml")


def test_the_commented_policy_says_the_defaults() -> None:
    path = ROOT / "docs" / "check.yaml"
    assert load_policy(path) == Policy()


def test_every_example_of_the_commented_policy_is_valid(tmp_path: Path) -> None:
    lines = (ROOT / "docs" / "check.yaml").read_text().splitlines()
    policy = load_policy(written(tmp_path, "\n".join(line.removeprefix("# ") for line in lines)))
    assert policy.metrics is not None and policy.tasks is not None and policy.variants == ("dpo",)


def test_the_examples_of_the_documentation_are_valid(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "gate.md").read_text()
    policy, workflow, hooks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert load_policy(written(tmp_path, policy)).require == "proof"
    assert yaml.safe_load(workflow)["jobs"]["check"]["steps"]
    assert yaml.safe_load(hooks)["repos"][0]["hooks"][0]["id"] == "harness-check"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("metrics: {correct: 1}\n", "metrics: the margin of correct is 1.0. Give a number above 0 and below 1"),
        ("metrics: {correct: 1e9}\n", "the margin of correct is 1000000000"),
        ("metrics: {correct: {margin: 3}}\n", "the margin of correct is 3.0"),
        ("metrics: {words: 12}\n", "the margin of words is 12.0. Give a number above 0 and below 10"),
        ("metrics: {words: {margin: 1e9}}\n", "the margin of words is 1000000000.*below 1,000,000"),
        ("tasks: {skill: 1e9}\n", "tasks: the margin of skill"),
        ("anchor: 0\n", "anchor is 0.0. Give how many margins"),
        ("anchor: .nan\n", "anchor is nan"),
        ("anchor: .inf\n", "anchor is inf"),
        ("anchor: {correct: -0.1}\n", "anchor: the margin of correct is -0.1"),
        ("alpha: 1e-300\n", "alpha"),
        ("alpha: .nan\n", "alpha"),
    ],
)
def test_what_no_change_could_be_held_against_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(HarnessError, match=says) as error:
        load_policy(written(tmp_path, text))
    assert "\n" not in str(error.value) and "mine.yaml" in str(error.value)


def test_what_may_be_lost_in_all_is_a_number_of_margins_or_margins(tmp_path: Path) -> None:
    assert Policy().anchor == 1.0
    assert load_policy(written(tmp_path, "anchor: 2\n")).anchor == 2.0
    mapping = load_policy(written(tmp_path, "anchor: {correct: 0.05, words: {margin: 0.2, relative: true}}\n")).anchor
    assert mapping == {"correct": 0.05, "words": Margin(margin=0.2, relative=True)}
