"""generators"""

from harness.generators.opening import BACKENDS, choose_backend, open_generator
from harness.generators.protocol import Completion, Generator, TokenIds

__all__ = ["BACKENDS", "Completion", "Generator", "TokenIds", "choose_backend", "open_generator"]
