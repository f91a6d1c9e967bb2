"""Small models, one file for each way of saving that people are taught.

Each file has `build()`, so that `modelparity export reference_models.linear_regression:build` works;
docs/saving-and-loading.md and modelparity.exporters.source say what such a function may return. A file
with inputs worth keeping has `cases()` as well: {signature: {case name: {input name: array}}}.
"""
