"""Weights: base models, adapters with their certificates, full models; found, digested and checked, not yet asked.

torch is imported where weights are loaded, never at the top.
From below: errors, foreign_errors, records, resources, config, store, pocket.
"""

from harness.models.adapters import Adapter, check_weights, find_places, read_adapter
from harness.models.base_model import (
    POCKET,
    Weights,
    context_length,
    find_base,
    load_model,
    load_tokenizer,
    prompt_ids,
    resolve_dtype,
    stated_length,
)
from harness.models.full_models import Model, find_tuned, precision
from harness.models.text_ends import generation_settings, text_ends

__all__ = [
    "POCKET",
    "Adapter",
    "Model",
    "Weights",
    "check_weights",
    "context_length",
    "find_base",
    "find_places",
    "find_tuned",
    "generation_settings",
    "load_model",
    "load_tokenizer",
    "precision",
    "prompt_ids",
    "read_adapter",
    "resolve_dtype",
    "stated_length",
    "text_ends",
]
