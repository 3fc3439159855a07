"""What the methods are: derivations with their formulas, a table of differences, and the literature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from harness.comparing import called, level_text
from harness.report import Grid, Material, compared, compared_heads, shown
from harness.report.assignment.formulas import formula, rich
from harness.report.assignment.view import Block, Reference, Theory
from harness.words import Words, numerals

_LITERATURE: dict[str, tuple[str, str]] = {
    "rafailov": (
        "R. Rafailov, A. Sharma, E. Mitchell, S. Ermon, C. D. Manning, C. Finn. Direct Preference Optimization: "
        "Your Language Model is Secretly a Reward Model. NeurIPS 2023.",
        "arXiv:2305.18290",
    ),
    "hong": (
        "J. Hong, N. Lee, J. Thorne. ORPO: Monolithic Preference Optimization without Reference Model. EMNLP 2024.",
        "arXiv:2403.07691",
    ),
    "bradley": (
        "R. A. Bradley, M. E. Terry. Rank Analysis of Incomplete Block Designs: I. The Method of Paired Comparisons. "
        "Biometrika 39 (1952), 324–345.",
        "doi:10.2307/2334029",
    ),
    "trl": (
        "L. von Werra, Y. Belkada, L. Tunstall, E. Beeching, T. Thrush, N. Lambert, S. Huang and others. TRL: "
        "Transformer Reinforcement Learning (software), its DPOTrainer and ORPOTrainer. 2020–.",
        "github.com/huggingface/trl",
    ),
    "tajwar": (
        "F. Tajwar, A. Singh, A. Sharma, R. Rafailov, J. Schneider, T. Xie, S. Ermon, C. Finn, A. Kumar. Preference "
        "Fine-Tuning of LLMs Should Leverage Suboptimal, On-Policy Data. ICML 2024.",
        "arXiv:2404.14367",
    ),
    "park": (
        "R. Park, R. Rafailov, S. Ermon, C. Finn. Disentangling Length from Quality in Direct Preference Optimization. "
        "Findings of ACL 2024.",
        "arXiv:2403.19159",
    ),
    "pal": (
        "A. Pal, D. Karkhanis, S. Dooley, M. Roberts, S. Naidu, C. White. Smaug: Fixing Failure Modes of Preference "
        "Optimisation with DPO-Positive. 2024.",
        "arXiv:2402.13228",
    ),
    "hu": (
        "E. J. Hu, Y. Shen, P. Wallis, Z. Allen-Zhu, Y. Li, S. Wang, L. Wang, W. Chen. LoRA: Low-Rank Adaptation of "
        "Large Language Models. ICLR 2022.",
        "arXiv:2106.09685",
    ),
    "loshchilov": (
        "I. Loshchilov, F. Hutter. Decoupled Weight Decay Regularization. ICLR 2019.",
        "arXiv:1711.05101",
    ),
    "blockwise": (
        "T. Dettmers, M. Lewis, S. Shleifer, L. Zettlemoyer. 8-bit Optimizers via Block-wise Quantization. ICLR 2022.",
        "arXiv:2110.02861",
    ),
    "dettmers": (
        "T. Dettmers, A. Pagnoni, A. Holtzman, L. Zettlemoyer. QLoRA: Efficient Finetuning of Quantized LLMs. "
        "NeurIPS 2023.",
        "arXiv:2305.14314",
    ),
    "welleck": (
        "S. Welleck, I. Kulikov, S. Roller, E. Dinan, K. Cho, J. Weston. Neural Text Generation with Unlikelihood "
        "Training. ICLR 2020.",
        "arXiv:1908.04319",
    ),
}
"""Key → the work, and how its archive calls it, in the order of their numbers."""
_ARCHIVES = {"arXiv:": "https://arxiv.org/abs/", "doi:": "https://doi.org/", "": "https://"}
NUMBERS: Mapping[str, int] = {key: number for number, key in enumerate(_LITERATURE, start=1)}

_METHODS: tuple[tuple[str, str], ...] = (
    ("data", ""),
    ("dpo", "heading"),
    ("dpo.goal", ""),
    ("1", r"\max_{\pi}\;\mathbb{E}_{x\sim\mathcal{D},\,y\sim\pi(\cdot\mid x)}\left[r(x,y)\right]"
          r"-\beta\,\mathbb{D}_{\mathrm{KL}}\left[\pi(y\mid x)\,\|\,\pi_{\mathrm{ref}}(y\mid x)\right]"),
    ("dpo.closed", ""),
    ("2", r"\pi^{*}(y\mid x)=\frac{1}{Z(x)}\,\pi_{\mathrm{ref}}(y\mid x)\,\exp\left(\frac{1}{\beta}\,r(x,y)\right)"
          r"\quad\Longleftrightarrow\quad r(x,y)=\beta\log\frac{\pi^{*}(y\mid x)}{\pi_{\mathrm{ref}}(y\mid x)}"
          r"+\beta\log Z(x)"),
    ("dpo.bradley", ""),
    ("3", r"p(y_w\succ y_l\mid x)=\sigma\left(r(x,y_w)-r(x,y_l)\right)"),
    ("dpo.loss", ""),
    ("4", r"\mathcal{L}_{\mathrm{DPO}}(\theta)=-\,\mathbb{E}_{(x,y_w,y_l)\sim\mathcal{D}}\left[\log\sigma\left("
          r"\beta\log\frac{\pi_\theta(y_w\mid x)}{\pi_{\mathrm{ref}}(y_w\mid x)}"
          r"-\beta\log\frac{\pi_\theta(y_l\mid x)}{\pi_{\mathrm{ref}}(y_l\mid x)}\right)\right]"),
    ("dpo.reward", ""),
    ("orpo", "heading"),
    ("orpo.odds", ""),
    ("5", r"\mathrm{odds}_\theta(y\mid x)=\frac{p_\theta(y\mid x)}{1-p_\theta(y\mid x)},\qquad "
          r"\log p_\theta(y\mid x)=\frac{1}{|y|}\sum_{t=1}^{|y|}\log\pi_\theta(y_t\mid x,y_{<t})"),
    ("orpo.loss", ""),
    ("6", r"\mathcal{L}_{\mathrm{ORPO}}(\theta)=\mathbb{E}_{(x,y_w,y_l)\sim\mathcal{D}}\left["
          r"-\frac{1}{|y_w|}\log\pi_\theta(y_w\mid x)"
          r"-\beta\log\sigma\left(\log\frac{\mathrm{odds}_\theta(y_w\mid x)}"
          r"{\mathrm{odds}_\theta(y_l\mid x)}\right)\right]"),
    ("orpo.reward", ""),
)  # fmt: skip
_DIFFERENCES = ("reference", "sft", "data", "length", "passes", "memory", "knob", "logged", "failure")
_SETTINGS = ("loss_type", "beta", "learning_rate", "num_train_epochs", "max_length")


def methods(material: Material) -> Theory:
    """Both derivations in brief, and the objectives' settings in this run."""
    return Theory(tuple(_blocks(material)), _objectives(material))


def comparison(material: Material) -> Theory:
    """The differences by construction, then what this run measured between the two checkpoints."""
    say = material.say
    lead = Block(rich(say("assignment.comparison.lead"), NUMBERS))
    head = (say("assignment.row"), "DPO", "ORPO")
    rows = [
        (
            say(f"assignment.comparison.{key}"),
            *(rich(say(f"assignment.comparison.{key}.{method}"), NUMBERS) for method in ("dpo", "orpo")),
        )
        for key in _DIFFERENCES
    ]
    table = Grid(rich(say("assignment.comparison.caption"), NUMBERS), head, tuple(rows), id="differences")
    return Theory((lead,), (table, *_measured(material)), (Block(rich(say("assignment.comparison.after"), NUMBERS)),))


def references() -> tuple[Reference, ...]:
    """The literature in the order of its numbers."""
    return tuple(Reference(key, NUMBERS[key], text, name, _address(name)) for key, (text, name) in _LITERATURE.items())


def _address(name: str) -> str:
    archive = next(it for it in _ARCHIVES if name.startswith(it))
    return f"{_ARCHIVES[archive]}{name.removeprefix(archive)}"


def _blocks(material: Material) -> Iterator[Block]:
    say = material.say
    for key, content in _METHODS:
        if content == "heading":
            yield Block(heading=say(f"assignment.methods.{key}"))
        elif content:
            yield Block(formula=formula(content, say(f"assignment.formula.{key}")), number=key)
        else:
            yield Block(rich(say(f"assignment.methods.{key}"), NUMBERS))


def _objectives(material: Material) -> tuple[Grid, ...]:
    """How the objectives were set in this run's trainings; nothing where no certificate came along."""
    say, trainings = material.say, material.manifest.trainings
    names = [variant.name for variant in material.summary.variants if variant.name in trainings]
    known = {name: trainings[name].hyperparameters for name in names}
    if not known:
        return ()
    keys = [key for key in _SETTINGS if any(found.get(key) not in (None, []) for found in known.values())]
    rows = [(key, *(shown(found.get(key)) for found in known.values())) for key in keys]
    return (Grid(say("assignment.methods.settings"), (say("assignment.setting"), *known), tuple(rows)),)


def dropout_note(name: str, settings: Mapping[str, Any], say: Words) -> Iterator[str]:
    """A sentence where the training's dropout was not what was asked for."""
    asked, value = settings.get("lora_dropout_asked"), settings.get("lora_dropout")
    if asked not in (None, value):
        yield say("assignment.lora.dropout", name=name, asked=shown(asked), value=shown(value))


def checkpoints(material: Material) -> tuple[str, str] | None:
    """The first DPO and the first ORPO checkpoint in the run's order: its differences are the later minus the earlier.

    None where the run has no such pair.
    """
    firsts = [next((v for v in material.tuned if v.method == method), None) for method in ("dpo", "orpo")]
    found = [variant.name for variant in material.tuned if variant in firsts]
    return (found[0], found[1]) if len(found) == 2 else None


def _measured(material: Material) -> tuple[Grid, ...]:
    """What the run measured between its DPO and its ORPO checkpoint, where it has exactly such a pair."""
    say, pair = material.say, checkpoints(material)
    if pair is None:
        return ()
    first, second = pair
    rows: list[tuple[Markup | str, ...]] = []
    for measure in material.measures:
        levels = [material.numbers.level(name, measure) for name in (first, second)]
        row = material.numbers.difference(first, second, measure)
        if measure.headline and row is not None:
            shown_levels = (level_text(level, measure, say) for level in levels)
            rows.append((called(measure, say), *shown_levels, *compared(row, measure, material.numbers, say)))
    if not rows:
        return ()
    head = (say("assignment.row"), first, second, *compared_heads(say))
    said = [say("assignment.comparison.measured", first=first, second=second)]
    if any(row[-1] == numerals.NOTHING for row in rows):
        said.append(say("assignment.unclaimed"))
    caption = say.text(said)
    return (Grid(caption, head, tuple(rows), figures=True, id="measured"),)
