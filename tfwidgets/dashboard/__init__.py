"""Trainings, watched and steered: a dashboard for fastai and Trainer, and what was trained before.

``session.py`` is a training while it runs. Callbacks feed it (``callback.py``, ``trainer.py``), a
view and the store hear of it (``widget.py``, ``store/``), ``probes/`` look into the model and
``guard.py`` at the curves. ``kernel/`` is how a click reaches a kernel that is busy training.
"""
