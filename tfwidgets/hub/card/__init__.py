"""What the authors of a model say of it: the ``README.md`` of its repository or folder."""

from tfwidgets.hub.card.card import MOST, Card
from tfwidgets.hub.card.source import NoCardError, card

__all__ = ["MOST", "Card", "NoCardError", "card"]
