"""Further trainings made elsewhere, laid down beside a run's own: each a run of its own inside the run's folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from harness.asking.importing_results import curves_place
from harness.asking.settings_files import members, read_settings, settings_of_log, together, told_settings
from harness.config import ExperimentSettings
from harness.curves import Logged, read_logged, wandb_path
from harness.data.recordings import Questionnaire, Recording, read_recording
from harness.errors import HarnessError, refuse_differing, unknown
from harness.machine import now
from harness.records import METHODS, Response, Variant
from harness.resources import file_digest, files_digest
from harness.store import (
    ADAPTER_CONFIG,
    Experiment,
    RecordedSettings,
    Run,
    RunFolder,
    check_name,
    experiment_folder,
    held_experiment,
    move_aside,
    read_experiments,
    write_experiment,
)


@dataclass(frozen=True)
class RecordedExperiment:
    """An experiment whose files were read, and nothing of it written."""

    name: str
    method: str | None
    against: str | None
    base: str
    own_base: bool
    why: str | None
    recordings: Mapping[str, Recording]
    """Variant → answers: its own, and its base's where that is another model; empty where none were given."""
    files: Mapping[str, Path]
    logged: Logged | None
    settings: RecordedSettings | None
    identity: Mapping[str, Any]

    def told(self) -> Iterator[str]:
        """What its files were read as, and what is missing, a line each."""
        for variant, recording in self.recordings.items():
            notes = "".join(f"; {note}" for note in recording.notes)
            whose = f"{self.name}" if variant == self.name else f"{self.name}, base {variant}"
            yield f"{whose}: read as {recording.form}, rows: {len(recording.responses)}{notes}"
        parts = {"answers": self.recordings, "curves": self.logged, "settings": self.settings}
        there, missing = ([part for part, it in parts.items() if bool(it) is known] for known in (True, False))
        if missing:
            yield f"{self.name}: {' and '.join(there)} only; not given: {', '.join(missing)}."
        if self.method is None:
            yield (
                f"{self.name}: neither settings nor curves nor its name say its method, so it is set beside the "
                "base alone. Say method=dpo (or orpo, …) or against=VARIANT."
            )
        elif self.against is None:
            yield (
                f"{self.name}: no variant of this run is {METHODS[self.method]}, so it is set beside the base "
                "alone. Say against=VARIANT."
            )


def read_experiment_files(
    wanted: Sequence[ExperimentSettings], asked: Questionnaire | None, variants: Mapping[str, str | None]
) -> list[RecordedExperiment]:
    """Every experiment's files, read; refuses what no experiment can be, before anything is written.

    asked: the run's questions, None where it asked none; variants: name → method, the base first.
    """
    _check_names(wanted, variants)
    return [_read(item, asked, variants) for item in wanted]


def set_aside(run: RunFolder, experiments: Sequence[RecordedExperiment]) -> None:
    """Frees the experiments' names without losing what lies there, beside the folder that reports read."""
    for experiment in experiments:
        folder = experiment_folder(run.path, experiment.name).path
        if folder.exists():
            aside = folder.parent.with_name(f"{folder.parent.name}.aside") / folder.name
            aside.parent.mkdir(exist_ok=True)
            move_aside(aside)
            folder.rename(aside)


def refuse_other_experiments(run: RunFolder, experiments: Sequence[RecordedExperiment]) -> None:
    """Refuses an experiment of a name under which other files lie in the run already."""
    for experiment in experiments:
        folder = experiment_folder(run.path, experiment.name)
        held = held_experiment(folder)
        if held is not None:
            refuse_differing(folder.path, held.identity, experiment.identity)


def write_experiments(run: Run, experiments: Sequence[RecordedExperiment], command: str) -> list[Run]:
    """Lays them down in the run's folder; those that have answers, of these and of before, are runs to be scored."""
    numbers = [held.told.number for held in read_experiments(run)]
    for number, experiment in enumerate(experiments, start=max(numbers, default=0) + 1):
        folder = experiment_folder(run.path, experiment.name)
        held = held_experiment(folder)
        if held is None:
            _write(run, folder, experiment, number, command)
        elif held.why != experiment.why:
            # Words about it may be mended; it is the same experiment.
            write_experiment(folder, replace(held, why=experiment.why))
    return [held.run for held in read_experiments(run) if held.told.answers is not None]


def _check_names(wanted: Sequence[ExperimentSettings], variants: Collection[str]) -> None:
    seen: set[str] = set()
    for item in wanted:
        check_name("experiment", item.name)
        if item.name in variants:
            raise HarnessError(f"'{item.name}' is a variant of this run. Give the experiment a name of its own.")
        if item.name in seen:
            raise HarnessError(f"Experiment '{item.name}' is given twice.")
        seen.add(item.name)


def _read(
    item: ExperimentSettings, asked: Questionnaire | None, variants: Mapping[str, str | None]
) -> RecordedExperiment:
    base, *tuned = variants
    files = _answer_files(item, base)
    logged = None if item.curves is None else _logged(item)
    settings = together(_settings(item), None if item.curves is None else settings_of_log(item.curves))
    method = item.method or _method(item.name, settings, logged)
    against = item.against
    if against is not None and against not in tuned:
        if against == base:
            raise HarnessError(
                f"Experiment '{item.name}': {base} is the base, with which every experiment is compared."
            )
        unknown("variant", against, tuned, f"Experiment '{item.name}' is against a training of this run.")
    if against is None and method is not None:
        against = next((name for name in tuned if variants[name] == method), None)
    return RecordedExperiment(
        name=item.name,
        method=method or (variants[against] if against else None),
        against=against,
        base=next(iter(files)) if item.base else base,
        own_base=item.base is not None,
        why=" ".join(item.why.split()) if item.why and item.why.strip() else None,
        recordings=_recordings(item, files, asked, variants),
        files=files,
        logged=logged,
        settings=settings,
        identity=_identity(item, files, method, against),
    )


def _answer_files(item: ExperimentSettings, base: str) -> dict[str, Path]:
    """Variant → file: those of its own base first."""
    if item.answers is None:
        return {}
    files: dict[str, Path] = {}
    if item.base is not None:
        named = item.base_name or Path(item.base).stem
        check_name("base", named)
        if named in (base, item.name):
            raise HarnessError(
                f"Experiment '{item.name}': its base cannot be called '{named}', as another of its variants is. "
                "Say base_name."
            )
        files[named] = Path(item.base)
    return {**files, item.name: Path(item.answers)}


def _recordings(
    item: ExperimentSettings, files: Mapping[str, Path], asked: Questionnaire | None, variants: Collection[str]
) -> dict[str, Recording]:
    if not files:
        return {}
    if asked is None:
        raise HarnessError(
            f"Experiment '{item.name}' has answers, which are judged by their questions. Give --suite SUITE."
        )
    if item.base and set(files) & set(variants):
        taken = next(name for name in files if name in variants)
        raise HarnessError(f"Experiment '{item.name}': '{taken}' is a variant of this run. Say base_name.")
    return {name: read_recording(_there(path, item.name), name, asked) for name, path in files.items()}


def _there(path: Path, name: str) -> Path:
    if not path.exists():
        raise HarnessError(f"Experiment '{name}': there is no file {path}.")
    return path


def _logged(item: ExperimentSettings) -> Logged:
    source = str(item.curves)
    if not wandb_path(source):
        _there(_plain(Path(source)), item.name)
    return read_logged(source, item.name)


def _plain(path: Path) -> Path:
    """The file itself, of a run inside a project of Trackio."""
    return path.parent if path.parent.is_file() else path


def _settings(item: ExperimentSettings) -> RecordedSettings | None:
    if item.settings is None:
        return _beside(item)
    if isinstance(item.settings, dict):
        told = told_settings(item.settings)
        return told if told.values else _no_setting(item.name)
    paths = [item.settings] if isinstance(item.settings, str) else item.settings
    return read_settings(_there(Path(path), item.name) for path in paths)


def _beside(item: ExperimentSettings) -> RecordedSettings | None:
    """PEFT's configuration in the folder of a checkpoint whose log was given."""
    if item.curves is None:
        return None
    place = Path(item.curves)
    folder = place if place.is_dir() else place.parent
    is_training = (folder / "trainer_state.json").is_file() and (folder / ADAPTER_CONFIG).is_file()
    return read_settings([folder / ADAPTER_CONFIG]) if is_training else None


def _no_setting(name: str) -> NoReturn:
    raise HarnessError(f"Experiment '{name}': its settings hold none. Write them as settings: {{learning_rate: 1e-6}}")


def _method(name: str, settings: RecordedSettings | None, logged: Logged | None) -> str | None:
    """As its settings say, else its curves, else its name."""
    if settings is not None and settings.values.get("method") in METHODS:
        return str(settings.values["method"])
    keys = {curve.key.removeprefix("eval_") for curve in logged.curves} if logged is not None else set()
    if keys & {"log_odds_ratio", "log_odds_chosen"}:
        return "orpo"
    parts = set(re.split(r"[\W_]", name.casefold()))
    named = next((method for method in METHODS if method in parts), None)
    if named is None and "kl" in keys:
        return "kto"
    # CPO's trainer, by which SimPO is trained, logs nll_loss; what is left of TRL's with rewards is DPO.
    if named is None and "rewards/margins" in keys and "nll_loss" not in keys:
        return "dpo"
    return named


def _identity(
    item: ExperimentSettings, files: Mapping[str, Path], method: str | None, against: str | None
) -> dict[str, Any]:
    found: dict[str, Any] = {f"answers {name}": file_digest(path) for name, path in files.items()}
    if item.curves is not None:
        found["curves"] = curves_place(Path(item.curves))
    if isinstance(item.settings, dict):
        found["settings"] = item.settings
    elif item.settings is not None:
        paths = [Path(it) for it in ([item.settings] if isinstance(item.settings, str) else item.settings)]
        found["settings"] = files_digest(tuple(it for path in paths for it in members(path)))
    return {**found, "method": method, "against": against}


def _write(run: Run, folder: RunFolder, experiment: RecordedExperiment, number: int, command: str) -> None:
    """The folder's files, experiment.json last."""
    curves = [replace(it, variant=experiment.name) for it in experiment.logged.curves] if experiment.logged else []
    beside = [it for it in run.curves if it.variant == experiment.against]
    if experiment.recordings:
        folder.write_questions(run.questions)
        folder.write_responses(_responses(run, experiment))
    if experiment.recordings or curves:
        folder.write_curves([*(beside if experiment.recordings else ()), *curves])
    if experiment.recordings:
        _write_manifest(run, folder, experiment, command)
    answers = experiment.recordings.get(experiment.name)
    write_experiment(
        folder,
        Experiment(
            format_version=1,
            name=experiment.name,
            number=number,
            created=now(),
            command=command,
            method=experiment.method,
            against=experiment.against,
            base=experiment.base,
            own_base=experiment.own_base,
            why=experiment.why,
            answers=None
            if answers is None
            else {"file": experiment.files[experiment.name].name, "form": answers.form, "rows": len(answers.responses)},
            curve_source=experiment.logged.source if experiment.logged else None,
            settings=experiment.settings,
            identity=experiment.identity,
        ),
    )


def _own(run: Run, experiment: RecordedExperiment) -> list[Variant]:
    """Of the run's variants those that it is compared with: none where its base is another model."""
    if experiment.own_base:
        return []
    wanted = (experiment.base, experiment.against)
    return [variant for variant in run.manifest.variants if variant.name in wanted]


def _responses(run: Run, experiment: RecordedExperiment) -> Iterator[Response]:
    names = {variant.name for variant in _own(run, experiment)}
    yield from (response for (variant, _, _), response in run.answers.items() if variant in names)
    # Under a limit, a file may hold answers to questions that the run did not ask.
    asked = {question.id for question in run.questions}
    for recording in experiment.recordings.values():
        yield from (response for response in recording.responses if response.question_id in asked)


def _write_manifest(run: Run, folder: RunFolder, experiment: RecordedExperiment, command: str) -> None:
    """The run's own manifest, of these variants."""
    held, own = run.manifest, _own(run, experiment)
    new = [
        Variant(name, "recorded", experiment.method if name == experiment.name else None, file_digest(path), str(path))
        for name, path in experiment.files.items()
    ]
    variants = (*own, *new)
    names = {variant.name for variant in own}
    sources = {name: it for name, it in (held.curve_sources or {}).items() if name in names}
    if experiment.logged is not None:
        sources[experiment.name] = experiment.logged.source
    recorded = {name: it for name, it in (held.recorded_settings or {}).items() if name in names}
    if experiment.settings is not None:
        recorded[experiment.name] = experiment.settings
    first = held.base if own else replace(held.base, name=new[0].name, path=None, digest=str(new[0].digest), kept=None)
    folder.write_manifest(
        replace(
            held,
            run=folder.id,
            created=now(),
            command=command,
            base=first,
            variants=variants,
            tasks={},
            trainings={name: it for name, it in held.trainings.items() if name in names},
            curve_sources=sources or None,
            recorded_settings=recorded or None,
            result_sources=None,
            identity=experiment.identity,
            kept=None,
        )
    )
