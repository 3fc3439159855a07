"""Whether two runs asked the same: what changed is named, and they are not compared then."""

from __future__ import annotations

from dataclasses import asdict

from harness.errors import HarnessError
from harness.store import Manifest, Run

_SHOWN = 5
_TOLD = ("temperature", "top_p", "max_new_tokens")
"""Settings without which nobody can say that two runs were asked alike."""
_OF_THE_MODEL = ("model", "revision", "dtype", "quantization", "versions")
"""What a recording tells beside how it was asked."""


def refuse_drift(run: Run, against: Run) -> None:
    """Raises with the name of what changed: suite, questions, prompt, system line, generation, lm-eval tasks."""
    if changes := drift(run, against):
        raise HarnessError(
            f"{run.id} and {against.id} were not asked alike: {'; '.join(changes)}. "
            "Evaluate the baseline again with what is asked now."
        )


def drift(run: Run, against: Run) -> list[str]:
    """What changed between the runs, a phrase each; nothing where both were asked alike."""
    # lm-eval's results alone were asked no suite that could be another one.
    asked = [*_settings(against.manifest, run.manifest), *_questions(against, run)]
    both = run.has_suite and against.has_suite
    return [*(asked if both else ()), *_tasks(against.manifest, run.manifest)]


def unknown_prompts(run: Run, against: Run) -> list[str]:
    """A sentence where nobody knows a run's prompts, so that they are neither alike nor other ones."""
    unknown = {
        it.id
        for it in (against, run)
        if any(row.prompt_sha256 == "" for row in it.answers.values() if row.variant in it.variants)
    }
    if not unknown:
        return []
    return [
        f"The prompts of {' and '.join(sorted(unknown))} are not known, because the answers were recorded under a "
        "tokenizer's chat template or inside prompts of their own: whether both runs were asked by the same prompts "
        "is not checked."
    ]


def unknown_settings(run: Run, against: Run) -> list[str]:
    """A sentence where recordings do not hold settings, which are then neither alike nor other ones."""
    if not (run.has_suite and against.has_suite):
        return []
    found: dict[tuple[str, ...], list[str]] = {}
    for one in dict.fromkeys((against.id, run.id)):
        manifest = (against if one == against.id else run).manifest
        if missing := tuple(key for key in _TOLD if manifest.is_recorded and not _is_known(manifest, key)):
            found.setdefault(missing, []).append(one)
    return [
        f"Not recorded: {', '.join(missing)} of {' and '.join(whose)}. Whether both runs were asked with the same "
        "settings is not checked."
        for missing, whose in found.items()
    ]


def _is_known(manifest: Manifest, key: str) -> bool:
    """Whether every variant's recording holds the setting."""
    return all(key in manifest.told_generation(variant.name) for variant in manifest.variants)


def _known(manifest: Manifest) -> dict[str, list[object]]:
    """Setting of generation → its values over the variants, each once; of recordings, what they hold."""
    found: dict[str, list[object]] = {"samples": [manifest.generation.samples]}
    for told in (manifest.told_generation(variant.name) for variant in manifest.variants):
        for key, value in told.items():
            one = list(value) if isinstance(value, tuple) else value
            if key not in _OF_THE_MODEL and one not in found.setdefault(key, []):
                found[key].append(one)
    return found


def _settings(before: Manifest, after: Manifest) -> list[str]:
    changes = []
    if before.suite.name != after.suite.name:
        changes.append(f"suite {before.suite.name} → {after.suite.name}")
    old, new = before.prompt, after.prompt
    if old.sha256 != new.sha256:
        changes.append(f"prompt template {old.name} ({old.sha256[:8]}) → {new.name} ({new.sha256[:8]})")
    if old.system != new.system:
        changes.append(f"system line '{old.system}' → '{new.system}'")
    if old.day and new.day and old.day != new.day:
        changes.append(f"the day that the chat template prints {old.day} → {new.day} (day: in harness.yaml)")
    first, second = _known(before), _known(after)
    changes += [
        f"generation.{key} {_listed(first[key])} → {_listed(second[key])}"
        for key in first
        if key in second and _listed(first[key]) != _listed(second[key]) and key != "seed"
    ]
    return changes


def _listed(values: list[object]) -> str:
    return ", ".join(sorted(map(str, values)))


def _tasks(before: Manifest, after: Manifest) -> list[str]:
    tasks, others = before.tasks, after.tasks
    common = [name for name in tasks if name in others]
    old, new = before.task_settings or {}, after.task_settings or {}
    # Other documents of a task are missing, not changed.
    keys = sorted({*old, *new} - {"samples"}) if common else []
    return [
        *(f"lm-eval task {name}" for name in common if tasks[name] != others[name]),
        *(f"lm-eval's {key} {old.get(key)} → {new.get(key)}" for key in keys if old.get(key) != new.get(key)),
    ]


def _questions(against: Run, run: Run) -> list[str]:
    old = {question.id: asdict(question) for question in against.questions}
    new = {question.id: asdict(question) for question in run.questions}
    changes = [
        (key, "what stands under " + ", ".join(field for field in old[key] if old[key][field] != new[key][field]))
        for key in old
        if key in new and old[key] != new[key]
    ]
    # Of one and the same suite a --limit asks fewer: what is missing then is missing, not changed.
    if against.manifest.suite.digest != run.manifest.suite.digest:
        changes += [(key, "gone") for key in old if key not in new]
        changes += [(key, "new") for key in new if key not in old]
    shown = [f"question {key}: {what}" for key, what in changes[:_SHOWN]]
    return shown + ([f"and {len(changes) - _SHOWN} more questions"] if len(changes) > _SHOWN else [])
