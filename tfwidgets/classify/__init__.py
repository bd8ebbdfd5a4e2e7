"""Sort text into classes: zero-shot, one-shot and few-shot.

``texts`` and ``labels`` read what the caller gave, ``encoder`` turns texts into vectors,
``methods`` turns vectors into scores, ``result`` holds the answer, ``run`` puts it together
as ``tfw.classify``. None of them knows a widget; ``static``, ``widget`` and ``magic`` show it.
"""
