"""Small networks of many kinds, for what is said of models before they run.

Each function here is a source of its own: `modelparity export reference_models.zoo.attention:exact_gelu`.
They are untrained, seeded, and small enough to be exported in seconds. A new one is a function
that returns a Keras model of one input, or (module, {"serving_default": function}), and stands
in its module's `build`, which makes one model of all that the module has.
"""
