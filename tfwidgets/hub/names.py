"""Names as the Hub spells them: tasks, and the commonest licences, libraries and families."""

from __future__ import annotations

KINDS = ("tasks", "languages", "licenses", "authors", "libraries", "families", "models")
"""What a search is completed with."""

TASKS = (
    "any-to-any", "audio-classification", "audio-text-to-text", "audio-to-audio",
    "automatic-speech-recognition", "depth-estimation", "document-question-answering",
    "feature-extraction", "fill-mask", "graph-ml", "image-classification",
    "image-feature-extraction", "image-segmentation", "image-text-to-image", "image-text-to-text",
    "image-text-to-video", "image-to-3d", "image-to-image", "image-to-text", "image-to-video",
    "keypoint-detection", "mask-generation", "multiple-choice", "object-detection", "other",
    "question-answering", "reinforcement-learning", "robotics", "sentence-similarity",
    "summarization", "table-question-answering", "table-to-text", "tabular-classification",
    "tabular-regression", "tabular-to-text", "text-classification", "text-generation",
    "text-ranking", "text-retrieval", "text-to-3d", "text-to-audio", "text-to-image",
    "text-to-speech", "text-to-video", "text2text-generation", "time-series-forecasting",
    "token-classification", "translation", "unconditional-image-generation", "video-classification",
    "video-text-to-text", "video-to-video", "visual-document-retrieval",
    "visual-question-answering", "voice-activity-detection", "zero-shot-classification",
    "zero-shot-image-classification", "zero-shot-object-detection",
)  # fmt: skip
"""Pipeline tags, as the Hub spells them."""

TASK_ALIASES = {
    "embedding": "feature-extraction",
    "embeddings": "feature-extraction",
    "masked-lm": "fill-mask",
    "ner": "token-classification",
    "pos": "token-classification",
    "qa": "question-answering",
    "sentiment": "text-classification",
    "sentiment-analysis": "text-classification",
    "seq2seq": "text2text-generation",
    "similarity": "sentence-similarity",
    "zero-shot": "zero-shot-classification",
}

LICENSES = (
    "afl-3.0", "apache-2.0", "bsd-3-clause", "cc-by-4.0", "cc-by-nc-4.0", "cc-by-sa-4.0",
    "cc0-1.0", "gemma", "gpl-3.0", "llama2", "llama3", "llama3.1", "mit", "openrail", "other",
    "unknown",
)  # fmt: skip
"""Licences that most models on the Hub are under, as it spells them."""

LIBRARIES = (
    "adapter-transformers", "diffusers", "fastai", "flair", "gguf", "keras", "mlx", "onnx",
    "open_clip", "peft", "safetensors", "sentence-transformers", "spacy", "timm", "transformers",
)  # fmt: skip
"""Libraries that most models on the Hub are made for."""

FAMILIES = (
    "albert", "bart", "bert", "deberta-v2", "distilbert", "electra", "gemma", "gpt2", "llama",
    "marian", "mbart", "mistral", "modernbert", "mpnet", "mt5", "phi", "qwen2", "qwen3",
    "roberta", "t5", "xlm-roberta",
)  # fmt: skip
"""Families that many models for text belong to: values of `model_type`."""
