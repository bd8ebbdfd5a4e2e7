"""How a click reaches a kernel that is busy, and how its interrupt button stops a training.

Knows ipykernel's ways, but neither fastai nor widgets.
"""
