"""What attends to what: capture, matrices in pieces, views.

``run.py`` is ``tfw.attention``. ``capture.py`` has a model compute and takes down its queries
and keys (``recorder.py``) or, where a family computes attention in its own way, its weights
(``eager.py``); ``weights.py`` turns either into parts of matrices when they are asked for.
"""
