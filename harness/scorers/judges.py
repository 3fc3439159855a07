"""The judge of each metric: what was answered in, a value and a note out."""

from __future__ import annotations

from harness.scorers.answered import Answered, Judge, Value
from harness.scorers.lacks import EMPTY, UNBEGUN
from harness.scorers.loops import find_loop
from harness.scorers.refusals import refuses
from harness.scorers.repeating import MANY, near_repetition
from harness.scorers.repetition import PREFIX_WORDS, compression_ratio, repeated_in_prefix, repeated_ngrams
from harness.scorers.required_points import covered
from harness.scorers.rouge import rouge_l
from harness.scorers.turns import told


def correct(it: Answered) -> Value:
    """1 right, 0 wrong, None without an answer key or with one that cannot be read."""
    return it.grade.value, it.grade.note


def no_answer(it: Answered) -> Value:
    """1 where the answer holds nothing of the kind asked for, no number to a question for one; None as for correct."""
    return (None, it.grade.note) if it.grade.value is None else (float(not it.grade.answered), None)


def points(it: Answered) -> Value:
    """Share of the required points that the answer mentions, 0 to 1; None where the question requires none."""
    return covered(it.question, it.answer)


def overlap(it: Answered) -> Value:
    """ROUGE-L, by far the slowest of all."""
    reference = it.question.reference
    return (None, "no reference") if reference is None else (rouge_l(reference, it.answer), None)


def refusal(it: Answered) -> Value:
    """1 where the answer opens by declining, judged by fixed patterns in English and Chinese."""
    return float(refuses(it.answer)), None


def words(it: Answered) -> Value:
    """Words of the whole text as Microsoft Word counts them, an East Asian character being one."""
    return float(len(it.words)), None


def answer_words(it: Answered) -> Value:
    """The same of the answer alone, behind thoughts and before another turn begins: what a reader would read."""
    return float(len(it.answer_words)), None


def thought_words(it: Answered) -> Value:
    """The same of what was thought, 0 where nothing was."""
    return float(len(it.thought_words)), None


def characters(it: Answered) -> Value:
    """Code points of the whole text, white space among them."""
    return float(len(it.text)), None


def tokens(it: Answered) -> Value:
    """Tokens that the model wrote, by its own tokenizer; None where a recording does not say."""
    count = it.response.completion_tokens
    return (None, "tokens were not counted") if count is None else (float(count), None)


def repetition(n: int) -> Judge:
    """Of n-grams of words."""

    def judge(it: Answered) -> Value:
        share = repeated_ngrams(it.words, n)
        return share, f"shorter than {n} words" if share is None else None

    return judge


def repetition_in_thought(it: Answered) -> Value:
    """Repeated 4-grams of what was thought."""
    if not it.thinks:
        return None, "no thought"
    share = repeated_ngrams(it.thought_words, 4)
    return share, "thought shorter than 4 words" if share is None else None


def repetition_in_answer(it: Answered) -> Value:
    """Repeated 4-grams of the answer alone."""
    share = repeated_ngrams(it.answer_words, 4)
    return share, "answer shorter than 4 words" if share is None else None


def repetition_in_prefix(it: Answered) -> Value:
    """Repeated 4-grams of the first 100 words, 0 to 1: the one rate of repetition that length does not move."""
    share = repeated_in_prefix(it.words, 4)
    return share, f"shorter than {PREFIX_WORDS} words" if share is None else None


def near_repeated(it: Answered) -> Value:
    """Share of the whole text in passages like an earlier one but for a counter, a number, a name or a few words."""
    share = near_repetition(it.text)
    return share, "no word" if share is None else "near-repeating" if share >= MANY else None


def compression(it: Answered) -> Value:
    """Bytes of the text over its bytes after zlib, a ratio that repetition drives up; None for an empty text."""
    return compression_ratio(it.text), None if it.text else "empty text"


def loop(it: Answered) -> Value:
    """1 where the text ends in a loop; the note says its period, its copies and where it begins."""
    return _looped(it.text)


def loop_in_thought(it: Answered) -> Value:
    """The same of what was thought; None where nothing was."""
    return _looped(it.reading.thought) if it.thinks else (None, "no thought")


def loop_in_answer(it: Answered) -> Value:
    """The same of the answer alone."""
    return _looped(it.answer)


def _looped(text: str) -> Value:
    found = find_loop(text)
    if found is None:
        return 0.0, None
    return 1.0, f"period {found.period} {found.unit}, {found.copies:.1f} copies, from character {found.start}"


def leak(it: Answered) -> Value:
    """1 where a header of the prompt template reappears in the text, outside of thoughts."""
    return float(it.leak is not None), None if it.leak is None else f"header at character {it.leak}"


def roles(it: Answered) -> Value:
    """1 where the text goes on as another speaker by a heading that its template does not have, outside of thoughts.

    The note says how many such headings it has, which, and where the first stands.
    """
    found = it.reading.roles
    return float(bool(found)), f"{told(found)}, from character {found[0].start}" if found else None


def truncated(it: Answered) -> Value:
    """1 where the token limit ended the text; None where a recording does not say how it ended."""
    if it.response.finish_reason is None:
        return None, "the recording does not say how the text ended"
    return float(it.response.truncated), None


def cut_in_thought(it: Answered) -> Value:
    """1 where the text ends inside a thought, so that no answer follows it."""
    return float(it.reading.unfinished), None


def empty(it: Answered) -> Value:
    """1 where nothing was written, or nothing but white space, special tokens or a thought; the note says which."""
    return (1.0, it.lack) if it.lack in EMPTY else (0.0, None)


def unbegun(it: Answered) -> Value:
    """1 where the text begins at once with the template or as another speaker; the note says which."""
    return (1.0, it.lack) if it.lack in UNBEGUN else (0.0, None)
