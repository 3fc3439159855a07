"""The assignment's way of asking, one prompt at a time and a process per variant, against one of ours."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from harness.config import DAY
from harness.data import chat_template_of, load_template
from harness.data.suites import Suite, load_suite, sample
from harness.models import load_tokenizer
from harness.store import read_run
from perf.measure import Cost, alternate, in_turn, run, say
from perf.settings import Settings
from perf.table import Row
from perf.variants import Whom, embedded, evaluate, run_folder

_TARGET = 0.35
_QUESTIONS = 100
# The sample that `harness evaluate --limit` draws by the seed of a configuration that sets none.
_SEED = 0
_SCRIPT = Path(__file__).with_name("assignment_loop.py")


@dataclass(frozen=True)
class Loop:
    """What both sides have to do."""

    folder: Path
    whom: Whom
    suite: Suite
    questions: int

    @property
    def new_tokens(self) -> int:
        """The most that an answer may have."""
        return int(self.suite.generation.get("max_new_tokens", 500))


def measure(settings: Settings) -> list[Row]:
    """The embedded model: both sides on the same prompts, greedy, with the suite's own limit of new tokens."""
    suite = load_suite("pocket")
    count = min(settings.limit or _QUESTIONS, len(suite.questions))
    loop = Loop(settings.folder / "loop", embedded(settings.folder), suite, count)
    return [beside_the_loop(loop, settings.repeat, "one prompt at a time", _TARGET)]


def beside_the_loop(loop: Loop, repeat: int, what: str, target: float) -> Row:
    """The loop's three processes, and one command of ours that asks the same."""
    _warm_up(loop)

    def theirs(number: int) -> Cost:
        say(f"{what} {number + 1}/{repeat}: three processes")
        return in_turn([_loop(loop, f"theirs-{number}", name) for name in loop.whom.variants])

    def ours(number: int) -> Cost:
        say(f"{what} {number + 1}/{repeat}: one harness evaluate")
        return _evaluate(loop, f"ours-{number}")

    their_side, our_side = alternate(repeat, theirs, ours)
    names = ", ".join(loop.whom.variants)
    asked = f"{loop.questions} questions to each of {names}, at most {loop.new_tokens} new tokens, no lm-eval tasks"
    return Row(what, their_side, our_side, target, notes=(asked, _agreement(loop)))


def _warm_up(loop: Loop) -> None:
    """One question each, so that neither side pays for reading the libraries from the disk the first time."""
    say("warming up")
    short = replace(loop, questions=1)
    _loop(short, "warm-theirs", loop.whom.tuned)
    _evaluate(short, "warm-ours")


def _loop(loop: Loop, run_id: str, variant: str) -> Cost:
    adapter, folder = loop.whom.variants[variant], loop.folder / run_id
    files = ["--questions", _prompts(loop), "--output", folder / f"{variant}.json"]
    tuned = [] if adapter is None else ["--adapter", adapter]
    settings = ["--max-new-tokens", str(loop.new_tokens)]
    command = [sys.executable, _SCRIPT, "--base", loop.whom.base.path, *tuned, *files, *settings]
    return run(command, loop.folder, folder / f"{variant}.log")


def _evaluate(loop: Loop, run_id: str) -> Cost:
    return evaluate(loop.folder, run_id, loop.whom, loop.suite.path, "--limit", str(loop.questions), "--tasks", "")


def _prompts(loop: Loop) -> Path:
    """The prompts that ours will ask, in the shape of the assignment's own file."""
    path, suite = loop.folder / f"questions-{loop.questions}.json", loop.suite
    if not path.exists():
        tokenizer = load_tokenizer(loop.whom.base) if suite.prompt == "chat" else None
        render = load_template(suite.prompt, (), chat_template_of(tokenizer, DAY)).render
        questions = sample(suite.questions, loop.questions, _SEED)
        rows = [{"id": question.id, "prompt": render(question.question, suite.system)} for question in questions]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def _agreement(loop: Loop) -> str:
    """How many of the loop's texts are the same in ours, and what ours were written by."""
    run = read_run(run_folder(loop.folder, "ours-0"))
    same = total = 0
    for variant in loop.whom.variants:
        for row in json.loads((loop.folder / "theirs-0" / f"{variant}.json").read_text(encoding="utf-8")):
            found = run.responses.get((variant, row["id"]))
            total += 1
            same += found is not None and found.text == row["generated_text"]
    return f"{same} of the loop's {total} texts are the same in ours, by {run.manifest.serving.backend}"
