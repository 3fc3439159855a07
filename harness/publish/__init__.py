"""What leaves for others: the hub (adapter, card, picture) and W&B, without local paths or secrets.

It reads finished trainings and runs, and changes neither.
From below: errors, foreign_errors, records, resources, words, store, scorers, models, data, curves, comparing, gate,
audit, charts, report.
"""

from harness.publish.hub import Wanted, lay_out, send, sending_command
from harness.publish.wandb_log import send_run

__all__ = ["Wanted", "lay_out", "send", "send_run", "sending_command"]
