"""What lm-eval's results say against comparing them: tasks that were not asked alike, figures without samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from harness.audit.evidence import Evidence
from harness.audit.words import warning
from harness.comparing import TaskSide, task_unlike
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
