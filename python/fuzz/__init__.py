"""Fuzz targets: whatever stands in a bundle, a frame or a report, only a ModelParityError comes out of its reader.

    python -m fuzz npz -max_total_time=60 tests/fuzz/corpora/npz

`targets` has one for each folder of //tests/fuzz:corpora. atheris drives them, and in CI `replay_test`.
"""
