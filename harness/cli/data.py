"""Commands on preference data: what they hold, and one shape for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.common import ConfigFile, Prompt, System, answer, asked_with

if TYPE_CHECKING:
    from harness.config import Config
    from harness.data import DataSource, TrainedAs

Source = Annotated[str, typer.Argument(metavar="FILE", help="A file, a folder, or a dataset of the hub (OWNER/NAME).")]
Split = Annotated[str | None, typer.Option(help="Of data that have several (train).")]
Name = Annotated[str | None, typer.Option(help="The part of a dataset that has several.")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--columns", help="PART=COLUMN, where the data call it otherwise: chosen=output_chosen. Repeatable."),
]


def show(
    source: Source,
    base: Annotated[str | None, typer.Option(help="The model whose tokens are counted (the configuration's).")] = None,
    prompt: Prompt = None,
    system: System = None,
    suite: Annotated[str | None, typer.Option(help="Look for this suite's questions in the prompts.")] = None,
    max_length: Annotated[int | None, typer.Option(help="Tokens of prompt and answer (the training's).")] = None,
    split: Split = None,
    name: Name = None,
    columns: Columns = None,
    config: ConfigFile = None,
) -> None:
    """Show counts, lengths, duplicates, rows as they are trained on, and what would be dropped."""
    from harness.cli.printed import data_view
    from harness.config import load_config
    from harness.data import look_at
    from harness.data.suites import load_suite

    settings = asked_with(load_config(config), prompt, system)
    asked = None if suite is None else load_suite(suite, settings.folders.tasks)
    data = _data(settings, source, split, name, columns)
    trained, whose = _trained_as(settings, data, base, max_length)
    answer(data_view(data, look_at(data, trained, asked), trained, whose, asked))


def convert(
    source: Source,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A file NAME.jsonl.")],
    split: Split = None,
    name: Name = None,
    columns: Columns = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    config: ConfigFile = None,
) -> None:
    """Write data of any shape as one JSONL of prompt, chosen, rejected (or prompt, completion, label)."""
    from harness.cli.printed import converted
    from harness.config import load_config
    from harness.data import refuse_place, write_canonical
    from harness.data.preferences import read_preferences

    refuse_place(out, force)
    data = _data(load_config(config), source, split, name, columns)
    found = read_preferences(data.source, data.split, data.name, data.columns)
    write_canonical(found, out)
    answer(converted(found, out))


def _data(settings: Config, source: str, split: str | None, name: str | None, columns: list[str] | None) -> DataSource:
    """Where the rows are; of the data that the configuration names, as it says."""
    from harness.cli.common import pairs
    from harness.data import DataSource

    given = {part: str(column) for part, column in pairs(columns or [], "PART=COLUMN").items()}
    if source != settings.train.data:
        return DataSource(source, split or "train", name, given)
    said = settings.train
    return DataSource(source, split or said.split, name or said.name, given or said.columns)


def _trained_as(
    settings: Config, data: DataSource, base: str | None, max_length: int | None
) -> tuple[TrainedAs | None, str]:
    """(how the training would take the rows, whose tokens those are); (None, why) where there is no tokenizer."""
    from harness.data import TrainedAs, chat_template_of, load_template
    from harness.errors import HarnessError
    from harness.models import find_base, load_tokenizer
    from harness.training import plan_training

    wanted = base or settings.base or "pocket"
    try:
        tokenizer = load_tokenizer(find_base(wanted), settings.train.trust_remote_code)
    except (HarnessError, ImportError) as error:
        return None, f"no tokenizer of {wanted} is at hand ({str(error).rstrip('.')})"
    given = {"data": data.source, "split": data.split, "name": data.name, "columns": dict(data.columns), "base": wanted}
    plan = plan_training("dpo", None, settings, given)
    template = load_template(plan.prompt, plan.prompt_folders, chat_template_of(tokenizer, plan.day))
    length = max_length or int(plan.arguments["max_length"])
    return TrainedAs(tokenizer, template, plan.settings.system, length), wanted
