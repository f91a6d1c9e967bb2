"""The known ways round, kept by hand."""

_EVERYWHERE = {
    "ParseExample": "leave parsing to the caller: export a signature that takes the features themselves",
    "ParseExampleV2": "leave parsing to the caller: export a signature that takes the features themselves",
    "ResizeBicubic": "use bilinear, or resize before the model",
    "ResizeArea": "use bilinear, or resize before the model",
    "Unique": "count with tf.math.bincount when the values are small, or do it after the model",
    "UniqueWithCounts": "count with tf.math.bincount when the values are small, or do it after the model",
    "RFFT": "multiply by the matrix of the transform, which is constant for a fixed length",
    "NonMaxSuppressionV3": "leave the choice of boxes to the caller",
}

_IN_FORMAT = {
    (
        "Einsum",
        "tfjs",
    ): "the wasm backend has no kernel of it: use cpu or webgl, or write it as tf.matmul",
    ("Erf", "litert"): "use gelu(approximate=True) where it comes from GELU",
    ("Erfc", "litert"): "use gelu(approximate=True) where it comes from GELU",
}

_STRINGS = "leave texts to the caller, and export a signature that takes numbers"
_NARROWER = "cast to float32 in the model, or export it in float32"


def around(op: str, dtype: str, format_name: str, verdict: str) -> str:
    """Returns a way round an operator that a format lacks, has otherwise, or that nobody measured."""
    if verdict == "unknown":
        return "`modelparity verify` tells"
    if verdict == "fixed":
        return "give the inputs fixed shapes, the batch as well"
    known = _IN_FORMAT.get((op, format_name)) or _EVERYWHERE.get(op)
    if known:
        return known
    if op.startswith(("String", "Regex", "StaticRegex", "Unicode")) or dtype == "string":
        return _STRINGS
    if dtype in ("float64", "float16", "bfloat16"):
        return _NARROWER
    return ""
