"""modelparity: one model, the same answers in every runtime."""

__version__ = "0.1.0"
