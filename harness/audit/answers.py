"""What the answers say against their own scores: missing, failed, asked unlike, collapsed, cut."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import combinations

from harness.audit.evidence import Evidence
from harness.audit.words import warning
from harness.comparing import saw_unlike
from harness.data.recordings import holding_their_question, holds
from harness.records import Caveat, Question, Response
from harness.scorers import find_loop
from harness.store import is_answered

_COLLAPSE = 0.5
"""Share of answers that loop, leak or speak for others from which a variant counts as collapsed."""
_CUT = 0.1
"""Share of answers cut from which their lengths say little."""
_SHOWN = 100
"""Characters of a prompt that stand in a sentence."""
_NEAR_LIMIT = 0.75
"""Estimated tokens are within a quarter of the true ones: 448 to 581 for Mistral's real texts of 500."""
# What a tokenizer rarely splits further: up to seven letters of English, four of other alphabets; all else one by one.
_PIECE = re.compile(r"[A-Za-z]{1,7}|[\u00c0-\u08ff]{1,4}|\n+|\S")
_ENDS = frozenset(".!?…。！？؟۔।॥~～\"'*_`;|>$%/")
_PAIRED = ("```", "$$")


def failed(evidence: Evidence) -> Iterator[Caveat]:
    """Generations that ended in an error, by variant: they are not judged, so rates are of the others alone."""
    counts: dict[str, int] = defaultdict(int)
    for (variant, *_), response in evidence.run.answers.items():
        counts[variant] += response.error is not None and variant in evidence.run.variants
    if any(counts.values()):
        yield warning("failed_answers", _concerned(counts), counts=_counted(counts))


def missing(evidence: Evidence) -> Iterator[Caveat]:
    """Answers that the manifest promises and nobody has given, by variant, over all samples."""
    counts = {
        name: sum(
            (name, question.id, sample) not in evidence.run.answers
            for question in evidence.run.questions
            for sample in range(evidence.manifest.generation.samples)
        )
        for name in evidence.run.variants
    }
    if any(counts.values()):
        wanted = len(evidence.run.questions) * evidence.manifest.generation.samples
        yield warning("missing_answers", _concerned(counts), counts=_counted(counts), all=wanted)


def references_in_part(evidence: Evidence) -> Iterator[Caveat]:
    """References that answer some of the questions: on how many, and every level on these same ones."""
    run = evidence.run
    for name in run.references:
        answered = sum(is_answered(run.responses.get((name, question.id))) for question in run.questions)
        if not 0 < answered < len(run.questions):
            continue
        told = {"name": name, "answered": answered, "all": len(run.questions)}
        metric, levels, same = _same_questions(evidence, name)
        if levels:
            yield warning("reference_in_part", (name,), "levels", **told, same=same, levels=[metric, levels])
        else:
            yield warning("reference_in_part", (name,), "alone", **told)


def _same_questions(evidence: Evidence, reference: str) -> tuple[str, list[tuple[str, float]], int]:
    """(metric, (name, level) of everybody who is judged on the reference's items, how many these are).

    Of the run's first primary metric that the reference is judged on, else of the number of words.
    """
    table, judged = evidence.table, evidence.table.get(reference, {})
    wanted = [*(evidence.manifest.primary or ("correct",)), "words"]
    metric = next((it for it in wanted if it in judged and judged[it].values), "")
    found = {it: table[it][metric].values for it in (*evidence.run.variants, reference) if metric in table.get(it, {})}
    held = {name: values for name, values in found.items() if values}
    items = [item for item in held.get(reference, {}) if all(item in values for values in held.values())]
    if len(held) < 2 or not items:
        return metric, [], 0
    return metric, [(it, sum(values[item] for item in items) / len(items)) for it, values in held.items()], len(items)


def unlike_prompts(evidence: Evidence) -> Iterator[Caveat]:
    """Questions whose prompt was not the same for all variants, and full models that were asked their own way."""
    own = {name for name in evidence.run.variants if evidence.manifest.own_prompt(name) is not None}
    answers = evidence.run.responses
    # A reference is compared with nobody.
    left_out = {*own, *evidence.run.references}
    names = [name for name in dict.fromkeys(name for name, _ in answers) if name not in left_out]
    unlike = 0
    for (name, question), response in answers.items() if len(names) > 1 else ():
        at = names.index(name) if name in names else 0
        # Each question once, with the first variant that answers it.
        if name in left_out or any((other, question) in answers for other in names[:at]):
            continue
        others = (answers.get((other, question)) for other in names[at + 1 :])
        seen = {(it.prompt_sha256, it.asked) for it in (response, *others) if it is not None}
        unlike += any(saw_unlike(*pair) for pair in combinations(seen, 2))
    if unlike:
        yield warning("prompts_differ", unlike=unlike)
    if own:
        alone = tuple(name for name in evidence.run.variants if name in own)
        yield warning("own_chat_template", alone, names=", ".join(alone))


def asked_otherwise(evidence: Evidence) -> Iterator[Caveat]:
    """Recorded prompts that are not the suite's: its questions in other words, or among other things."""
    found: dict[tuple[str, str], _Otherwise] = {}
    for (name, question), response in evidence.run.responses.items():
        if response.asked is not None and (asked := evidence.question(question)) is not None:
            case = "inside" if holds(response.asked, asked.question) else "words"
            found.setdefault((name, case), _Otherwise(asked, response.asked)).add(question, response.asked)
    alike: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    for (name, case), prompts in found.items():
        alike[case, prompts.digest.digest()].append(name)
    for (case, _), alike_names in alike.items():
        held = found[alike_names[0], case]
        shown = {"id": held.first.id, "prompt": _short(held.prompt), "question": _short(held.first.question)}
        every = len(evidence.run.questions)
        yield warning("asked_otherwise", alike_names, case, asked_of=alike_names, count=held.count, all=every, **shown)


class _Otherwise:
    """Prompts of one variant that are not the suite's: the first, how many, and what tells all of them from others."""

    def __init__(self, first: Question, prompt: str) -> None:
        self.first, self.prompt = first, prompt
        self.count, self.digest = 0, sha256()

    def add(self, question: str, prompt: str) -> None:
        self.count += 1
        self.digest.update(repr((question, prompt)).encode())


def echoes_left(evidence: Evidence) -> Iterator[Caveat]:
    """Recorded answers that still hold their question, where an echo stands that nobody can tell from the answer."""
    recorded = {name for name, variant in evidence.run.variants.items() if variant.kind == "recorded"}
    recorded |= {*evidence.run.references}
    for name in [it for it in dict.fromkeys(name for name, _ in evidence.run.responses) if it in recorded]:
        many = 0

        def rows(of: str = name) -> Iterator[tuple[str, str]]:
            nonlocal many
            for (variant, question), response in evidence.run.responses.items():
                if variant == of and response.error is None and (asked := evidence.question(question)) is not None:
                    many += 1
                    yield asked.question, response.text

        if holding := holding_their_question(rows()):
            yield warning("echoes_left", (name,), name=name, holding=holding, all=many)


def switched_off(evidence: Evidence) -> Iterator[Caveat]:
    """What models' folders say of generating, and what nobody was asked with: greedy is greedy, on every backend."""
    for name, said in evidence.asked_models():
        if said.switched_off:
            shown = [f"{key}={value}" for key, value in said.switched_off.items()]
            yield warning("settings_switched_off", (name,), name=name, settings=shown)


def endless(evidence: Evidence) -> Iterator[Caveat]:
    """Models that name no end of text: every answer of theirs is cut."""
    for name, said in evidence.asked_models():
        if said.ends == {}:
            yield warning("no_end_of_text", (name,), name=name)


def collapsed(evidence: Evidence) -> Iterator[Caveat]:
    """Reward accuracies that end at 0.95 or more while half of the answers or more loop, leak or speak for others."""
    # What was not finite is kept as None.
    logged = [it for it in evidence.run.curves if it.key == "rewards/accuracies" and it.value is not None]
    last = {curve.variant: curve.value for curve in logged}
    for name, accuracy in last.items():
        worst = max(("loop", "leak", "roles"), key=lambda metric: evidence.share(name, metric))
        share = evidence.share(name, worst)
        if accuracy >= 0.95 and share >= _COLLAPSE:
            ends = {"name": name, "accuracy": accuracy, "share": share}
            yield warning("rewards_look_good_answers_do_not", (name,), worst, **ends)


def cut(evidence: Evidence) -> Iterator[Caveat]:
    """From what the engine or the recording says of how each text ended."""
    found = {name: evidence.share(name, "truncated") for name in (*evidence.run.variants, *evidence.run.references)}
    found = {name: share for name, share in found.items() if share >= _CUT}
    if found:
        yield warning("answers_cut", tuple(found), "said", shares=found)


def look_cut(evidence: Evidence) -> Iterator[Caveat]:
    """From the texts themselves, for recordings that do not say how they ended."""
    limit = evidence.manifest.token_limit
    if limit is None:
        return
    cut_off: dict[str, int] = {}
    silent: dict[str, int] = {}
    beyond: set[str] = set()
    for (name, _), response in evidence.run.responses.items():
        # Nobody knows a reference's limit.
        if response.finish_reason is None and response.error is None and name in evidence.run.variants:
            silent[name] = silent.get(name, 0) + 1
            if name not in beyond:
                cut_off[name] = cut_off.get(name, 0) + _is_cut(response, limit)
                if _exceeds(response, limit):
                    beyond.add(name)
    # Of those beyond the limit some other one held, which nobody told.
    found = {name: 0.0 if name in beyond else cut_off[name] / many for name, many in silent.items()}
    found = {name: share for name, share in found.items() if share >= _CUT}
    if found:
        yield warning("answers_cut", tuple(found), "inferred", shares=found, limit=limit)


def looks_cut(text: str, limit: int) -> bool:
    """Whether a text is about as long as the limit allows and stops where nobody would stop."""
    return estimated_tokens(text) >= _NEAR_LIMIT * limit and (is_unfinished(text) or find_loop(text) is not None)


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is to a usual tokenizer; a Han character, a digit and a mark count as one each."""
    return len(_PIECE.findall(text))


def is_unfinished(text: str) -> bool:
    """Whether a text stops without a closing mark, or inside a code block or formula."""
    body = text.rstrip()
    if not body:
        return False
    closed = body[-1] in _ENDS or unicodedata.category(body[-1]) in {"Pe", "Pf", "So"}
    return not closed or any(body.count(mark) % 2 for mark in _PAIRED)


def _is_cut(response: Response, limit: int) -> bool:
    tokens = response.completion_tokens
    return looks_cut(response.text, limit) if tokens is None else tokens >= limit


def _exceeds(response: Response, limit: int) -> bool:
    # No usual tokenizer makes one token of two words.
    return (response.completion_tokens or len(response.text.split())) > limit


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else f"{flat[: _SHOWN - 1]}…"


def _counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _concerned(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(_counted(counts))
