"""From tables, datasets and lists to padded batches.

``source`` reads any data into two tables; ``columns`` finds the task and its columns, by their
``names`` and by what stands in their cells (``frames``); ``labels`` numbers the labels;
``dataset`` holds what a tokenizer (``reader``) made of the rows, and ``loader`` and ``batches``
put it together.
"""
