"""What `harness import` of many short answers costs, beside that of a tenth of them: time and memory as they grow."""

from __future__ import annotations

import json
import random
from pathlib import Path

from perf.measure import BIN, Cost, Side, run, say
from perf.settings import Settings
from perf.table import Row

_SMALL, _TIMES = 10_000, 10
"""Questions of the smaller import, of two answers each, and how often as many the larger one has."""
_TARGET = 1.15
"""Of the larger import's processor seconds, beside so many times the smaller one's."""
_SAID = ("It is {}.", "The sum is {}, I think.", "{}", "Adding both we get {} apples and nothing else.")


def measure(settings: Settings) -> list[Row]:
    """Processor seconds, of the larger import beside ten of the smaller ones; memory is told in the notes."""
    small = min(settings.limit or _SMALL, _SMALL)
    costs: dict[int, list[Cost]] = {}
    for questions in (small, _TIMES * small):
        folder = settings.folder / "importing" / str(questions)
        _write(folder, questions)
        for number in range(settings.repeat):
            say(f"import of {2 * questions} answers, {number + 1}/{settings.repeat}")
            names = [f"{name}={name}.jsonl" for name in ("base", "dpo")]
            command = [BIN / "python", "-m", "harness", "import", "--suite", folder / "suite", *names]
            found = run([*command, "--no-report", "--fresh"], folder, folder / f"{number}.log")
            costs.setdefault(questions, []).append(found)
    few, many = (costs[questions] for questions in (small, _TIMES * small))
    peaks = [max(cost.peak_mb for cost in side) for side in (few, many)]
    theirs = Side(tuple(_TIMES * cost.cpu_seconds for cost in few), peaks[0])
    ours = Side(tuple(cost.cpu_seconds for cost in many), peaks[1])
    notes = (
        f"processor seconds of one import of {2 * _TIMES * small:,} answers beside {_TIMES} times those of one of "
        f"{2 * small:,}, by ours in both; on the clock {min(cost.seconds for cost in many):.0f} s",
        f"peak memory {peaks[1]:.0f} MB beside {peaks[0]:.0f} MB, {peaks[1] / peaks[0]:.2f} times as much",
    )
    what = f"processor time of an import of {2 * _TIMES * small:,} short answers, beside {_TIMES} of {2 * small:,}"
    return [Row(f"{what} (memory: {peaks[1] / peaks[0]:.2f} times)", theirs, ours, _TARGET, "ratio", notes)]


def _write(folder: Path, questions: int) -> None:
    """A suite of sums, and two files of answers to it, right more or less often."""
    source = random.Random(7)
    (folder / "suite").mkdir(parents=True)
    (folder / "suite" / "suite.yaml").write_text("title: Sums\n", encoding="utf-8")
    asked, base, dpo = (folder / name for name in ("suite/questions.jsonl", "base.jsonl", "dpo.jsonl"))
    with asked.open("w") as suite, base.open("w") as first, dpo.open("w") as second:
        for number in range(questions):
            a, b = source.randrange(1000), source.randrange(1000)
            text = f"What is {a} plus {b} in shop {number}?"
            row = {"id": f"q{number}", "question": text, "match": "number", "answer": str(a + b)}
            suite.write(json.dumps(row) + "\n")
            for file, share in ((first, 0.6), (second, 0.7)):
                said = a + b if source.random() < share else a + b + source.randrange(1, 9)
                answer = {"id": f"q{number}", "response": source.choice(_SAID).format(said)}
                file.write(json.dumps(answer) + "\n")
