"""Times the scorers in this process: python -m perf.score_answers ANSWERS PAIRS OUTPUT."""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from rouge_score.rouge_scorer import RougeScorer

from harness.data import load_template
from harness.records import Match, Question, Response
from harness.scorers import count_words, rouge_l, score_response
from perf.measure import ROOT

_REAL = ROOT.parent / "shared" / "real" / "alpaca_eval"
# As many kinds as a suite may mix; seven, so that no text soon meets the same kind again.
_KEYS: tuple[tuple[Match, str | None], ...] = (
    ("open", None),
    ("contains", "water"),
    ("exact", "Paris"),
    ("number", "42"),
    ("ratio", "2:23"),
    ("choice", "B"),
    ("regex", r"\b1[0-9]{3}\b"),
)


@dataclass(frozen=True)
class Text:
    """An answer and the question that it answers."""

    question: str
    answer: str


def main(answers: int, pairs: int, output: Path) -> None:
    """Writes the seconds of both measurements as JSON."""
    texts, source = answer_texts()
    words = sum(count_words(text.answer) for text in texts) / len(texts)
    found = {"source": source, "words": words, "seconds": _score(texts, answers), **_rouge(texts, pairs)}
    output.write_text(json.dumps(found), encoding="utf-8")


def answer_texts() -> tuple[list[Text], str]:
    """Real answers where they are at hand, else made-up ones; and which."""
    real = _real_texts()
    return (real, "of AlpacaEval") if real else (_generated_texts(), "generated")


def _score(texts: list[Text], count: int) -> float:
    """Seconds for all metrics but ROUGE of `count` answers."""
    headers = load_template("alpaca").headers
    questions = [keyed_question(number, text) for number, text in enumerate(islice(cycle(texts), count))]
    responses = [_response(str(number), text.answer) for number, text in enumerate(islice(cycle(texts), count))]
    started = time.perf_counter()
    for question, response in zip(questions, responses, strict=True):
        score_response(question, response, headers, rouge=False)
    return time.perf_counter() - started


def _rouge(texts: list[Text], count: int) -> dict[str, Any]:
    """Seconds of the package's own call and of ours, pair by pair in turn, and how many values are the same."""
    scorer = RougeScorer(["rougeL"])
    # The first call imports what it needs.
    rouge_l("one", "one")
    theirs = ours = 0.0
    same = 0
    for reference, answer in islice(zip(cycle(texts), cycle(texts[1:] + texts[:1]), strict=True), count):
        started = time.perf_counter()
        expected = float(scorer.score(reference.answer, answer.answer)["rougeL"].fmeasure)
        between = time.perf_counter()
        value = rouge_l(reference.answer, answer.answer)
        ours += time.perf_counter() - between
        theirs += between - started
        same += abs(value - expected) < 1e-9
    return {"rouge_theirs": theirs, "rouge_ours": ours, "rouge_same": same}


def _real_texts() -> list[Text]:
    """Real answers of three models in the order of the questions; none where the files are not there."""
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(_REAL.glob("*.json"))]
    return [Text(row["instruction"], row["output"]) for rows in zip(*files, strict=False) for row in rows]


def _generated_texts() -> list[Text]:
    """Made-up answers as long as AlpacaEval's: about 240 words in sentences, numbers among them."""
    source = random.Random(0)
    vocabulary = ["".join(source.choices("aeiounrstlm", k=source.randint(2, 9))) for _ in range(2000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]

    def sentence() -> str:
        words = source.choices(vocabulary, weights, k=source.randint(6, 20))
        words.insert(source.randrange(len(words)), str(source.randrange(2000)))
        return " ".join(words).capitalize() + "."

    return [Text(sentence(), " ".join(sentence() for _ in range(source.randint(4, 30)))) for _ in range(2400)]


def keyed_question(number: int, text: Text) -> Question:
    """The question of a text, with one of several kinds of keys in turn."""
    match, answer = _KEYS[number % len(_KEYS)]
    return Question(str(number), text.question, match, answer)


def _response(question_id: str, text: str) -> Response:
    return Response("base", "alpaca_eval", question_id, text, "", completion_tokens=500, finish_reason="stop")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
