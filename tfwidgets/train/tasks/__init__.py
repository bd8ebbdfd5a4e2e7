"""What is learnt: one module per task, all of them a ``task.Task``.

``registry`` says which class serves which. A task reads its rows, encodes and pads them, names
loss and metrics, and says in words what a model predicts.
"""
