"""What answers: one Protocol, one table of backends, each loaded when it is asked for.

The engines import torch, vLLM or lm_eval at their top, so none of them goes through this door.
From below: errors, out_of_memory, foreign_errors, records, resources, config, machine, store, scorers, models, data.
"""

from harness.generators.decoding import Decoder
from harness.generators.opening import ENGINES, choose_serving, known_backend, open_generator
from harness.generators.protocol import Completion, Generator, TokenIds
from harness.generators.sharing import PromptsOf, SharesBatches, Written, generate_all

__all__ = [
    "ENGINES",
    "Completion",
    "Decoder",
    "Generator",
    "PromptsOf",
    "SharesBatches",
    "TokenIds",
    "Written",
    "choose_serving",
    "generate_all",
    "known_backend",
    "open_generator",
]
