"""The tokens that a tokenizer leaves out of a text (<|im_end|>, </s>, …): where they stood, and the text with them."""

from __future__ import annotations

from collections.abc import Sequence

SpecialTokens = Sequence[tuple[int, str]]
"""(place in the text that is shown, token), ascending: a token stood before the character of that place."""


def with_special(text: str, special: SpecialTokens) -> str:
    """The text as the model wrote it, special tokens in their places."""
    parts, begun = [], 0
    for place, token in special:
        parts += [text[begun:place], token]
        begun = place
    return "".join([*parts, text[begun:]])


def place_shown(special: SpecialTokens, place: int) -> int:
    """Where a place of the text with its special tokens lies in the text without them."""
    hidden = 0
    for at, token in special:
        start = at + hidden
        if place <= start:
            break
        hidden += min(len(token), place - start)
    return place - hidden


def cut_written(text: str, special: SpecialTokens, place: int) -> tuple[str, tuple[tuple[int, str], ...]]:
    """(text, special tokens) up to a place of the text with its special tokens; one that it would cut falls away."""
    kept, hidden = [], 0
    for at, token in special:
        if at + hidden + len(token) <= place:
            kept.append((at, token))
        hidden += len(token)
    return text[: place_shown(special, place)], tuple(kept)
