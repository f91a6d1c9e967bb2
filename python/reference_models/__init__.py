"""Small models, one file for each way of saving that people are taught.

Each file has `build()`, so that `modelparity export reference_models.linear_regression:build`
works; modelparity.exporters.source says what such a function may return. A file with inputs worth
keeping has `cases()` as well: {signature: {case name: {input name: array}}}.
"""
