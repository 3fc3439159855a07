"""`harness push NAME`: an adapter with its model card, laid out as the hub will show it; sent only when asked to.

Without --send nothing leaves the machine, and no connection is made.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yaml import YAMLError

from harness.charts import training_picture
from harness.data import load_template
from harness.errors import HarnessError
from harness.foreign_errors import needed, said
from harness.models import POCKET, find_base, read_adapter
from harness.publish.card_evaluation import find_evaluation
from harness.publish.model_card import CardMaterial, model_card
from harness.publish.redaction import is_on_hub, portable_certificate, without_secrets
from harness.records import Curve
from harness.resources import file_digest, files_digest
from harness.store import (
    ADAPTER_CONFIG,
    CURVES,
    PUSHES,
    WEIGHTS,
    Certificate,
    TrainedBase,
    TrainedPrompt,
    Training,
    TrainingFolder,
    draft_folder,
    read_json,
    read_training,
    write_json,
    write_text,
)

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_PICTURE = "training_curves.png"


@dataclass(frozen=True)
class Wanted:
    """What is to be published, and where."""

    training: TrainingFolder
    repository: str | None
    """owner/name; None where nobody said yet."""
    private: bool = False
    run: str | None = None
    """The evaluation that the card shows; None for the newest that asked this adapter."""
    license: str | None = None
    """None for what the base's own card says."""
    prompts: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Laid:
    """A folder as it would arrive at the hub."""

    folder: Path
    place: str
    notes: tuple[str, ...]

    def lines(self) -> str:
        """What the command prints: the folder, its files with their bytes, where it goes, and notes."""
        files = sorted(self.folder.iterdir())
        width = max(len(path.name) for path in files)
        shown = [f"  {path.name:{width}}  {path.stat().st_size:>12,} bytes" for path in files]
        return "\n".join([f"push     {self.folder}", *shown, f"to       {self.place}", *self.notes])


def lay_out(wanted: Wanted) -> Laid:
    """Writes runs/push/NAME anew, from the training and its evaluation alone."""
    check_repository(wanted.repository)
    training = read_training(wanted.training)
    certificate, curves = _certificate(training), _curves(training)
    picture = training_picture(curves)
    card, notes = _card(wanted, certificate, curves, picture is not None)
    folder = PUSHES / wanted.training.name
    source = wanted.training.path
    with draft_folder(folder) as draft:
        shutil.copyfile(source / WEIGHTS, draft / WEIGHTS)
        _copy_configuration(source, draft, card.base_id)
        digest = files_digest([draft / WEIGHTS, draft / ADAPTER_CONFIG])
        TrainingFolder(draft).write_certificate(replace(card.certificate, adapter_digest=digest))
        if curves:
            shutil.copyfile(source / CURVES, draft / CURVES)
        if picture:
            (draft / _PICTURE).write_bytes(picture)
        write_text(draft / "README.md", model_card(card))
    return Laid(folder, _place(wanted), tuple(notes))


def _copy_configuration(source: Path, draft: Path, base: str | None) -> None:
    found = read_json(source / ADAPTER_CONFIG)
    if found.get("base_model_name_or_path") == base:
        shutil.copyfile(source / ADAPTER_CONFIG, draft / ADAPTER_CONFIG)
    else:
        # Where the base lies here is nobody's business, and its name alone might be another model's on the hub.
        write_json(draft / ADAPTER_CONFIG, {**found, "base_model_name_or_path": base})


def send(laid: Laid, wanted: Wanted) -> str:
    """The address of the commit that holds the folder; the token is the business of the hub's own library."""
    if wanted.repository is None:
        raise HarnessError("Where is it to be sent? Give --to OWNER/NAME.")
    hub = _hub()
    try:
        api: HfApi = hub.HfApi(token=True)
        api.create_repo(wanted.repository, private=wanted.private or None, exist_ok=True)
        sent = api.upload_folder(
            repo_id=wanted.repository,
            folder_path=laid.folder,
            commit_message=f"{wanted.training.name}, by harness push",
        )
    except Exception as error:
        raise HarnessError(_refusal(error, wanted.repository)) from None
    return str(sent.commit_url)


def sending_command(command: str, repository: str | None) -> str:
    """What sends the folder that this command laid out."""
    return command + ("" if repository else " --to OWNER/NAME") + " --send"


def check_repository(name: str | None) -> None:
    """Refuses what the hub would not take for a repository's name."""
    if name is None:
        return
    _hub()
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(name)
        # Which the hub's library takes without an owner, and of old versions beyond ASCII.
        fits = "/" in name and name.isascii()
    except ValueError:
        fits = False
    if not fits:
        raise HarnessError(
            f"'{name}' is no repository: give --to OWNER/NAME, each of letters, digits, dot, dash and underscore."
        )


def _certificate(training: Training) -> Certificate:
    if not training.finished:
        raise HarnessError(
            f"The training '{training.name}' has not finished. Continue it with the command that started it."
        )
    if read_adapter(training.name, training.path).digest != training.certificate.adapter_digest:
        raise HarnessError(
            f"The adapter in {training.path} is not the one that its certificate speaks of: its weights or "
            "configuration were changed since. Put them back, or train again with --fresh."
        )
    return training.certificate


def _curves(training: Training) -> list[Curve]:
    # null is how the harness writes what is not finite.
    return [curve for curve in training.curves if curve.value is not None]


def _card(
    wanted: Wanted, certificate: Certificate, curves: Sequence[Curve], has_picture: bool
) -> tuple[CardMaterial, list[str]]:
    """The card, and what whoever sends it should know."""
    name = wanted.training.name
    found = find_evaluation(str(certificate.adapter_digest), wanted.run)
    embedded = certificate.base.digest == find_base(POCKET).digest
    licence, languages = ("apache-2.0", ("en",)) if embedded else _of_base(certificate.base)
    card = CardMaterial(
        name=name,
        certificate=portable_certificate(certificate),
        embedded=embedded,
        repository=wanted.repository or f"OWNER/{name}",
        weights_digest=file_digest(wanted.training.path / WEIGHTS),
        curves=curves,
        has_picture=has_picture,
        evaluation=found,
        template=_template(certificate.prompt, wanted.prompts),
        license=wanted.license or licence,
        languages=languages,
    )
    notes = []
    if embedded:
        notes.append("note     its base is the embedded model: whoever loads the adapter needs preference-harness too")
    elif card.in_a_package:
        notes.append(f"note     its base is {certificate.base.converted_from}: whoever loads it needs that too")
    elif card.base_id is None:
        notes.append("note     its base is a local folder: nobody can load the adapter who has not got that very model")
    if card.license is None:
        notes.append("note     the card names no licence: give --license ID, for example apache-2.0")
    if found is None:
        notes.append(f"note     the card shows no evaluation: first run harness evaluate --adapters {name}")
    return card, notes


def _of_base(base: TrainedBase) -> tuple[str | None, tuple[str, ...]]:
    """(licence, languages) as the base's own card says, where it lies on this machine; no connection is made."""
    if base.converted_from:
        return base.converted_from.license, ()
    hub = _hub()
    if is_on_hub(base):
        revision = (base.digest or "").removeprefix("commit:")
        found = hub.try_to_load_from_cache(base.name, "README.md", revision=revision)
        path = Path(found) if isinstance(found, str) else None
    else:
        path = Path(base.path) / "README.md" if base.path else None
    if path is None or not path.is_file():
        return None, ()
    try:
        data = hub.ModelCard(path.read_text(encoding="utf-8"), ignore_metadata_errors=True).data
    except (ValueError, TypeError, YAMLError):  # a card that somebody broke
        return None, ()
    spoken, named = data.get("language"), data.get("license")
    languages = spoken if isinstance(spoken, list) else [spoken]
    return named if isinstance(named, str) else None, tuple(it for it in languages if isinstance(it, str))


def _template(prompt: TrainedPrompt, folders: Sequence[Path]) -> str | None:
    """The prompt template's text, if it is still the one that was trained with."""
    try:
        template = load_template(prompt.name, folders)
    except HarnessError:  # gone, or a tokenizer's own
        return None
    return template.source if template.sha256 == prompt.sha256 else None


def _place(wanted: Wanted) -> str:
    if wanted.repository is None:
        return "nowhere yet: --to OWNER/NAME says where"
    kind = ", private if it is new" if wanted.private else ""
    return f"{_hub().constants.ENDPOINT}/{wanted.repository}{kind}"


def _hub() -> Any:
    with needed("huggingface_hub", "Publishing"):
        import huggingface_hub
    return huggingface_hub


def _refusal(error: Exception, repository: str) -> str:
    """The hub's failure in our words: what, where, and the next command."""
    from huggingface_hub import errors

    endpoint = _hub().constants.ENDPOINT
    if isinstance(error, errors.LocalTokenNotFoundError):
        return "There is no token for the hub, and nothing was sent. Log in with: hf auth login (or set HF_TOKEN)"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "The hub is switched off (HF_HUB_OFFLINE=1), and nothing was sent. Unset it, and give the command again."
    if isinstance(error, UnicodeError):  # in a header
        return "What is set as the token is none: it holds letters that no token has. Log in with: hf auth login"
    first = without_secrets(said(error))
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        if status in _STATUS:
            return f"{_STATUS[status].format(hub=endpoint, repository=repository)} ({status})"
        return f"The hub at {endpoint} refuses {repository}: {first}"
    return f"The hub at {endpoint} cannot be reached: {first}. Nothing that it did not confirm is there; try again."


_STATUS = {
    401: "The hub at {hub} does not know the token. Make one that may write, then: hf auth login",
    403: "The token may not write to {repository} at {hub}. Take one that may, or another --to OWNER/NAME.",
    404: "The hub at {hub} has no {repository}, or does not show it to this token. Look at the owner's name.",
    413: "The hub at {hub} finds a file too large for {repository}.",
    429: "The hub at {hub} asks to come back later: too many requests. Give the same command again in a while.",
}
