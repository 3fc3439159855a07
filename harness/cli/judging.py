"""The commands of judges: win rates of a run from verdicts, and what labelled pairs show of a judge."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from harness.cli.common import ConfigFile, answer, pairs, remark

if TYPE_CHECKING:
    from harness.store import Run


class RunOrCommand(TyperGroup):
    """`harness judge RUN` beside `harness judge check FILE`: what names no command is a run."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names, else `of` with all words as its own."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["of", *args])


def judge(
    run: str,
    verdicts: Annotated[Path | None, typer.Option(help="A file of verdicts; docs/judging.md shows the forms.")] = None,
    by: Annotated[
        str | None, typer.Option("--judge", metavar="MODEL", help="A local model: a folder, a GGUF file or a hub's id.")
    ] = None,
    rubric: Annotated[Path | None, typer.Option(help="With --judge: a text file that says what is better.")] = None,
    people: Annotated[
        bool, typer.Option("--people", help="Write a page on which people judge; it saves a file for --verdicts.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="What the judge is called (default: the file's name).")] = None,
    against: Annotated[str | None, typer.Option(help="The variant that others are compared with (the base).")] = None,
    model: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VARIANT", help="Which variant a name of the file is.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="With --people: at most so many pairs, drawn by the seed.")] = 100,
    lang: Annotated[str, typer.Option(help="With --people: the page's language.")] = "en",
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say how often each variant's answer is preferred: by a model, by verdicts, or write the page that asks people."""
    from harness.errors import HarnessError
    from harness.store import find_run

    if people + (verdicts is not None) + (by is not None) != 1:
        raise HarnessError("Who judges? Give one of --judge MODEL, --verdicts FILE, and --people for a page to send.")
    found = find_run(run)
    if people:
        _ask_people(found, against, limit, lang)
        return
    from harness.cli.printed import judged_table
    from harness.judges import FOLDER, cast_ballots, judge_run, keep, read_verdicts
    from harness.store import check_name

    if verdicts is None:
        judge_name = name or Path(str(by)).name
        check_name("judge", judge_name)
        verdicts = _ask_model(found, str(by), judge_name, against, rubric, config)
    judge_name = name or (Path(by).name if by else verdicts.stem)
    check_name("judge", judge_name)
    read = read_verdicts(verdicts)
    called = {key: str(variant) for key, variant in pairs(model or [], "--model NAME=VARIANT").items()}
    cast = cast_ballots(read, found, against, called)
    judgement = judge_run(found, cast.ballots, judge_name, str(verdicts), read.form, found.manifest.seed or 0)
    keep(found, judgement, cast.ballots)
    for note in cast.notes:
        remark(note)
    answer(json.dumps(asdict(judgement), ensure_ascii=False) if as_json else judged_table(judgement))
    if not as_json:
        answer(f"\nverdicts {found.path / FOLDER / judge_name}.jsonl")


def _ask_model(run: Run, by: str, name: str, against: str | None, rubric: Path | None, config: Path | None) -> Path:
    """Asks the model for what is not yet judged; returns the file of its verdicts."""
    from harness.config import load_config
    from harness.errors import HarnessError
    from harness.judges import FOLDER, ask_judge
    from harness.models import find_base
    from harness.report import base_of

    settings = load_config(config)
    try:
        said = rubric.read_text(encoding="utf-8") if rubric else ""
    except (OSError, UnicodeDecodeError) as error:
        raise HarnessError(f"{rubric} cannot be read as text: {error}.") from None
    verdicts, remarks = ask_judge(
        run, run.path / FOLDER, name, find_base(by), settings.serving, against or base_of(run.summary).name, said,
        settings.folders.prompts,
    )  # fmt: skip
    for text in remarks:
        remark(text)
    return verdicts


def _ask_people(run: Run, against: str | None, limit: int, lang: str) -> None:
    from harness.judges import FOLDER
    from harness.report import write_people_page
    from harness.words import words

    folder, tag = run.path / FOLDER, words(lang).lang
    folder.mkdir(exist_ok=True)
    path = folder / ("people.html" if tag == "en" else f"people.{tag}.html")
    many = write_people_page(run, path, against, limit, lang)
    answer(f"{many} pairs  {path}\nSend it; what comes back: harness judge {run.id} --verdicts {run.id}-people.json")


def check(
    verdicts: Annotated[Path, typer.Argument(help="A judge's verdicts; alone, with a label in each row.")],
    labels: Annotated[Path | None, typer.Option(help="What people said of the same pairs, in any form.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what labelled pairs show of a judge: is it right, is it consistent, what else moves it."""
    from harness.cli.printed import checked_table
    from harness.judges import check_files

    found = check_files(verdicts, labels)
    answer(json.dumps(asdict(found), ensure_ascii=False) if as_json else checked_table(found))
