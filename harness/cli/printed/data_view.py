"""What the commands on preference data print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.data import QUANTILES, DataLook, DataSource, SeenQuestions, ShownRow, TrainedAs
from harness.data.preferences import Preferences
from harness.data.suites import Suite
from harness.words import aligned, numerals, plain

_LONGEST, _HINTS = 240, 5


def data_view(data: DataSource, found: DataLook, trained: TrainedAs | None, whose: str, suite: Suite | None) -> str:
    """A look at preference data, as a terminal shows it."""
    facts = [*_facts(found), *_treatment(trained, whose)]
    if suite is not None and found.seen is not None:
        facts.append(("overlap", _overlap(found.seen, suite)))
    head = f"{data.source}: {found.rows:,} rows, {found.usable:,} of them usable"
    hints = [f"! {hint}" for hint in _hints(found)]
    rows = [line for row in found.drawn.shown for line in _row(row)]
    blocks = [[plain(head), aligned(facts)], _lengths(found, trained), hints, rows]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def converted(found: Preferences, path: Path) -> str:
    """What was written, and what was not."""
    read = ", ".join(found.shapes)
    lost = f"\ndropped  {_counts(found.dropped)}" if found.dropped else ""
    return f"{path}: {len(found.usable):,} of {found.rows:,} rows\nread as  {plain(read)}{lost}"


def _facts(found: DataLook) -> Iterator[tuple[str, str]]:
    counts = found.counts
    yield "read as", _counts(found.shapes) if len(found.shapes) > 1 else "".join(found.shapes)
    singles = counts.rows - counts.pairs
    held = [(counts.pairs, "pairs"), (singles, "single answers with a label")]
    answers = " and ".join(f"{number:,} {what}" for number, what in held if number)
    yield "holds", f"{answers}; {counts.several_turns:,} of several turns, {counts.with_system:,} with a system line"
    if counts.scored:
        low, high = counts.margins
        mean = counts.total_margin / counts.scored
        yield "margins", f"{low:g} to {high:g}, {mean:.3g} on average, between the scores of {counts.scored:,} rows"
    yield "dropped", _counts(found.dropped) if found.dropped else "none"


def _treatment(trained: TrainedAs | None, whose: str) -> Iterator[tuple[str, str]]:
    if trained is None:
        yield "tokenizer", f"{whose}: lengths are in words, and what max_length would drop is not known"
        return
    line = {None: "each row's own", "": "none"}.get(trained.system, repr(trained.system))
    yield "template", f"{trained.template.name}, tokens of {whose}; system line: {line}"


def _lengths(found: DataLook, trained: TrainedAs | None) -> list[str]:
    drawn = found.drawn
    total = found.usable + found.dropped.get("duplicate", 0)
    of = f"all {drawn.rows:,} rows" if drawn.rows == total else f"{drawn.rows:,} rows drawn of {total:,}"
    names = [_percent(share) for share in QUANTILES[:-1]]
    table = [["", *names, "longest"]]
    table += [[part, *(f"{length:,}" for length in lengths)] for part, lengths in drawn.lengths.items()]
    lines = [f"lengths in {'words' if trained is None else 'tokens'}, of {of}", aligned(table)]
    if trained is not None:
        lost = _counts(drawn.unfit) if drawn.unfit else "none"
        cut = f"answers cut: {drawn.answers_cut:,}"
        lines.append(f"at max_length {trained.max_length:,}, of these dropped: {lost}; {cut}")
    return lines


def _hints(found: DataLook) -> Iterator[str]:
    bias, counts = found.drawn.bias, found.counts
    if bias is not None and bias.strong:
        yield (
            f"The chosen answer is the longer one in {_percent(bias.longer)} of pairs, and {bias.ratio:.1f} times as "
            "long on average: a training learns length from them, whatever else it learns."
        )
    if counts.contradicted:
        yield f"In {counts.contradicted:,} rows the rejected answer scored higher; they are trained on as they are."
    if 2 * sum(found.dropped.values()) > found.rows:
        yield "More than half of the rows are dropped: harness train asks for --set allow_dropped=true."


def _percent(share: float) -> str:
    return numerals.percent(share, 0, sign=" %")


def _overlap(seen: SeenQuestions, suite: Suite) -> str:
    shares, all_ = seen.alike, f"{len(suite.questions):,} questions of {plain(suite.name)}"
    if not shares and not seen.paired:
        return f"none of the {all_} stand in the prompts"
    worst = sorted(shares, key=lambda it: -shares[it])[:_HINTS]
    named = ", ".join(f"{it} ({_percent(shares[it])})" for it in worst)
    paired = f"the pairs are of {len(seen.paired):,} of the {all_}" if seen.paired else ""
    alike = f"{len(shares):,} of the {all_} stand in the prompts, by half or more: {named}" if shares else ""
    return "; ".join(part for part in (paired, alike) if part)


def _row(row: ShownRow) -> list[str]:
    lines = [f"row {row.row:,}"]
    for part, text in row.parts.items():
        lines.append(f"  {part:9} {_short(text)}")
        if part != "prompt" and (end := row.ends.get(part)):
            lines.append(f"  {'':9} ends with {_pieces(end)}")
    return lines


def _pieces(tokens: Sequence[str]) -> str:
    return " ".join(f"[{plain(token)}]" for token in tokens)


def _short(text: str) -> str:
    """A text on one line, with its ends of line as signs, and its middle left out."""
    half = _LONGEST // 2
    said = text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"
    return plain(said.replace("\n", " ↵ "))


def _counts(found: Mapping[str, int]) -> str:
    return plain(", ".join(f"{name}: {count:,}" for name, count in sorted(found.items(), key=lambda it: -it[1])))
