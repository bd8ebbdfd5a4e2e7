"""How to use a saved model, as code for its model card."""

from __future__ import annotations

import json
from typing import Any

_PIPELINES = ("text-classification", "token-classification", "text-generation", "fill-mask")
_CODE = "```python\n{}\n```"


def usage(learn: Any, name: str, *, base: str | None = None, adapter: bool = False) -> str:
    """Return code that loads the model and asks it something.

    Parameters
    ----------
    learn
        The learner.
    name
        Its id on a hub, or what stands for the folder.
    base
        Id of the model that adapters belong to.
    adapter
        Whether only the adapters are saved.
    """
    if adapter:
        return _adapter(learn, name, base)
    task = learn.task
    if task.name in _PIPELINES:
        parts = [_CODE.format(_pipeline(task, name))]
    elif task.name == "question-answering":
        parts = [_CODE.format(_answers(name))]
    else:
        parts = [_CODE.format(_writes(task, name))]
    if with_ours := _ours(task, name):
        parts += ["With tfwidgets, in a notebook:", _CODE.format(with_ours)]
    return "\n\n".join(parts)


def _pipeline(task: Any, name: str) -> str:
    options, call = "", '"A text."'
    if task.name == "token-classification":
        options = ', aggregation_strategy="simple"'
    elif task.name == "text-generation":
        call = '"How a text begins", max_new_tokens=40'
    elif task.name == "fill-mask":
        call = _quoted(f"A text with a {task.tokenizer.mask_token} in it.")
    else:
        if len(task.text) > 1:
            call = '{"text": "The one text.", "text_pair": "The other text."}'
        if task.problem_type == "multi_label_classification":
            options = ", top_k=None"
        elif task.problem_type == "regression":
            options = ', function_to_apply="none"'
        call += ", truncation=True"
    return "\n".join(
        (
            "from transformers import pipeline",
            "",
            f"pipe = pipeline({task.name!r}, model={name!r}{options})".replace("'", '"'),
            f"pipe({call})",
        )
    )


def _quoted(text: str) -> str:
    """Return a text as a string in code, which cannot end the block that the code stands in."""
    return json.dumps(text, ensure_ascii=False).replace("`", "\\u0060")


def _answers(name: str) -> str:
    return f"""\
import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{name}")
model = AutoModelForQuestionAnswering.from_pretrained("{name}")
inputs = tokenizer("A question?", "A text with the answer.", truncation="only_second",
                   return_tensors="pt")
with torch.no_grad():
    output = model(**inputs)
first, last = output.start_logits.argmax(), output.end_logits.argmax()
tokenizer.decode(inputs["input_ids"][0, first : last + 1])"""


def _writes(task: Any, name: str) -> str:
    prefix = getattr(task, "prefix", "") or ""
    text = _quoted(f"{prefix}A text.")
    return f"""\
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{name}")
model = AutoModelForSeq2SeqLM.from_pretrained("{name}")
inputs = tokenizer({text}, truncation=True, return_tensors="pt")
tokenizer.decode(model.generate(**inputs, max_new_tokens=64)[0], skip_special_tokens=True)"""


def _ours(task: Any, name: str) -> str:
    if task.name == "text-classification" and len(task.text) == 1:
        if task.problem_type != "regression":
            return f'import tfwidgets as tfw\n\ntfw.classify(["A text."], model="{name}")'
    elif task.name in ("text-classification", "token-classification", "question-answering"):
        return ""
    return f'import tfwidgets as tfw\n\ntfw.attention("A text.", model="{name}")'


def _adapter(learn: Any, name: str, base: str | None) -> str:
    kind = {
        "text-classification": "AutoModelForSequenceClassification",
        "token-classification": "AutoModelForTokenClassification",
        "question-answering": "AutoModelForQuestionAnswering",
        "text-generation": "AutoModelForCausalLM",
        "fill-mask": "AutoModelForMaskedLM",
    }.get(learn.task.name, "AutoModelForSeq2SeqLM")
    labels = f", num_labels={len(learn.task.vocab)}" if learn.task.vocab else ""
    code = f"""\
from peft import PeftModel
from transformers import {kind}, AutoTokenizer

base = {kind}.from_pretrained("{base or "path/to/the/base/model"}"{labels})
model = PeftModel.from_pretrained(base, "{name}")
tokenizer = AutoTokenizer.from_pretrained("{name}")"""
    return "These are adapters; the model that they belong to is loaded first.\n\n" + _CODE.format(
        code
    )
