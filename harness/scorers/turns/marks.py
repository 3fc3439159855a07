"""How prompt templates that people use mark their turns, and the special tokens that stand around a text.

The marks are those of the chat templates that lie with the models' tokenizers, and of FastChat's conversations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TurnMarks:
    """How one family of templates marks whose turn begins."""

    family: str
    user: tuple[str, ...]
    assistant: tuple[str, ...]
    system: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    """What closes a turn, where that is more than the next mark."""
    words: bool = False
    """Whether the marks are words, which mean a turn at the beginning of a line only, and are no special tokens."""


def _roles(mark: str, ends: tuple[str, ...], assistant: str = "assistant", user: str = "user") -> TurnMarks:
    """A family that puts the role's name into one mark."""
    family = mark.replace("ROLE", "…")
    return TurnMarks(
        family,
        user=(mark.replace("ROLE", user),),
        assistant=(mark.replace("ROLE", assistant),),
        system=(mark.replace("ROLE", "system"), mark.replace("ROLE", "developer")),
        ends=ends,
    )


TURN_MARKS: tuple[TurnMarks, ...] = (
    # ChatML: Qwen, Yi, InternLM 2, SmolLM; Phi 4 ends the role by a token of its own.
    _roles("<|im_start|>ROLE", ("<|im_end|>", "<|im_sep|>")),
    _roles("<|start_header_id|>ROLE<|end_header_id|>", ("<|eot_id|>", "<|eom_id|>")),  # Llama 3
    _roles("<|header_start|>ROLE<|header_end|>", ("<|eot|>", "<|eom|>")),  # Llama 4
    _roles("<start_of_turn>ROLE", ("<end_of_turn>",), assistant="model"),  # Gemma
    _roles("<|start_of_role|>ROLE<|end_of_role|>", ("<|end_of_text|>",)),  # Granite
    _roles("<|ROLE|>", ("<|end|>", "<|user_end|>", "</s>")),  # Phi 3, Zephyr, TinyLlama, Tülu, OLMo, GLM 4
    _roles("<|ROLE|>", ("<|endoftext|>",), assistant="ASSISTANT", user="USER"),  # StableLM
    _roles("[|ROLE|]", ("[|endofturn|]",)),  # EXAONE
    _roles("<|ROLE_start|>", ("<|user_end|>", "<|assistant_end|>", "<|system_end|>")),  # Apertus
    TurnMarks(  # gpt-oss
        "harmony",
        user=("<|start|>user<|message|>",),
        assistant=(
            "<|start|>assistant<|channel|>final<|message|>",
            "<|start|>assistant<|message|>",
            "<|start|>assistant",
        ),
        system=("<|start|>system<|message|>", "<|start|>developer<|message|>"),
        ends=("<|end|>", "<|return|>"),
    ),
    TurnMarks(  # Kimi
        "<|im_user|>…",
        user=("<|im_user|>user<|im_middle|>",),
        assistant=("<|im_assistant|>assistant<|im_middle|>",),
        system=("<|im_system|>system<|im_middle|>",),
        ends=("<|im_end|>",),
    ),
    TurnMarks(  # Llama 2, Mistral
        "[INST]",
        user=("[INST]",),
        assistant=("[/INST]",),
        system=("<<SYS>>", "<</SYS>>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"),
        ends=("</s>",),
    ),
    TurnMarks(
        "DeepSeek",
        user=("<｜User｜>", "<|User|>"),
        assistant=("<｜Assistant｜>", "<|Assistant|>"),
        ends=("<｜end▁of▁sentence｜>", "<|end▁of▁sentence|>"),
    ),
    TurnMarks(
        "Command R",
        user=("<|START_OF_TURN_TOKEN|><|USER_TOKEN|>",),
        assistant=(
            "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|><|START_RESPONSE|>",
            "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
        ),
        system=("<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>",),
        ends=("<|END_RESPONSE|>", "<|END_OF_TURN_TOKEN|>"),
    ),
    TurnMarks("OpenAssistant", user=("<|prompter|>",), assistant=("<|assistant|>",), ends=("<|endoftext|>", "</s>")),
    TurnMarks(
        "OpenChat",
        user=("GPT4 Correct User:",),
        assistant=("GPT4 Correct Assistant:",),
        ends=("<|end_of_turn|>",),
        words=True,
    ),
    TurnMarks(
        "Alpaca",
        user=("### Instruction:", "### Input:", "### Question:"),
        assistant=("### Response:", "### Output:", "### Answer:"),
        words=True,
    ),
    TurnMarks(
        "### …",
        user=("### User:", "### Human:"),
        assistant=("### Assistant:", "### GPT:"),
        system=("### System:",),
        words=True,
    ),
    TurnMarks(  # Vicuna, Falcon, and whoever writes it by hand
        "USER:",
        user=("USER:", "User:", "HUMAN:", "Human:"),
        assistant=("ASSISTANT:", "Assistant:", "AI:", "Bot:"),
        system=("SYSTEM:", "System:"),
        ends=("</s>",),
        words=True,
    ),
)

BEGINNINGS = (
    "<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "<|begin▁of▁sentence|>", "<｜begin▁of▁sentence｜>",
    "<BOS_TOKEN>", "[gMASK]<sop>", "[gMASK]", "<sop>", "<|begin_of_sentence|>",
)  # fmt: skip
"""Special tokens that open a text."""

PADDING = (
    "<pad>", "[PAD]", "<|pad|>", "<|padding|>", "<PAD>", "<|finetune_right_pad_id|>", "<|finetune_right_pad|>",
    "<|PAD_TOKEN|>", "<|vision_pad|>", "<｜▁pad▁｜>", "[control_768]",
)  # fmt: skip
"""Special tokens that fill a batch."""

ENDS = (
    "</s>", "<eos>", "<|endoftext|>", "<|end_of_text|>", "<|eos|>", "<EOS_TOKEN>", "[EOS]", "<|end_of_sentence|>",
    *dict.fromkeys(end for marks in TURN_MARKS for end in marks.ends if end not in ("</s>", "<|im_sep|>")),
    "<|endofprompt|>", "<|end_of_solution|>", "<|endofassistant|>", "<eoh>", "<eoa>", "<eod>",
)  # fmt: skip
"""Special tokens that close a text or a turn."""

USER_TURNS = tuple(dict.fromkeys(mark for marks in TURN_MARKS if not marks.words for mark in marks.user))
"""What begins another question, where special tokens say so."""

_UNKNOWN = "<unk>"
_TURN = re.compile("|".join(map(re.escape, sorted(USER_TURNS, key=len, reverse=True))))


def own_marks(headers: Sequence[str]) -> tuple[str, ...]:
    """What begins a question or a system line in the families of templates that some of these lines are of."""
    families = [
        family
        for family in TURN_MARKS
        if not family.words and any(mark in line for mark in (*family.user, *family.assistant) for line in headers)
    ]
    return tuple(dict.fromkeys(mark for family in families for mark in (*family.user, *family.system)))


def user_turn(text: str) -> int | None:
    """Where special tokens begin another question, by whatever template; None where none do."""
    found = _TURN.search(text) if "<" in text or "[" in text else None
    return None if found is None else found.start()


def without_special_tokens(text: str, named: Iterable[str] = ()) -> str:
    """The text without the special tokens that a decoder left before it, behind it and before another turn.

    Those inside are kept, and so are the marks of turns.
    A token that one of the named texts holds is part of the answer: a question may ask for it.
    """
    asked = tuple(named)
    kept = {token for token in (*BEGINNINGS, *PADDING, *ENDS, _UNKNOWN) if any(token in name for name in asked)}
    start = text_start(text, kept)
    if turn := _TURN.search(text, start):
        head, place = text[: turn.start()], _before_closing(text[: turn.start()], start, kept, BEGINNINGS)
        # What closed the answer goes; that another turn follows is for whoever looks for leaks.
        text = text if place == len(head) else f"{head[:place]}\n{text[turn.start() :]}"
    end = _before_closing(text, start, kept)
    closing = text[end:]
    return text[start:] if _closes_a_tag(text[start:end], closing) else text[start:end]


def text_start(text: str, kept: Collection[str] = ()) -> int:
    """Where the text begins behind a run of the tokens that open or pad one; 0 where it begins with none."""
    tokens = [token for token in (*PADDING, *BEGINNINGS) if token not in kept]
    past = 0
    while True:
        place = past
        while place < len(text) and text[place].isspace():
            place += 1
        token = next((one for one in tokens if text.startswith(one, place)), None)
        if token is None:
            # A space behind a token is the decoder's, what else stands there is the text's.
            return past + 1 if past and text.startswith(" ", past) else past
        past = place + len(token)


def _before_closing(text: str, start: int, kept: Collection[str], also: Sequence[str] = ()) -> int:
    """Where the text ends in front of a run of tokens; its own end where it ends with none."""
    tokens = [token for token in (*PADDING, *ENDS, *also) if token not in kept]
    unknown = () if _UNKNOWN in kept else (_UNKNOWN,)
    before, seen = len(text), list[str]()
    while True:
        place = before
        while place > start and text[place - 1].isspace():
            place -= 1
        token = next((one for one in (*unknown, *tokens) if text.endswith(one, start, place)), None)
        if token is None:
            break
        seen.append(token)
        before = place - len(token)
    # A lone <unk> is a word that the tokenizer lacks; behind an end, or in a row, it fills the batch.
    return before if seen and seen != [_UNKNOWN] else len(text)


def _closes_a_tag(text: str, closing: str) -> bool:
    """Whether it is HTML's </s> behind a struck text rather than a token."""
    return closing.strip() == "</s>" and text.count("<s>") > text.count("</s>")
