"""Training curves: read from Transformers, W&B (its files, its server) or our own; a W&B run opened.

wandb is imported where it is used.
From below: errors, foreign_errors, json_yaml, records, store.
"""

from harness.curves.evaluation_sets import evaluation_sets
from harness.curves.offline_run import history_rows
from harness.curves.online_run import wandb_path
from harness.curves.open_run import has_wandb_key, near, open_wandb
from harness.curves.reading import read_logged

__all__ = ["evaluation_sets", "has_wandb_key", "history_rows", "near", "open_wandb", "read_logged", "wandb_path"]
