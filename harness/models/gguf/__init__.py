"""GGUF files as bases: looked through, refused in one line, converted once into the user's cache.

torch, Transformers and gguf are imported where a file is converted; one that was converted needs none of them.
From below: errors, foreign_errors, resources, machine, store.
"""

from harness.models.gguf.cache import Converted, found_in_cache
from harness.models.gguf.finding import SMOLLM2, converted_file, converted_smollm2, gguf_digest

__all__ = [
    "SMOLLM2",
    "Converted",
    "converted_file",
    "converted_smollm2",
    "found_in_cache",
    "gguf_digest",
]
