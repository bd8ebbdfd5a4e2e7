"""A training of transformers' ``Trainer``, seen and steered in the same way."""
