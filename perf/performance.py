"""docs/performance.md, made of perf/results: python -m perf performance."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from perf.goals import GOALS, PARTS
from perf.gpu_base import MISTRAL_7B
from perf.measure import ROOT
from perf.roofline import PEAKS, Training, decode_step, decoder_of, pairs_per_second
from perf.visit.results import RESULTS, Row, read

PAGE = ROOT / "docs" / "performance.md"
_TEXT = Path(__file__).with_name("performance.md.j2")
_NOT_YET = "not measured on a card yet"


def main(words: Sequence[str]) -> int:
    """0; 1 where --check finds another page than the results give."""
    parser = argparse.ArgumentParser("python -m perf performance", description="Writes docs/performance.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the page is of these results")
    arguments = parser.parse_args(words)
    text = page(RESULTS)
    if arguments.check:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("as the results give it" if same else "another page; write it with: python -m perf performance")
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    print(PAGE)
    return 0


def page(results: Path) -> str:
    """The page of all results in that folder: of each goal and card, what the latest full visit found."""
    from jinja2 import Environment, StrictUndefined

    visits = visits_of(results)
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
    given = {
        "visits": [_visit(visit) for visit in visits],
        "sections": [_section(part, says, visits) for part, says in PARTS.items()],
        "processor": list(_processor(results)),
        "backends": list(_backends(results)),
        "threads": list(_threads(results)),
        "grading": list(_grading(results)),
        "gold": list(_gold(results)),
        "notes": {key: list(_notes(results, key)) for key in ("backends", "threads")},
        **_roofline(),
    }
    return environment.from_string(_TEXT.read_text(encoding="utf-8")).render(given)


def _roofline() -> Mapping[str, Any]:
    """The figures that the page names, by the functions that the shares are counted with."""
    decoder, peak = decoder_of(MISTRAL_7B.model), next(peak for peak in PEAKS if peak.words == "H100")
    how = [Training(4, checkpointing=True, live_reference=live) for live in (True, False)]
    whole = [pairs_per_second(decoder, peak, one, (512, 512)) for one in how]
    passes = [peak.flops / (count * 2 * decoder.weights * 1024) for count in (4, 3)]
    return {
        "peaks": PEAKS,
        "decoder": decoder,
        "step": decode_step(decoder, peak, 1, 0),
        "live": passes[0],
        "before": passes[1],
        "live_whole": whole[0],
        "before_whole": whole[1],
    }


def visits_of(results: Path) -> list[list[Row]]:
    """The rows of each visit to a card, its first row first, the latest visit last; those in small prove no speed."""
    found: dict[str, list[Row]] = {}
    for path in sorted(results.glob("*.json")):
        for row in read(path):
            if "visit" in row:
                found.setdefault(f"{row['visit']} {path.name}", []).append(row)
    begun = (rows for _, rows in sorted(found.items()) if rows[0]["part"] == "visit")
    return [rows for rows in begun if rows[0]["card"] and rows[0]["scale"] == "full"]


def _visit(rows: list[Row]) -> Mapping[str, Any]:
    """One visit: what it was, and how its parts ended."""
    head = rows[0]
    wanted = ("torch", "transformers", "vllm", "trl", "peft", "bitsandbytes", "lm-eval")
    packages = ", ".join(f"{name} {head['versions'][name]}" for name in wanted if name in head["versions"])
    ends = [(row["part"], row) for row in rows if "end" in row]
    return {
        "date": str(head["visit"])[:10],
        "card": head["card"],
        "commit": _short(head["commit"]),
        "driver": head.get("driver", "?"),
        "cuda": head.get("cuda", "?"),
        "packages": packages,
        "ends": ", ".join(f"{part} {row['end']}" for part, row in ends) or "cut off before any part had ended",
        "faults": [f"{part}, {row['end']}: {_cell(row['why'])}" for part, row in ends if row["end"] != "done"],
    }


def _section(part: str, says: str, visits: Iterable[list[Row]]) -> Mapping[str, Any]:
    """A part's goals, each with what the latest visit to each card found."""
    latest: dict[tuple[str, str], tuple[Row, Row]] = {}
    for rows in visits:
        latest |= {(row["key"], rows[0]["card"]): (rows[0], row) for row in rows if "key" in row}
    lines = []
    for key, goal in GOALS.items():
        if goal.part != part:
            continue
        own = [pair for (named, _), pair in latest.items() if named == key]
        lines += [_line(goal.what, goal.goal, head, row) for head, row in own] or [
            f"| {goal.what} | {goal.goal or '–'} | {_NOT_YET} | | |"
        ]
    return {"part": part, "says": says, "lines": lines}


def _line(what: str, goal: str, head: Row, row: Row) -> str:
    met = {True: "yes", False: "**no**", None: ""}[row["met"]]
    where = f"{head['card']}, {str(head['visit'])[:10]}, {_short(head['commit'])}"
    return f"| {what} | {goal or '–'} | {_cell(row['said'])} | {met} | {where} |"


def _processor(results: Path) -> Iterable[str]:
    """What `python -m perf --json` saved in that folder, of the processor of a machine."""
    for name, row in _saved(results, "rows"):
        theirs = f"{_median(row['theirs_seconds']):.1f} s" if row["theirs_seconds"] else ""
        ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else ""
        yield f"| {row['what']} | {theirs} | {_median(row['ours_seconds']):.1f} s | {ratio} | {name} |"


def _backends(results: Path) -> Iterable[str]:
    """What `python -m perf backends` saved."""
    for name, row in _saved(results, "backends"):
        seconds = ("cut off" if row[it] is None else f"{row[it]:.1f} s" for it in ("transformers", "vllm"))
        yield f"| {row['what']} | {' | '.join(seconds)} | {name} |"


def _threads(results: Path) -> Iterable[str]:
    """What `python -m perf threads` saved."""
    for name, row in _saved(results, "threads"):
        seconds = ("cut off" if row[step] is None else f"{row[step]:.2f} s" for step in ("decode", "train"))
        yield f"| {row['what']} | {row['busy']} | {' | '.join(seconds)} | {name} |"


def _grading(results: Path) -> Iterable[str]:
    """What `python -m perf grading` saved of generated answers."""
    for name, row in _saved(results, "grading"):
        found = (_share(row[it]) for it in ("false accept", "false reject"))
        yield f"| {row['what']} | {row['half']} | {row['grader']} | {' | '.join(found)} | {name} |"


def _gold(results: Path) -> Iterable[str]:
    """What it saved of gold solutions."""
    for name, row in _saved(results, "gold"):
        yield f"| {row['what']} | {row['grader']} | {_share(row['false reject'])} | {name} |"


def _share(found: Mapping[str, float]) -> str:
    """Errors in percent of so many, with the interval."""
    share, low, high = (f"{100 * value:.2f}" for value in (found["errors"] / found["n"], found["low"], found["high"]))
    return f"{share} % ({low} to {high}) of {found['n']:,}"


def _saved(results: Path, key: str) -> Iterable[tuple[str, Any]]:
    """(the file's name, a row) of all that benchmarks saved under that key."""
    for path in sorted(results.glob("*.json")):
        try:
            saved = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        for row in saved.get(key, ()) if isinstance(saved, dict) else ():
            yield path.stem, row


def _notes(results: Path, key: str) -> Iterable[str]:
    """What has to be known of how such rows were measured."""
    for path in sorted(results.glob("*.json")):
        saved = json.loads(path.read_text(encoding="utf-8")) if f'"{key}"' in path.read_text(encoding="utf-8") else {}
        if isinstance(saved, dict) and saved.get("note") and key in saved:
            yield f"{path.stem}: {saved['note']}"


def _median(seconds: Sequence[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


def _short(commit: str) -> str:
    return commit.removeprefix("tree-")[:7]


def _cell(text: object) -> str:
    """In a table's cell, where a bar would begin the next one."""
    return " ".join(str(text).split()).replace("|", "\\|")
