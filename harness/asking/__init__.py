"""Who is asked what, and the asking: plan, proof that adapters are alive, answers and lm-eval results kept.

Engines come from generators; what the answers are worth is for scorers and comparing.
From below: errors, out_of_memory, json_yaml, records, resources, task_settings, config, machine, store, scorers,
models, data.recordings, data.suites, data, generators, curves, asking.tasks.
"""

from harness.asking.adapter_proof import peft_reference, probes, prove_alive, prove_shared
from harness.asking.ask import ask, fill, render_prompt, session
from harness.asking.beginning import as_begun, backend_of, begin
from harness.asking.evaluation import Evaluation, Gaps, missing
from harness.asking.experiments import (
    read_experiment_files,
    refuse_other_experiments,
    set_aside,
    write_experiments,
)
from harness.asking.foreign_results import ForeignResults, is_foreign, read_foreign
from harness.asking.importing import import_answers
from harness.asking.importing_results import import_results
from harness.asking.on_cluster import ask_on_cluster
from harness.asking.plan import Wishes, plan_evaluation
from harness.asking.references import (
    ReferenceFile,
    asked_in_evaluation,
    asked_in_run,
    asked_in_suite,
    configured,
    keep_references,
    read_references,
)
from harness.asking.shortage import asks_in_less, loads_in_less
from harness.asking.tasks import list_tasks, load_tasks
from harness.asking.wished_experiments import wished_experiments

__all__ = [
    "Evaluation",
    "ForeignResults",
    "Gaps",
    "ReferenceFile",
    "Wishes",
    "as_begun",
    "ask",
    "ask_on_cluster",
    "asked_in_evaluation",
    "asked_in_run",
    "asked_in_suite",
    "asks_in_less",
    "backend_of",
    "begin",
    "configured",
    "fill",
    "import_answers",
    "import_results",
    "is_foreign",
    "keep_references",
    "list_tasks",
    "load_tasks",
    "loads_in_less",
    "missing",
    "peft_reference",
    "plan_evaluation",
    "probes",
    "prove_alive",
    "prove_shared",
    "read_experiment_files",
    "read_foreign",
    "read_references",
    "refuse_other_experiments",
    "render_prompt",
    "session",
    "set_aside",
    "wished_experiments",
    "write_experiments",
]
