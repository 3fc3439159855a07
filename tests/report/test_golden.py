"""The reports' HTML beside what it was: a change that nobody meant shows here.

After a change that is meant: GOLDEN=write make test, and look at the difference in git before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from harness.report import render_report
from harness.store import read_run
from tests.support.report_fixture import make_run

GOLDEN = Path(__file__).parent / "golden"


def scrubbed(html: str, folder: Path) -> str:
    """One element a line, without pictures, the page's own style and script, and what differs from place to place."""
    html = re.sub(r"<(style|script)[^>]*>.*?</\1>", r"<\1></\1>", html, flags=re.DOTALL)
    html = re.sub(r"<svg\b.*?</svg>", "<svg></svg>", html, flags=re.DOTALL)
    html = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256", html)
    html = html.replace(str(folder), "FOLDER")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"(</\w+>|<br>)(?=<)", r"\1\n", html)).strip() + "\n"


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("template", ["summary", "assignment"])
def test_the_page_is_what_it_was(template: str, lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path / "runs" / "eval" / "golden", questions=6)
    (path,) = render_report(read_run(run), template, lang, ["html"])
    page = scrubbed(path.read_text(encoding="utf-8"), tmp_path)
    golden = GOLDEN / f"{template}.{lang}.html"
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")
