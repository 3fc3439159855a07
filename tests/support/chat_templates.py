"""Chat templates as the families of models have them, in a few words each, and a tokenizer that knows one's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.models import find_base, load_tokenizer


@dataclass(frozen=True)
class Family:
    """A kind of chat template."""

    template: str
    tokens: tuple[str, ...]
    """Its special tokens."""
    end: str | None
    """The token behind an answer; None where a text's own end stands there, or nothing."""
    turn: str
    """What begins a question's turn."""
    bos: str = "<s>"
    eos: str = "</s>"


def _named(opening: str, closing: str, *, system: bool = True) -> str:
    """Every turn begins with its role and ends alike, as in ChatML."""
    skipped = "" if system else "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    turn = f"{opening}{{{{ m.content }}}}{closing}"
    last = opening.replace("{{ m.role }}", "assistant")
    return (
        f"{{{{ bos_token }}}}{skipped}{{% for m in messages %}}{turn}{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{last}{{% endif %}}"
    )


def _by_role(system: str, user: str, assistant: str, opening: str = "") -> str:
    return (
        "{{ bos_token }}{% for m in messages %}"
        f"{{% if m.role == 'system' %}}{system}{{% elif m.role == 'user' %}}{user}{{% else %}}{assistant}{{% endif %}}"
        f"{{% endfor %}}{{% if add_generation_prompt %}}{opening}{{% endif %}}"
    )


FAMILIES = {
    "chatml": Family(
        _named("<|im_start|>{{ m.role }}\n", "<|im_end|>\n"),
        ("<|im_start|>", "<|im_end|>"),
        "<|im_end|>",
        "<|im_start|>user",
    ),
    "llama 2": Family(
        _by_role(
            "<<SYS>>\n{{ m.content }}\n<</SYS>>\n\n",
            "{{ bos_token if not loop.first else '' }}[INST] {{ m.content }} [/INST]",
            " {{ m.content }} {{ eos_token }}",
        ),
        (),
        None,
        "[INST]",
    ),
    "llama 3": Family(
        _named("<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n", "<|eot_id|>"),
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|begin_of_text|>", "<|end_of_text|>"),
        "<|eot_id|>",
        "<|start_header_id|>user<|end_header_id|>",
        "<|begin_of_text|>",
        "<|end_of_text|>",
    ),
    "gemma": Family(
        _named(
            "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n", "<end_of_turn>\n", system=False
        ).replace("'model' if m.role == 'assistant' else m.role }}\n{% endif", "'model' }}\n{% endif"),
        ("<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>"),
        "<end_of_turn>",
        "<start_of_turn>user",
        "<bos>",
        "<eos>",
    ),
    "phi": Family(
        _named("<|{{ m.role }}|>\n", "<|end|>\n"),
        ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"),
        "<|end|>",
        "<|user|>",
    ),
    "mistral": Family(
        _by_role("", "[INST] {{ m.content }}[/INST]", " {{ m.content }}{{ eos_token }}"),
        ("[INST]", "[/INST]"),
        None,
        "[INST]",
    ),
    "vicuna": Family(
        _by_role(
            "{{ m.content }} ", "USER: {{ m.content }} ", "ASSISTANT: {{ m.content }}{{ eos_token }}", "ASSISTANT:"
        ),
        (),
        None,
        "USER:",
    ),
    "deepseek": Family(
        _by_role("{{ m.content }}", "<｜User｜>{{ m.content }}", "<｜Assistant｜>{{ m.content }}{{ eos_token }}", "<｜Assistant｜>"),
        ("<｜User｜>", "<｜Assistant｜>"),
        None,
        "<｜User｜>",
    ),
    "alpaca": Family(
        _by_role(
            "### Instruction:\n{{ m.content }}\n\n",
            "### Input:\n{{ m.content }}\n\n",
            "### Response:\n{{ m.content }}\n\n",
            "### Response:\n",
        ),
        (),
        None,
        "### Input:",
    ),
}  # fmt: skip


def chatting(family: Family) -> Any:
    """The embedded model's tokenizer with that family's template and tokens."""
    tokenizer = load_tokenizer(find_base("pocket"))
    tokenizer.add_tokens([token for token in family.tokens], special_tokens=True)
    tokenizer.bos_token, tokenizer.eos_token = family.bos, family.eos
    tokenizer.chat_template = family.template
    return tokenizer
