"""Imports go down only, and the commands start without what is heavy."""

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "harness"
LAYERS = [
    {"records", "errors", "foreign", "syntax", "rows"},
    {"tasks", "prompts", "config", "store", "resources", "pocket", "progress", "provenance", "numerals", "visible"}
    | {"report_words", "portable", "cluster", "tethered", "sweep_locks", "drafts", "places"}
    | {"certificates", "manifest", "run", "checkpoints"},
    {"adapters", "base_model", "preferences", "trainers", "training_log", "engine_setup", "scorers", "generators"}
    | {"curves", "stats", "power", "resampling", "recordings", "language_model", "overlap"}
    | {"processes", "reference_pass", "guards", "meter", "training_facts", "training_memory", "collapse"}
    | {"preference_files"}
    | {"wandb_file", "wandb_run", "wandb_log", "models"},
    {
        "compare",
        "charts",
        "fonts",
        "formulas",
        "chart_curves",
        "chart_forest",
        "chart_picture",
        "chart_strips",
        "chart_sweep",
        "chart_sweep_row",
        "chart_trend",
        "benchmarks",
        "audit",
        "audit_answers",
        "audit_evidence",
        "audit_questions",
        "audit_trainings",
        "audit_words",
        "score",
        "gate",
        "completeness",
        "measure",
        "drift",
        "policy",
        "alive",
        "suite_task",
    },
    {"training_plan", "training_process", "training_lock", "certificate", "launch"}
    | {"evaluate", "train", "plan", "sample_size", "import_answers", "report", "table", "doctor", "answer_marks"}
    | {"dry_run", "merge", "push", "model_card", "card_evaluation"}
    | {"evaluation", "asking", "evaluate_ray", "run_manifest"}
    | {"sweep", "sweep_plan", "sweep_results", "sweep_schedule", "sweep_status", "sweep_unchanged"}
    | {"sweep_errand", "sweep_executor", "sweep_ledger", "sweep_ray", "sweep_slurm", "sweep_store", "sweep_worker"}
    | {"submission", "watch", "watch_plan", "watch_engine", "trend", "trend_page"}
    | {"baseline", "check_files", "check_junit", "check_markdown", "check_table", "check_words"},
    {"failures", "cli", "__main__", "commands"}
    | {"commands_evaluation", "commands_gate", "commands_looking", "commands_training"},
]
HEAVY = ("torch", "transformers", "vllm", "wandb", "lm_eval", "weasyprint", "pandas")


def layer(module: str) -> int:
    # The words are the audit's too.
    name = "report" if module.startswith(("report_", "assignment_")) and module != "report_words" else module
    found = [number for number, names in enumerate(LAYERS) if name in names]
    assert len(found) == 1, f"{module} stands in no layer of this test"
    return found[0]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        found |= {name.split(".")[1] for name in names if name.startswith("harness.")}
    return found


def test_no_module_imports_one_that_stands_above_it() -> None:
    upward = [
        f"{path.relative_to(PACKAGE)} imports {other}"
        for path in PACKAGE.rglob("*.py")
        if (module := path.relative_to(PACKAGE).parts[0].removesuffix(".py")) != "__init__"
        for other in imports(path) - {module}
        if layer(other) > layer(module)
    ]
    assert not upward


def test_the_command_line_starts_without_what_is_heavy() -> None:
    program = f"import sys, harness.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
