"""What could make a run's numbers mean something else, each with a code, a sentence, and the variants concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.audit import answers as audit_answers
from harness.audit import questions as audit_questions
from harness.audit import tasks as audit_tasks
from harness.audit import trainings as audit_trainings
from harness.audit.evidence import Check, Evidence
from harness.comparing import Column
from harness.records import Caveat, Comparison
from harness.store import Run


def audit(run: Run, table: Mapping[str, Mapping[str, Column]], comparisons: Sequence[Comparison] = ()) -> list[Caveat]:
    """Every warning that the run folder gives cause for, worst first."""
    evidence = Evidence(run, table, comparisons)
    return [warning for check in _CHECKS for warning in check(evidence)]


_CHECKS: tuple[Check, ...] = (
    audit_answers.failed,
    audit_answers.missing,
    audit_answers.references_in_part,
    audit_answers.unlike_prompts,
    audit_answers.asked_otherwise,
    audit_tasks.unlike_tasks,
    audit_tasks.without_samples,
    audit_tasks.in_part,
    audit_answers.echoes_left,
    audit_answers.endless,
    audit_trainings.unlike_asked_template,
    audit_trainings.unlike_asked_system,
    audit_trainings.unlike_own_template,
    audit_trainings.begun_on_adapter,
    audit_trainings.unknown_base,
    audit_trainings.changed_since,
    audit_trainings.other_precision,
    audit_trainings.unlike_served,
    audit_questions.made_pairs,
    audit_questions.in_training_data,
    audit_answers.collapsed,
    audit_answers.cut,
    audit_answers.look_cut,
    *audit_trainings.TRAINED_ALIKE,
    audit_trainings.dropout_off,
    audit_trainings.dropout_unproven,
    audit_answers.switched_off,
    audit_questions.stopped_early,
    audit_questions.repeated,
    audit_questions.few,
    audit_trainings.unlike_rewards,
)
