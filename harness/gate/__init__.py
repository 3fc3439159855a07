"""The regression gate: which runs belong together, what is missing, a verdict for each metric, and its files.

It compares by comparing's statistics and adds the policy.
From below: errors, json_yaml, records, resources, config, words, machine, store, scorers, data.suites,
comparing.inference, comparing, comparing.seeds.
"""

from harness.gate import words
from harness.gate.baseline import baseline_line, find_anchor, find_baseline, pin_baseline, pinned, set_anchor
from harness.gate.check import EXIT, check_run, gate_status, judged, suite_tested
from harness.gate.completeness import VariantPair
from harness.gate.drift import refuse_drift
from harness.gate.files import forget_check, write_check
from harness.gate.markdown import escaped
from harness.gate.policy import Policy, load_policy
from harness.gate.sample_size import plan_suite, plan_table
from harness.gate.seed_plan import plan_seeds, seeds_table
from harness.gate.sequential import check_sequentially
from harness.gate.since import anchor_line, since_lines
from harness.gate.table import check_table, conclusion
from harness.gate.words import change, place

__all__ = [
    "EXIT",
    "Policy",
    "VariantPair",
    "anchor_line",
    "baseline_line",
    "change",
    "check_run",
    "check_sequentially",
    "check_table",
    "conclusion",
    "escaped",
    "find_anchor",
    "find_baseline",
    "forget_check",
    "gate_status",
    "judged",
    "load_policy",
    "pin_baseline",
    "pinned",
    "place",
    "plan_seeds",
    "plan_suite",
    "plan_table",
    "refuse_drift",
    "seeds_table",
    "set_anchor",
    "since_lines",
    "suite_tested",
    "words",
    "write_check",
]
