"""The runtimes, by the names of `modelparity runtimes` without their backends, as rules need them."""

_IN_JAVASCRIPT = struct(
    data = [Label("//js_demo:runners")],
    deps = [Label("//python/modelparity:node")],
)

# What each runtime, with all its backends, needs at run time, beside the harness.
NEEDS = {
    "litert-python": struct(
        data = [],
        deps = [Label("//python/modelparity/runners:litert_python")],
    ),
    "litertjs-chromium": _IN_JAVASCRIPT,
    "onnx-reference": struct(
        data = [],
        deps = [Label("//python/modelparity/runners:onnx_reference")],
    ),
    "onnxruntime-python": struct(
        data = [],
        deps = [Label("//python/modelparity/runners:onnxruntime_python")],
    ),
    "onnxruntime-web-chromium": _IN_JAVASCRIPT,
    "onnxruntime-web-node": _IN_JAVASCRIPT,
    "openvino-python": struct(
        data = [],
        deps = [Label("//python/modelparity/runners:openvino_python")],
    ),
    "tensorflow-c": struct(
        data = [Label("//cpp_loader:tensorflow_c_runner")],
        deps = [Label("@pypi_tensorflow//:pkg")],
    ),
    "tensorflow-python": struct(
        data = [],
        deps = [Label("//python/modelparity/runners:tensorflow_python")],
    ),
    "tfjs-chromium": _IN_JAVASCRIPT,
    "tfjs-node": _IN_JAVASCRIPT,
}

RUNTIMES = sorted(NEEDS)

# What a zoo runs in one process tree, since it needs the same: to start it once more would cost more than it could save.
GROUPS = {
    "chromium": [
        "litertjs-chromium",
        "onnxruntime-web-chromium",
        "tfjs-chromium",
    ],
    "node": [
        "onnxruntime-web-node",
        "tfjs-node",
    ],
    "python": [
        "litert-python",
        "onnx-reference",
        "onnxruntime-python",
        "openvino-python",
        "tensorflow-python",
    ],
    "tensorflow-c": ["tensorflow-c"],
}
