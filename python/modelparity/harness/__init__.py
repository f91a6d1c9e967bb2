"""Drives runners and judges their answers."""
