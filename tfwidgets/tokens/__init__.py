"""Show how text becomes a model's input, step by step.

``subject`` is the tokenizer under inspection, ``encoded`` what it makes of a text,
``stages`` how it gets there (``trace``, ``derivation``), ``batch`` what padding and
truncation do to many, ``compare`` several tokenizers, ``vocabulary`` what there is to choose
from, ``chat`` messages through the template. ``result`` holds it all, ``run`` puts it together
as ``tfw.tokens``. None of them knows a widget; ``units`` cuts text for the screen, and
``static``, ``widget`` and ``magic`` show it.
"""
