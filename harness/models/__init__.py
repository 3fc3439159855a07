"""Weights: base models, adapters with their certificates, full models; found, digested and checked, not yet asked.

torch is imported where weights are loaded, never at the top.
From below: errors, foreign_errors, records, resources, config, store, pocket,
models.gguf.
"""

from harness.models.adapter_fit import Biases, check_fit, put_in
from harness.models.adapter_form import refuse_form
from harness.models.adapters import Adapter, find_places, read_adapter
from harness.models.base_model import (
    POCKET,
    Weights,
    computing_on,
    context_length,
    empty_model,
    find_base,
    load_model,
    load_tokenizer,
    prompt_ids,
    refuse_unloadable,
    release_memory,
    resolve_dtype,
    stated_length,
)
from harness.models.dropout import switch_off_dropout
from harness.models.full_models import Model, configuration, find_tuned, precision
from harness.models.own_tokenizer import has_chat_template, own_chat_template, own_tokens
from harness.models.text_ends import chat_end, generation_settings, text_ends
from harness.models.trained_on import base_of, check_base, went_on_from
from harness.models.weights_file import check_weights

__all__ = [
    "POCKET",
    "Adapter",
    "Biases",
    "Model",
    "Weights",
    "base_of",
    "chat_end",
    "check_base",
    "check_fit",
    "check_weights",
    "computing_on",
    "configuration",
    "context_length",
    "empty_model",
    "find_base",
    "find_places",
    "find_tuned",
    "generation_settings",
    "has_chat_template",
    "load_model",
    "load_tokenizer",
    "own_chat_template",
    "own_tokens",
    "precision",
    "prompt_ids",
    "put_in",
    "read_adapter",
    "refuse_form",
    "refuse_unloadable",
    "release_memory",
    "resolve_dtype",
    "stated_length",
    "switch_off_dropout",
    "text_ends",
    "went_on_from",
]
