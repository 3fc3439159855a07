"""check.xml: the findings as JUnit test cases, valid for Jenkins' schema and for Windy Road's stricter one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import SystemErr, SystemOut

from harness.gate.words import decision, family, place, sentence
from harness.records import Check, Finding
from harness.words import plain

_UNKNOWN_TIME = "1970-01-01T00:00:00"


def check_junit(check: Check, created: str) -> str:
    """One suite a pair of variants, one case a finding, and an error for each thing that is missing.

    created: when the run was made, ISO 8601; the same run gives the same file.
    """
    root, when = JUnitXml(), _timestamp(created)
    pairs = dict.fromkeys(_pair(finding) for finding in check.findings)
    for before, after, against in pairs:
        cases = [_case(check, row) for row in check.findings if _pair(row) == (before, after, against)]
        _add(root, check, f"{check.run}: {after} against {against or check.against}: {before}", cases, when)
    if check.missing or not pairs:
        cases = [_missing(check, number, text) for number, text in enumerate(check.missing, start=1)]
        _add(root, check, f"{check.run}: what is missing", cases, when)
    file = io.BytesIO()
    root.write(file)
    return file.getvalue().decode("utf-8") + "\n"


def _pair(finding: Finding) -> tuple[str, str, str]:
    return finding.baseline, finding.variant, finding.against


def _add(root: JUnitXml, check: Check, name: str, cases: Sequence[TestCase], when: str) -> None:
    suite = TestSuite(plain(name))
    facts = {
        "run": check.run,
        "against": check.against,
        "status": check.status,
        "require": check.require,
        "decision": decision(check),
        "family": family(check),
    }
    for key, value in facts.items():
        suite.add_property(key, plain(value))
    suite.add_testcases(list(cases))
    suite.hostname, suite.timestamp = "localhost", when
    # Windy Road's schema demands both of them, in this order and after the cases, and the two attributes below.
    suite.append(SystemOut(_lines(check.notes)))
    suite.append(SystemErr(_lines(check.missing)))
    suite._elem.attrib.update({"package": plain(check.run), "id": str(len(root))})
    root.append(suite)


def _case(check: Check, finding: Finding) -> TestCase:
    case = TestCase(plain(place(finding)), plain(f"{check.run}.{finding.variant}"), 0.0)
    text = plain(sentence(finding))
    if finding.verdict == "regressed":
        failure = Failure(text, "regressed")
        failure.text = _lines([text, *_items("lost", finding.lost_ids), *_items("gained", finding.gained_ids)])
        case.result = [failure]
    elif finding.verdict == "undecided" and check.require == "proof":
        case.result = [Failure(f"not proven: {text}", "undecided")]
    elif finding.verdict == "undecided":
        case.result = [Skipped(text, "undecided")]
    return case


def _missing(check: Check, number: int, text: str) -> TestCase:
    case = TestCase(f"missing {number}", plain(f"{check.run}.completeness"), 0.0)
    case.result = [Error(plain(text), "missing")]
    return case


def _items(word: str, names: Sequence[str]) -> list[str]:
    return [f"{word}: {', '.join(names)}"] if names else []


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(plain(text) for text in texts)


def _timestamp(created: str) -> str:
    """To the second in UTC and without a zone, which the schema forbids."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return _UNKNOWN_TIME
    return (moment.astimezone(UTC) if moment.tzinfo else moment).strftime("%Y-%m-%dT%H:%M:%S")
