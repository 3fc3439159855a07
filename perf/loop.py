"""The assignment's way of asking, one prompt at a time and a process per variant, against one of ours."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.data import load_template
from harness.data.suites import Suite, load_suite, sample
from harness.store import read_run
from perf.measure import Cost, alternate, in_turn, run, say
from perf.settings import Settings
from perf.table import Row
from perf.variants import BASE_MODEL, Variants, evaluate, run_folder, variants

_TARGET = 0.35
_QUESTIONS = 100
_SUITE = "pocket"
# The sample that `harness evaluate --limit` draws by the seed of a configuration that sets none.
_SEED = 0
_SCRIPT = Path(__file__).with_name("assignment_loop.py")


@dataclass(frozen=True)
class _Work:
    """What both sides have to do."""

    folder: Path
    variants: Variants
    suite: Suite

    @property
    def new_tokens(self) -> int:
        return int(self.suite.generation.get("max_new_tokens", 500))


def measure(settings: Settings) -> list[Row]:
    """Both sides on the same prompts, greedy, with the suite's own limit of new tokens."""
    work = _Work(settings.folder / "loop", variants(settings.folder), load_suite(_SUITE))
    count = min(settings.limit or _QUESTIONS, len(work.suite.questions))
    _warm_up(work)

    def theirs(number: int) -> Cost:
        say(f"loop {number + 1}/{settings.repeat}: one prompt at a time, three processes")
        return in_turn([_loop(work, f"theirs-{number}", name, count) for name in work.variants])

    def ours(number: int) -> Cost:
        say(f"loop {number + 1}/{settings.repeat}: one harness evaluate")
        return _evaluate(work, f"ours-{number}", count)

    their_side, our_side = alternate(settings.repeat, theirs, ours)
    whom = ", ".join(work.variants)
    asked = f"{count} questions to each of {whom}, at most {work.new_tokens} new tokens, no lm-eval tasks"
    return [Row("one prompt at a time", their_side, our_side, _TARGET, notes=(asked, _agreement(work)))]


def _warm_up(work: _Work) -> None:
    """One question each, so that neither side pays for reading the libraries from the disk the first time."""
    say("loop: warming up")
    _loop(work, "warm-theirs", "dpo", 1)
    _evaluate(work, "warm-ours", 1)


def _loop(work: _Work, run_id: str, variant: str, count: int) -> Cost:
    adapter, folder = work.variants[variant], work.folder / run_id
    files = ["--questions", _prompts(work, count), "--output", folder / f"{variant}.json"]
    tuned = [] if adapter is None else ["--adapter", adapter]
    settings = ["--max-new-tokens", str(work.new_tokens)]
    command = [sys.executable, _SCRIPT, "--base", BASE_MODEL.path, *tuned, *files, *settings]
    return run(command, work.folder, folder / f"{variant}.log")


def _evaluate(work: _Work, run_id: str, count: int) -> Cost:
    return evaluate(work.folder, run_id, work.variants, _SUITE, "--limit", str(count), "--tasks", "")


def _prompts(work: _Work, count: int) -> Path:
    """The prompts that ours will ask, in the shape of the assignment's own file."""
    path, suite = work.folder / f"questions-{count}.json", work.suite
    if not path.exists():
        render = load_template(suite.prompt).render
        questions = sample(suite.questions, count, _SEED)
        rows = [{"id": question.id, "prompt": render(question.question, suite.system)} for question in questions]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def _agreement(work: _Work) -> str:
    """How many of the loop's texts are the same in ours."""
    responses = read_run(run_folder(work.folder, "ours-0")).responses
    same = total = 0
    for variant in work.variants:
        for row in json.loads((work.folder / "theirs-0" / f"{variant}.json").read_text(encoding="utf-8")):
            found = responses.get((variant, row["id"]))
            total += 1
            same += found is not None and found.text == row["generated_text"]
    return f"{same} of the loop's {total} texts are the same in ours"
