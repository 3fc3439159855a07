"""lm-eval tasks: found, loaded as lm-eval's own command loads them, asked, their figures to its last digit.

From below: errors, out_of_memory, foreign_errors, json_yaml, resources, task_settings, store.
"""

from harness.asking.tasks.broken import first_broken
from harness.asking.tasks.finding import Tasks, find_tasks, list_tasks, load_tasks
from harness.asking.tasks.results import TaskResults, has_task, keep_results, task_results
from harness.asking.tasks.sample_rows import foreign_rows

__all__ = [
    "TaskResults",
    "Tasks",
    "find_tasks",
    "first_broken",
    "foreign_rows",
    "has_task",
    "keep_results",
    "list_tasks",
    "load_tasks",
    "task_results",
]
