"""audit"""

from harness.audit.checks import audit
from harness.audit.words import sentence

__all__ = ["audit", "sentence"]
