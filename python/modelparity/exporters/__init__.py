"""Exports a model as a bundle: every format that was asked for, and golden cases.

bundle = pipeline.export("reference_models.linear_regression:build", "linear_regression.bundle")
"""
