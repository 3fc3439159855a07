"""publish"""

from harness.publish.hub import Wanted, lay_out, send, sending_command
from harness.publish.wandb_log import send_run

__all__ = ["Wanted", "lay_out", "send", "send_run", "sending_command"]
