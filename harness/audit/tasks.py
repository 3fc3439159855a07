"""What lm-eval's results say against their figures: not asked alike, without samples, of a part of the documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from harness.audit.evidence import Evidence
from harness.audit.words import warning
from harness.comparing import TaskSide, asked_part, task_unlike
from harness.records import Caveat


def unlike_tasks(evidence: Evidence) -> Iterator[Caveat]:
    """Tasks that a variant was asked in another version, with other settings or prompts than the first one."""
    run = evidence.run
    names = [name for name in run.variants if name in run.results]
    for name in names[1:]:
        found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for task in run.results[names[0]].get("results", {}):
            first, second = (TaskSide(one, run.results[one], run.samples(one, task)) for one in (names[0], name))
            if unlike := task_unlike(first, second, task):
                found[unlike.case, unlike.before, unlike.after].append(task)
        for (case, before, after), tasks in found.items():
            pair = (names[0], name)
            values = {"first": pair[0], "second": pair[1], "before": before, "after": after}
            yield warning("tasks_unlike", pair, case, tasks=tasks, **values)


def without_samples(evidence: Evidence) -> Iterator[Caveat]:
    """Tasks of which there are figures alone, so that nothing is paired."""
    run = evidence.run
    for name in run.variants:
        results = run.results.get(name, {})
        single = [task for task in results.get("results", {}) if not results.get("group_subtasks", {}).get(task)]
        if bare := [task for task in single if not run.samples(name, task)]:
            yield warning("tasks_without_samples", (name,), name=name, tasks=bare)


def in_part(evidence: Evidence) -> Iterator[Caveat]:
    """Tasks of which not all documents were asked: the first, as lm-eval's own --limit takes them, or others."""
    run = evidence.run
    found: dict[tuple[bool, tuple[tuple[str, int, int], ...]], list[str]] = defaultdict(list)
    for name in run.variants:
        results = run.results.get(name, {})
        parts = [(task, part) for task in results.get("results", {}) if (part := asked_part(results, task))]
        for first in (True, False):
            if rows := tuple((task, part.asked, part.of) for task, part in parts if part.is_first is first):
                found[first, rows].append(name)
    for (first, rows), names in found.items():
        yield warning("tasks_in_part", names, "first" if first else "others", parts=[list(row) for row in rows])
