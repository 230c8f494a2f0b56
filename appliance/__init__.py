"""captionbox: a push-button live-captioning box for meeting rooms."""

from importlib.metadata import version

__version__ = version("captionbox")
