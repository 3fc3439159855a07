"""Which option of a multiple-choice question an answer picks."""

from __future__ import annotations

from harness.records import Question
from harness.scorers.matching.normalizing import plain
from harness.scorers.matching.options import offer_of, options
from harness.scorers.matching.reading import denials, markers, own_turn, without_echo


def chosen(answer: str, question: Question) -> str | None:
    """The letter that the answer settles on, in capitals; "" where it names several, None where it names none.

    In this order: an answer that is the words of an option; what follows the last "the answer is", by letter or words;
    the letter that the text opens with; the last letter that is not denied; the only option whose words it claims.
    """
    offer, text = offer_of(question), own_turn(plain(answer))
    if whole := offer.whole(text):
        return whole
    for rest in reversed(markers(text)):
        picked = _stated(rest.strip(), question)
        if picked is not None:
            return picked
    opening = offer.letters.opening(text)
    # Where several open with their letters, the text lists the options again.
    if opening is not None and len(options(text)) < 2:
        return opening
    text = without_echo(offer.without_list(text), offer.stem)
    is_denied = denials(text)
    last = offer.letters.last(offer.without_words(text), is_denied)
    return offer.named(text, is_denied) if last is None else last


def _stated(rest: str, question: Question) -> str | None:
    """What a sentence behind a marker settles on; None where it only leads up to an option."""
    offer = offer_of(question)
    if whole := offer.whole(rest):
        return whole
    letter = offer.letters.marked(rest)
    return letter if letter is not None else offer.named(rest, denials(rest)) or None
