"""Files of answers as the command line names them: their columns, the rows that are taken, and reference models."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.asking import ReferenceFile
    from harness.config import Config
    from harness.data.recordings import Columns

References = Annotated[
    list[str] | None,
    typer.Option(
        "--reference",
        metavar="NAME=FILE",
        help="A model whose recorded answers stand beside: levels, no comparison; some answers will do.",
    ),
]
AnswerColumn = Annotated[
    list[str] | None,
    typer.Option(metavar="[NAME:]C", help="What holds the answers (of NAME's file); a dot reaches in: a.b."),
]
IdColumn = Annotated[
    list[str] | None, typer.Option(metavar="[NAME:]C", help="What holds the ids of the suite's questions.")
]
QuestionColumn = Annotated[
    list[str] | None, typer.Option(metavar="[NAME:]C", help="What holds the questions' wording.")
]
PromptColumn = Annotated[
    list[str] | None, typer.Option(metavar="[NAME:]C", help="What holds the prompt that was really sent.")
]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="[NAME:]COLUMN=VALUE", help="Of a file, only these rows: one model, one sample."),
]


def columns_of(
    names: Collection[str],
    answer: list[str] | None,
    id_: list[str] | None,
    question: list[str] | None,
    prompt: list[str] | None,
    only: list[str] | None,
) -> dict[str, Columns]:
    """Name → what is said of its file: of that name, else of every one."""
    from harness.data.recordings import Columns

    def of(name: str, texts: list[str] | None) -> str | None:
        return _chosen(texts or [], name, names)

    return {
        name: Columns(
            answer=of(name, answer),
            id=of(name, id_),
            question=of(name, question),
            prompt=of(name, prompt),
            only=_only(only or [], name, names),
        )
        for name in names
    }


def _chosen(texts: list[str], name: str, names: Collection[str]) -> str | None:
    found: dict[str | None, str] = {}
    for text in texts:
        whose, colon, column = text.partition(":")
        of = whose if colon and whose in names else None
        found[of] = text if of is None else column
    return found.get(name, found.get(None))


def _only(texts: list[str], name: str, names: Collection[str]) -> tuple[tuple[str, str], ...]:
    """(column, value) of each [NAME:]COLUMN=VALUE that is said of that name, or of every file."""
    from harness.errors import HarnessError

    found = []
    for text in texts:
        column, equals, value = text.partition("=")
        if not equals or not column or not value:
            raise HarnessError(f"'{text}' is no --only [NAME:]COLUMN=VALUE.")
        whose, colon, rest = column.partition(":")
        if not colon or whose not in names:
            found.append((column, value))
        elif whose == name:
            found.append((rest, value))
    return tuple(found)


def reference_files(
    given: Mapping[str, Path],
    columns: Mapping[str, Columns],
    benchmarks: Mapping[str, Path],
    config: Config,
    suite: str | None,
) -> dict[str, ReferenceFile]:
    """The command line's references, and the configuration's where it is this suite that it names, or none.

    What the command line says of a name beats the configuration.
    """
    from harness.asking import ReferenceFile, configured
    from harness.cli.common import remark
    from harness.data.suites import suite_name

    said = {name: configured(settings) for name, settings in config.references.items()}
    others = config.suite is not None and suite_name(config.suite) != suite_name(suite or "")
    if said and others:
        remark(f"The configuration's references ({', '.join(said)}) answered {config.suite}, and are left out here.")
        said = {}
    return said | {name: ReferenceFile(path, columns[name], benchmarks.get(name)) for name, path in given.items()}
