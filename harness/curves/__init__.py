"""Training curves: read from where trainers leave them; a W&B run opened.

Transformers', LLaMA-Factory's, W&B's (its files, its server), TensorBoard's, Trackio's and our own. wandb and
tensorboard are imported where they are used.
From below: errors, foreign_errors, json_yaml, records, words, store.
"""

from harness.curves.evaluation_sets import evaluation_sets
from harness.curves.logged_settings import is_log, logged_settings, unwrapped
from harness.curves.offline_run import history_rows
from harness.curves.online_run import wandb_path
from harness.curves.open_run import has_wandb_key, near, open_wandb
from harness.curves.quantities import is_share, quantity_text
from harness.curves.reading import Logged, read_logged

__all__ = [
    "Logged",
    "evaluation_sets",
    "has_wandb_key",
    "history_rows",
    "is_log",
    "is_share",
    "logged_settings",
    "near",
    "open_wandb",
    "quantity_text",
    "read_logged",
    "unwrapped",
    "wandb_path",
]
