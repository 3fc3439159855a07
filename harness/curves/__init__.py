"""curves"""

from harness.curves.offline_run import history_rows
from harness.curves.online_run import wandb_path
from harness.curves.open_run import has_wandb_key, near, open_wandb
from harness.curves.reading import read_logged

__all__ = ["has_wandb_key", "history_rows", "near", "open_wandb", "read_logged", "wandb_path"]
