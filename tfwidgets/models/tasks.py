"""Tasks, by the names that the Hugging Face Hub uses, and the model class that serves each."""

from __future__ import annotations

from tfwidgets.errors import InputError, suggest

AUTO_CLASSES = {
    "feature-extraction": "AutoModel",
    "fill-mask": "AutoModelForMaskedLM",
    "question-answering": "AutoModelForQuestionAnswering",
    "text-classification": "AutoModelForSequenceClassification",
    "text-generation": "AutoModelForCausalLM",
    "text2text-generation": "AutoModelForSeq2SeqLM",
    "token-classification": "AutoModelForTokenClassification",
}

_ALIASES = {
    "ner": "token-classification",
    "sentence-similarity": "feature-extraction",
    "sentiment-analysis": "text-classification",
    "summarization": "text2text-generation",
    "translation": "text2text-generation",
    "zero-shot-classification": "text-classification",
}

# How the class name that a checkpoint names in its config ends; the first that fits counts.
_ENDINGS = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "T5WithLMHeadModel": "text2text-generation",
    "LMHeadModel": "text-generation",
    "ForConditionalGeneration": "text2text-generation",
    "ForSeq2SeqLM": "text2text-generation",
    "MTModel": "text2text-generation",
    "EncoderDecoderModel": "text2text-generation",
}


def canonical(task: str) -> str:
    """Return the task's main name, or raise InputError listing the known ones."""
    task = _ALIASES.get(task, task)
    if task not in AUTO_CLASSES:
        known = sorted({*AUTO_CLASSES, *_ALIASES})
        raise InputError(
            f"Unknown task {task!r}.{suggest(task, known)}\nKnown tasks: {', '.join(known)}."
        )
    return task


def of_architecture(name: str) -> str:
    """Return the task of a model class: ``"BertForMaskedLM"`` -> ``"fill-mask"``."""
    for ending, task in _ENDINGS.items():
        if name.endswith(ending):
            return task
    return "feature-extraction"
