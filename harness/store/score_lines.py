"""Lines of scores.jsonl, twenty an answer: written as any row is, without a dictionary made of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from json.encoder import encode_basestring

from harness.records import Score
from harness.store.files import json_line


def score_lines(scores: Iterable[Score]) -> Iterator[str]:
    """Each score as a line of its file."""
    whose, before, behind = None, "", ""
    for score in scores:
        value = score.value
        if value is not None and (type(value) is not float or not math.isfinite(value)):
            yield json_line(_row(score))
            continue
        if whose != (score.variant, score.suite, score.question_id, score.sample):
            whose = (score.variant, score.suite, score.question_id, score.sample)
            variant, suite, question = map(encode_basestring, whose[:3])
            before = f'{{"variant": {variant}, "suite": {suite}, "question_id": {question}, "metric": '
            behind = f', "sample": {score.sample}'
        note = "null" if score.note is None else encode_basestring(score.note)
        number = "null" if value is None else repr(value)
        yield f'{before}{encode_basestring(score.metric)}, "value": {number}, "note": {note}{behind}{_claim(score)}}}\n'


def _claim(score: Score) -> str:
    if score.rule is None:
        return ""
    read = "null" if score.read is None else encode_basestring(score.read)
    return f', "read": {read}, "rule": {encode_basestring(score.rule)}'


def _row(score: Score) -> dict[str, object]:
    row = asdict(score)
    if score.rule is None:
        del row["read"], row["rule"]
    return row
