"""What answers: one Protocol, one table of backends, each loaded when it is asked for.

The engines import torch, vLLM or lm_eval at their top, so none of them goes through this door.
From below: errors, records, resources, config, models.
"""

from harness.generators.opening import BACKENDS, choose_backend, open_generator
from harness.generators.protocol import Completion, Generator, TokenIds

__all__ = ["BACKENDS", "Completion", "Generator", "TokenIds", "choose_backend", "open_generator"]
