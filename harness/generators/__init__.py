"""generators"""

from harness.generators.opening import choose_backend, known_backend, open_generator
from harness.generators.protocol import Completion, Generator, TokenIds

__all__ = ["Completion", "Generator", "TokenIds", "choose_backend", "known_backend", "open_generator"]
