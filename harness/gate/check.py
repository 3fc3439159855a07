"""The regression gate: is the candidate worse than its baseline by more than the margin. Pure but for reading runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.comparing import (
    NotCompared,
    Rule,
    Side,
    TaskSide,
    alike,
    asked_unlike,
    benchmark_table,
    benjamini_hochberg,
    columns,
    first_metric,
    holm,
    mean_level,
    paired_items,
    question_groups,
    sample_values,
    suite_comparisons,
    suite_rule,
    task_comparison,
    task_direction,
    task_metrics,
    task_rule,
    values_of,
    variant_sides,
)
from harness.errors import HarnessError, unknown
from harness.gate.anchor import anchor_pairs, out_of_reach, since_rows, unreachable
from harness.gate.baseline import Anchor
from harness.gate.completeness import (
    VariantPair,
    missing_answers,
    missing_questions,
    missing_suite,
    missing_tasks,
    not_finite,
    null_figure,
    pair_variants,
)
from harness.gate.drift import refuse_drift, unknown_prompts, unknown_settings
from harness.gate.policy import Margin, Policy, default_metrics, demanded, refuse_whole
from harness.records import Check, Comparison, Direction, Finding, GateStatus, GateVerdict
from harness.scorers import checked_margins
from harness.store import Json, Run

EXIT: Mapping[GateStatus, int] = {"passed": 0, "undecided": 0, "regressed": 1, "incomplete": 3}
_UNPROVEN = 4
_CORRECTIONS: Mapping[str, tuple[Callable[[Sequence[float | None]], list[float | None]], str]] = {
    "holm": (holm, "Holm"),
    "bh": (benjamini_hochberg, "Benjamini and Hochberg"),
    "none": (list, "not adjusted"),
}
_SHOWN = 5


@dataclass(frozen=True)
class Tested:
    """One comparison and how it is judged."""

    comparison: Comparison
    better: Direction
    margin: float
    before: float
    after: float
    against: str = ""
    """The anchor's name where it is compared with that."""


def check_run(
    run: Run,
    against: Run,
    policy: Policy,
    wanted: Sequence[VariantPair] = (),
    anchor: Anchor | None = None,
) -> Check:
    """The gate's decision on a run against a baseline; refuses runs that were not asked alike.

    wanted: (variant of the baseline, variant of the run), where their names do not say it. anchor: what it is compared
    with besides; out of its reach, a note says so.
    """
    for one in (run, against):
        one.refuse_newer()
    refuse_drift(run, against)
    pairs, missing, notes = pair_variants(run, against, wanted)
    notes += [*unknown_prompts(run, against), *unknown_settings(run, against)]
    missing += [*missing_questions(against), *missing_questions(run), *missing_suite(run, against)]
    for before, after in pairs:
        if run.has_suite and against.has_suite:
            missing += missing_answers(run, against, before, after)
        missing += missing_tasks(run, against, before, after)
    tested = tested_pairs(pairs, run, policy, missing)
    rows = [
        *_suite_rows(run, against, tested, policy, missing),
        *task_rows(run, against, tested, policy, missing, notes),
    ]
    if anchor is not None:
        since, said = since_anchor(run, anchor, policy, tested)
        rows, notes = rows + since, notes + said
    findings, family = judged(rows, policy)
    notes += unpaired_notes(findings)
    if not findings and not missing:
        missing.append("Nothing could be compared: no metric or task of the policy is judged on both sides.")
    status = gate_status(findings, missing)
    unproven = status == "undecided" and policy.require == "proof"
    return Check(
        run=run.id,
        against=against.id,
        status=status,
        exit_code=_UNPROVEN if unproven else EXIT[status],
        pairs=tuple(pairs),
        findings=tuple(findings),
        missing=tuple(missing),
        family=family,
        alpha=policy.alpha,
        require=policy.require,
        notes=tuple(notes),
        anchor="" if anchor is None else anchor.run,
    )


def since_anchor(
    run: Run, anchor: Anchor, policy: Policy, pairs: Sequence[VariantPair] | None = None
) -> tuple[list[Tested], list[str]]:
    """(the same comparisons with the anchor, to be judged by what may be lost in all; notes on what lies out of reach).

    pairs: (variant of the baseline, variant of the run) that are checked; None: those that the policy names.
    """
    reason, held = out_of_reach(anchor, run), anchor.held
    if held is None or reason:
        return [], [reason]
    lacking: list[str] = []
    if pairs is None:
        pairs = tested_pairs(pair_variants(run, held, ())[0], run, policy, lacking)
    found, strangers = anchor_pairs(run, held, pairs)
    lacking += [f"it has no variant that {name} could be" for name in strangers]
    try:
        rows = [
            *_suite_rows(run, held, found, policy, lacking),
            *task_rows(run, held, found, policy, lacking, []),
        ]
    except HarnessError as error:
        return [], [unreachable(anchor, str(error).rstrip("."))]
    return since_rows(rows, policy, anchor.name), [unreachable(anchor, text.rstrip(".")) for text in lacking]


def gate_verdict(
    row: Comparison, better: Direction, margin: float, p_adjusted: float | None, policy: Policy
) -> GateVerdict:
    """Passed: the interval shows that it is not worse by more than the margin. Regressed: it is worse, beyond chance.

    Undecided: neither. A change that is surely there and surely no larger than the margin passes. Under `regression:
    margin` worse means by more than the margin: the interval's other end lies beyond it too.
    """
    if row.low is None or row.high is None:
        return "undecided"
    holds_below, holds_above = row.low >= -margin, row.high <= margin
    if {"higher": holds_below, "lower": holds_above, "neither": holds_below and holds_above}[better]:
        return "passed"
    worse = {"higher": row.delta < 0, "lower": row.delta > 0, "neither": row.delta != 0}[better]
    if not worse or p_adjusted is None or p_adjusted >= policy.alpha or row.low <= 0 <= row.high:
        return "undecided"
    return "regressed" if policy.regression == "difference" or is_beyond(row, margin) else "undecided"


def is_beyond(row: Comparison | Finding, margin: float) -> bool:
    """Whether the whole interval lies beyond the margin, on either side."""
    return row.low is not None and row.high is not None and (row.high < -margin or row.low > margin)


def tested_pairs(pairs: Sequence[VariantPair], run: Run, policy: Policy, missing: list[str]) -> list[VariantPair]:
    """Those that the policy names, else all but the base; adds what it names and the baseline has not to `missing`."""
    known = run.variants
    for name in policy.variants or ():
        if name not in known:
            unknown("variant", name, known, "It stands under variants in the policy.")
        if name not in {after for _, after in pairs}:
            missing.append(f"{name} of the policy belongs to no variant of the baseline.")
    if policy.variants is not None:
        return [pair for pair in pairs if pair[1] in policy.variants]
    tuned = [pair for pair in pairs if known[pair[1]].kind != "base"]
    return tuned or list(pairs)


def _suite_rows(
    run: Run, against: Run, pairs: Sequence[VariantPair], policy: Policy, missing: list[str]
) -> list[Tested]:
    old = variant_sides(columns(against.scores), against.answers)
    new = variant_sides(columns(run.scores), run.answers)
    # The baseline's come last: a suite that loosened its margins does not loosen the gate.
    margins = {**_margins(run), **_margins(against)}
    groups = question_groups(against.questions)
    rows = []
    for before, after in pairs:
        if before not in old or after not in new:
            continue
        first, second = old[before], new[after]
        _refuse_other_prompts(first, second)
        found = suite_comparisons([(first, second)], margins, groups)
        by_metric = {row.metric: row for row in found}
        for metric in policy.metrics if policy.metrics is not None else default_metrics():
            if metric in by_metric:
                rows.append(suite_tested(by_metric[metric], first, second, margins, policy))
            elif policy.metrics is not None or (metric in first.columns and first.columns[metric].values):
                missing.append(f"{after}: nothing of {metric} is judged on both sides.")
    return rows


def _margins(run: Run) -> dict[str, float]:
    return checked_margins(run.manifest.margins, run.path / "manifest.json")


def suite_tested(row: Comparison, first: Side, second: Side, margins: Mapping[str, float], policy: Policy) -> Tested:
    """A comparison with the direction and margin of policy, suite or metric, and both means over the paired items."""
    items = paired_items(first, second, row.metric)
    before = float(np.mean(values_of(first, row.metric, items)))
    after = float(np.mean(values_of(second, row.metric, items)))
    own = suite_rule(row.metric, margins, mean_level(first, row.metric))
    better, margin = demanded((policy.metrics or {}).get(row.metric), own, before)
    return Tested(row, better, margin, before, after)


def task_rows(
    run: Run, against: Run, pairs: Sequence[VariantPair], policy: Policy, missing: list[str], notes: list[str]
) -> list[Tested]:
    """The metrics of lm-eval tasks that are checked, each pair's; adds what cannot be to `missing` and `notes`."""
    rows = []
    old, new, results = benchmark_table(against), benchmark_table(run), against.results
    seed = against.manifest.seed or 0
    for before, after in pairs:
        table = {name: old[before][name] for name in _single_tasks(old.get(before, {}), results.get(before, {}))}
        added = [name for name in _single_tasks(new.get(after, {}), results.get(before, {})) if name not in table]
        if added and policy.tasks is None:
            notes.append(f"{after}: {against.id} has no {', '.join(added)}, which is not checked therefore.")
        for task, metric, wish in _checked_tasks(policy, table, results.get(before, {}), missing, notes):
            lacking = [
                f"{name} of {held.id} has no {metric} of {task}."
                for held, name, cells in ((against, before, old), (run, after, new))
                if metric not in cells.get(name, {}).get(task, {})
            ]
            if lacking:
                missing += lacking
                continue
            cell = table[task][metric]
            gaps = [*not_finite(against, before, task, metric), *not_finite(run, after, task, metric)]
            if gaps:
                missing += gaps
                continue
            a, b = against.samples(before, task), run.samples(after, task)
            _refuse_other_documents(task, a, b, metric)
            figures = (cell.value, new[after][task][metric].value)
            own = task_rule(results[before], task, metric, figures, cell.value)
            better, margin = demanded(wish, own, cell.value)
            sides = TaskSide(before, results[before], a), TaskSide(after, run.results[after], b)
            row = task_comparison(*sides, own, seed)
            if isinstance(row, NotCompared):
                missing.append(f"{after}: {metric} of {task} {row.reason}. {_instead(*sides, own, table[task])}")
            else:
                refuse_whole(row, margin, f"the policy, or metadata of the lm-eval task {task}")
                rows.append(Tested(row, better, margin, *figures))
    return rows


def _instead(first: TaskSide, second: TaskSide, rule: Rule, metrics: Iterable[str]) -> str:
    """What to name under tasks of the policy in place of a metric that cannot be compared."""
    compared = [
        f"{rule.source}/{metric}"
        for metric in metrics
        if task_direction(first.results, rule.source, metric) != "neither"
        and isinstance(task_comparison(first, second, replace(rule, metric=metric), 0), Comparison)
    ]
    return f"Name {' or '.join(compared) or 'other tasks'} under tasks in the policy."


def _single_tasks(table: Mapping[str, object], results: Json) -> list[str]:
    """Without groups, which have no documents of their own."""
    return [name for name in table if not results.get("group_subtasks", {}).get(name)]


def _checked_tasks(
    policy: Policy, table: Mapping[str, Mapping[str, object]], results: Json, missing: list[str], notes: list[str]
) -> list[tuple[str, str, float | Margin | None]]:
    """(task, metric, the policy's wish): the first metric with a good direction of each task."""
    if policy.tasks is None:
        wanted: dict[str, float | Margin | None] = dict.fromkeys(table)
    else:
        wanted = dict(policy.tasks)
    found = []
    for name, wish in wanted.items():
        task, _, metric = name.partition("/")
        if task not in table:
            missing.append(f"The policy asks for the lm-eval task {task}, which the baseline does not have.")
            continue
        if lost := null_figure(results, task, metric):
            missing.append(f"The baseline's {lost} of the lm-eval task {task} is no number.")
            continue
        known = task_metrics(results, task)
        if metric and metric not in known:
            unknown("metric", metric, known, f"It stands under tasks in the policy, of {task}.")
        chosen = metric or first_metric(results, task)
        if chosen is not None:
            found.append((task, chosen, wish))
        elif wish is None:
            notes.append(f"The lm-eval task {task} does not say which way is better, and is not checked.")
        else:
            missing.append(f"The lm-eval task {task} does not say which way is better: name a metric, {task}/METRIC.")
    return found


def _refuse_other_prompts(first: Side, second: Side) -> None:
    a, b = first.prompts, second.prompts
    other = [key for key in a if key in b and asked_unlike(first, second, key)]
    if other:
        raise HarnessError(
            f"The prompts of {first.name} and {second.name} differ in {len(other)} of {len(a)} questions "
            f"({', '.join(other[:_SHOWN])}). Evaluate the baseline again with the current prompts."
        )


def _refuse_other_documents(task: str, first: Sequence[Json], second: Sequence[Json], metric: str) -> None:
    a, b = sample_values(first, metric), sample_values(second, metric)
    other = [key for key in a if key in b and not alike(a[key][0], b[key][0])]
    if other:
        raise HarnessError(
            f"The lm-eval task {task} changed between the runs: document, prompt or target of {len(other)} of {len(a)} "
            f"items differ ({', '.join(other[:_SHOWN])}). Evaluate the baseline again and pin it anew."
        )


def judged(rows: Sequence[Tested], policy: Policy) -> tuple[list[Finding], str]:
    """The verdict on each comparison, its p-value adjusted over all of them, and what that family is called."""
    p_values = [row.comparison.p for row in rows]
    adjust, name = _CORRECTIONS[policy.correction]
    findings = [_finding(row, p, policy) for row, p in zip(rows, adjust(p_values), strict=True)]
    tests = "1 test" if len(rows) == 1 else f"{len(rows)} tests"
    return findings, f"{tests} of metrics and tasks, {name}"


def _finding(row: Tested, p_adjusted: float | None, policy: Policy) -> Finding:
    found = row.comparison
    return Finding(
        baseline=found.baseline,
        variant=found.variant,
        source=found.source,
        metric=found.metric,
        better=row.better,
        before=row.before,
        after=row.after,
        delta=found.delta,
        low=found.low,
        high=found.high,
        p=found.p,
        p_adjusted=p_adjusted,
        test=found.test,
        n=found.n,
        unpaired=found.unpaired,
        margin=row.margin,
        mde=found.mde,
        verdict=gate_verdict(found, row.better, row.margin, p_adjusted, policy),
        reason=found.reason if found.reason in ("few", "constant") else "",
        gained_ids=found.gained_ids,
        lost_ids=found.lost_ids,
        against=row.against,
    )


def unpaired_notes(findings: Sequence[Finding]) -> list[str]:
    """A sentence for each finding that leaves items out which one side alone has judged."""
    return [
        f"{finding.variant}: {finding.unpaired} items of {_place(finding)} do not pair and are not compared."
        for finding in findings
        if finding.unpaired
    ]


def gate_status(findings: Sequence[Finding], missing: Sequence[str]) -> GateStatus:
    """Incomplete where anything is missing, whatever was found; else the worst that a finding is."""
    verdicts = {finding.verdict for finding in findings}
    if missing:
        return "incomplete"
    if "regressed" in verdicts:
        return "regressed"
    return "undecided" if "undecided" in verdicts else "passed"


def _place(finding: Finding) -> str:
    return finding.metric if finding.source == "suite" else f"{finding.source} {finding.metric}"
