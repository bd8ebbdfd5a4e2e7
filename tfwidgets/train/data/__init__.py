"""From tables, datasets and lists to padded batches.

``source`` reads any data into two tables, ``columns`` finds the task and its columns, ``labels``
numbers the labels; ``dataset`` holds what a tokenizer (``reader``) made of the rows, and
``loader`` and ``batches`` put it together.
"""
