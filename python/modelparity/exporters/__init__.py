"""Exports a model as a bundle: every format that was asked for, and golden cases.

bundle = export("reference_models.linear_regression:build", "linear_regression.bundle")
"""

from modelparity.exporters import known_bundles
from modelparity.exporters.formats import FORMATS
from modelparity.exporters.pipeline import export

__all__ = ["FORMATS", "export", "known_bundles"]
