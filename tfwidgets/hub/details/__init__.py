"""All there is to know about one model before anything of it is downloaded."""

from tfwidgets.hub.details.collecting import details

__all__ = ["details"]
