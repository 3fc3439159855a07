"""An adapter's model card: what it is, how it was trained, what that did, and what speaks against believing it.

Everything in it comes from the certificate, the curves and an evaluation's run folder; nothing of it tells where on
whose machine they lay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from harness.curves import evaluation_sets, quantity_text
from harness.gate import escaped
from harness.publish.card_evaluation import AdapterEvaluation
from harness.publish.redaction import is_on_hub, portable, portable_command
from harness.records import METHODS, Curve
from harness.resources import shipped
from harness.store import Certificate, TrainedData, to_row
from harness.words import numerals, plain, visible, words

_TEMPLATE = "reports/templates/model_card.md.j2"
_LOGGED = ("loss", "eval_loss", "rewards/accuracies", "rewards/margins", "rewards/chosen", "rewards/rejected")


@dataclass(frozen=True)
class CardMaterial:
    """What a model card is made from."""

    name: str
    certificate: Certificate
    """As portable_certificate leaves it."""
    embedded: bool
    """Whether its base is the model that ships with the harness."""
    repository: str
    """Where it goes: owner/name."""
    weights_digest: str
    """sha256 of the weights' file, which whoever downloads it can compute as well."""
    curves: Sequence[Curve]
    has_picture: bool
    evaluation: AdapterEvaluation | None
    template: str | None
    """The prompt template's text; None where it is not at hand as it was."""
    license: str | None
    languages: tuple[str, ...]

    @property
    def in_a_package(self) -> bool:
        """Whether its base was converted from a file that a package brings."""
        origin = self.certificate.base.converted_from
        return origin is not None and origin.package is not None

    @property
    def base_id(self) -> str | None:
        """The base's id on the hub; None for one that only this machine has."""
        return self.certificate.base.name if is_on_hub(self.certificate.base) else None


def model_card(card: CardMaterial) -> str:
    """The README.md of a repository on the hub: metadata for its index, then Markdown for people."""
    method = str(card.certificate.method)
    return _template().render(
        card=card,
        metadata=Markup(_metadata(card)),
        method=METHODS.get(method, method),
        training=_training(card.certificate),
        settings=_settings(card.certificate),
        logged=_logged(card.curves),
        dropped=dict(card.certificate.data.dropped),
        system=card.certificate.prompt.system_used,
        evaluated=_evaluated(card.evaluation),
        snippet=_fenced(_snippet(card), "python"),
        asked=_fenced(card.template, "jinja") if card.template else None,
        commands=_fenced(_commands(card), "sh"),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    # Whatever it shows is made safe unless it was marked as safe: nothing can be forgotten.
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: value if isinstance(value, Markup) else escaped(portable(str(value))),
    )
    return environment.from_string(shipped(_TEMPLATE).read_text(encoding="utf-8"))


def _metadata(card: CardMaterial) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    data = ModelCardData(
        base_model=card.base_id,
        datasets=_dataset(card.certificate.data),
        language=list(card.languages) or None,
        library_name="peft",
        license=card.license,
        model_name=plain(card.name),
        pipeline_tag="text-generation",
        tags=[str(card.certificate.method), "lora", "trl", "preference-harness"],
        eval_results=[
            EvalResult(
                task_type="text-generation",
                task_name="Text generation",
                dataset_type=plain(result.dataset),
                dataset_name=plain(result.title),
                metric_type=plain(result.metric),
                metric_name=plain(result.metric_title),
                metric_value=result.value,
            )
            for result in (card.evaluation.results if card.evaluation else ())
        ]
        or None,
    )
    return str(data.to_yaml())


def _dataset(data: TrainedData) -> str | None:
    """The hub's id of the training data, where that is where it came from."""
    source = data.source
    local = source.count("/") != 1 or source.startswith((".", "/")) or source.endswith((".json", ".jsonl", ".parquet"))
    return None if local else plain(source)


def _training(certificate: Certificate) -> list[tuple[str, str]]:
    """What the training was: its base, its data, its size and what it took."""
    base, data, steps, epochs = certificate.base, certificate.data, certificate.steps, certificate.epochs
    rows = {
        "base": base.name,
        "base converted from": str(base.converted_from) if base.converted_from else None,
        "base digest": (base.digest or "").removeprefix("commit:"),
        "base precision": certificate.quantization or certificate.dtype,
        "data": data.source,
        "data digest (usable rows)": data.digest,
        "rows": data.rows,
        "trained on": data.trained_on,
        "held out": data.held_out,
        "answers cut at max_length": data.answers_cut,
        "steps": f"{steps} ({epochs:.2f} epochs)" if epochs else steps,
        "tokens seen": certificate.tokens,
        "trainable parameters": certificate.trainable_parameters,
        "adapted layers": certificate.adapted_layers,
        "processes": _processes(certificate.processes),
        "device": certificate.device,
        "seconds": certificate.seconds,
        "energy": _kilowatt_hours(certificate.joules),
        "finished": certificate.created,
        "W&B": certificate.wandb.get("url"),
    }
    return [(name, _shown(value)) for name, value in rows.items() if value is not None and value != ""]


def _settings(certificate: Certificate) -> list[tuple[str, str]]:
    """The settings as they took effect; what says nothing (None) is left out."""
    found = dict(certificate.hyperparameters)
    asked = found.pop("lora_dropout_asked", None)
    if asked is not None and asked != found.get("lora_dropout"):
        found["lora_dropout"] = f"{found.get('lora_dropout')} in effect, {asked} asked for"
    found["precision"] = certificate.precision or None
    found["learning rate schedule"] = certificate.learning_rate_schedule or None
    found["seeds"] = certificate.seeds or None
    return [(name, _shown(value)) for name, value in found.items() if value is not None]


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items() if part is not None)
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    return numerals.number(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _processes(found: Mapping[str, Any]) -> str | None:
    """2 (DDP), global batch 32; None for one process."""
    if found.get("count", 1) == 1:
        return None
    return f"{found['count']} ({found.get('kind')}), global batch {found.get('global_batch')}"


def _kilowatt_hours(joules: float | None) -> str | None:
    return None if joules is None else f"{numerals.compact(joules / 3.6e6)} kWh, of the GPU alone"


def _logged(curves: Sequence[Curve]) -> list[tuple[str, str, str]]:
    """(quantity, first, last) of what was logged."""
    found: dict[str, list[Curve]] = {}
    for row in sorted(curves, key=lambda row: row.step):
        found.setdefault(row.key, []).append(row)
    wanted = [*_LOGGED[:2], *(f"eval_{name}_loss" for name in evaluation_sets(found)), *_LOGGED[2:]]
    ends = {key: (found[key][0].value, found[key][-1].value) for key in wanted if key in found}
    say = words("en")
    return [(key, quantity_text(key, first, say), quantity_text(key, last, say)) for key, (first, last) in ends.items()]


def _evaluated(evaluation: AdapterEvaluation | None) -> dict[str, str]:
    """How the answers were asked for."""
    if evaluation is None:
        return {}
    manifest = evaluation.manifest
    suite = manifest.suite
    rows = {
        "run": evaluation.run,
        "questions": f"{evaluation.summary.questions} of {suite.title or evaluation.summary.suite}",
        "questions digest": suite.digest,
        "prompt": manifest.prompt.name,
        "generation": to_row(manifest.generation),
        "served by": to_row(manifest.serving),
    }
    return {name: _shown(value) for name, value in rows.items() if value}


def _snippet(card: CardMaterial) -> str:
    """What loads the adapter; the base's commit is given, so that it is the base that was trained on."""
    base = card.certificate.base
    if card.base_id:
        opening, where = "", f"{_quoted(card.base_id)}, revision={_quoted((base.digest or '').removeprefix('commit:'))}"
    else:
        command = f'what the command "harness {"pocket" if card.embedded else "base smollm2"}" prints'
        place = command if card.embedded or card.in_a_package else "where that base lies"
        opening, where = f"# FOLDER: {place}\n", '"FOLDER"'
    return f"""\
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

{opening}tokenizer = AutoTokenizer.from_pretrained({where})
base = AutoModelForCausalLM.from_pretrained({where})
model = PeftModel.from_pretrained(base, {_quoted(card.repository)})"""


def _quoted(text: str) -> str:
    """The text as Python writes it between double quotes."""
    return json.dumps(text)


def _commands(card: CardMaterial) -> str:
    """What trained and asked, as it was typed but for places and keys."""
    said = [card.certificate.command, card.evaluation.manifest.command if card.evaluation else None]
    return "\n".join(plain(portable_command(command)) for command in said if command)


def _fenced(text: str, language: str) -> Markup:
    """A code block that its own content cannot end."""
    shown = visible(text).strip("\n")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}{language}\n{shown}\n{fence}")
