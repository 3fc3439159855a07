"""A GGUF file to the folder that save_pretrained writes: weights dequantized, tokenizer, ends of text.

Transformers reads the file; what it would leave out without a word is looked for, and set right or refused.
"""

from __future__ import annotations

import io
import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import boundary, needed
from harness.models.gguf.looking import GgufFile
from harness.models.gguf.rope import ROPE_FACTORS, rope_parameters
from harness.models.gguf.tokenizer import file_tokenizer, warn_of_rule

_KEPT = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
"""Types that are kept as they are; what is quantized becomes bfloat16."""
_SPARE = 64 * 2**20
"""Bytes for the tokenizer, and so that the disk is not left full."""
_WHOLE = "Give the model's own folder, or its id on the hub, as the base."


def convert(file: GgufFile, folder: Path) -> None:
    """Writes the model that the file holds into an empty folder; refuses what would become another model."""
    with needed("torch", "A GGUF file as a base"):
        import torch
    dtype = getattr(torch, _KEPT.get(file.weights_type, "bfloat16"))
    _refuse_full_disk(file, folder, dtype.itemsize)
    warn_of_rule(file)
    what = f"{file.path} does not become a model"
    with _quietly(), boundary(what, Exception, advice=_WHOLE):
        model = _model(file, _configuration(file), dtype)
        tokenizer = file_tokenizer(file)
        model.generation_config.eos_token_id = _ends(file) or model.generation_config.eos_token_id
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _refuse_full_disk(file: GgufFile, folder: Path, size: int) -> None:
    wanted = sum(int(tensor.n_elements) for tensor in file.tensors) * size + _SPARE
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise HarnessError(
            f"{file.path.name} takes {wanted / 2**30:.1f} GiB when it is converted, and {folder.parent} has "
            f"{free / 2**30:.1f} GiB. Make room there, or set XDG_CACHE_HOME to a folder on another disk."
        )


def _configuration(file: GgufFile) -> Any:
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig

    config = AutoConfig.from_pretrained(str(file.path.parent), gguf_file=file.path.name)
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise HarnessError(
            f"{file.path} is no causal language model: Transformers makes none of a {config.model_type}. Give a model "
            "that writes on from a prompt."
        )
    width = file.fields.get(f"{file.architecture}.attention.key_length")
    if width and getattr(config, "head_dim", None):
        # Of some architectures Transformers takes its own default, whatever the file says.
        config.head_dim = int(width)
    return config


def _model(file: GgufFile, config: Any, dtype: Any) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    read, found = AutoModelForCausalLM.from_pretrained(
        str(file.path.parent), gguf_file=file.path.name, config=config, dtype=dtype, output_loading_info=True
    )
    if lacking := sorted(found["missing_keys"]):
        raise HarnessError(
            f"{file.path} lacks {len(lacking)} tensors of the {file.architecture} that it says it is, first "
            f"{lacking[0]}. {_WHOLE}"
        )
    _refuse_left_out(file, read)
    config = read.config
    for name in ("quantization_config", "_model_name_or_path"):
        vars(config).pop(name, None)
    if rope := rope_parameters(file, config):
        config.rope_parameters = rope
    # What was read from a GGUF refuses to be saved: a plain model of the same configuration takes its weights.
    with torch.device("meta"):
        plain = type(read)._from_config(config, dtype=dtype)
    plain.load_state_dict(read.state_dict(), assign=True)
    plain.tie_weights()
    return plain


def _refuse_left_out(file: GgufFile, model: Any) -> None:
    """Refuses a file with more numbers than the model took, such as biases that its class has none for."""
    layers = model.config.get_text_config().num_hidden_layers
    tied = model.config.get_text_config().tie_word_embeddings
    there = [tensor for tensor in file.tensors if tensor.name != ROPE_FACTORS and _layer(tensor.name) < layers]
    there = [tensor for tensor in there if not (tied and tensor.name == "output.weight")]
    taken = sum(part.numel() for part in model.parameters())
    more = sum(int(tensor.n_elements) for tensor in there) - taken
    if more > 0:
        raise HarnessError(
            f"{file.path} holds {more:,} numbers that Transformers does not read from a GGUF of a "
            f"{file.architecture}, and without them it would be another model. {_WHOLE}"
        )


def _layer(name: str) -> int:
    """The number of the layer that a tensor is of, 0 for the others; layers past the last predict tokens ahead."""
    parts = name.split(".")
    return int(parts[1]) if parts[0] == "blk" and parts[1].isdigit() else 0


def _ends(file: GgufFile) -> list[int]:
    """All tokens that end an answer: of the text, of the turn, of the message."""
    keys = ("eos_token_id", "eot_token_id", "eom_token_id")
    found = [file.fields.get(f"tokenizer.ggml.{key}") for key in keys]
    return sorted({int(token) for token in found if isinstance(token, int)})


@contextmanager
def _quietly() -> Iterator[None]:
    """Without bars and warnings of libraries, which write to stderr by themselves."""
    loggers = [logging.getLogger(name) for name in ("transformers", "gguf")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with redirect_stderr(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
