"""What the benchmarks do with TensorFlow in Python, each in a process of its own.

python in_tensorflow.py saved_model FOLDER 784,128,10
python in_tensorflow.py checked_answer BUNDLE
python in_tensorflow.py calls SAVED_MODEL
"""

import sys


def saved_model(folder: str, sizes: str) -> None:
    """Makes a SavedModel of a network, with one signature from "x" to "y"."""
    import tensorflow as tf
    from models import weights

    layer_sizes = [int(size) for size in sizes.split(",")]
    model = tf.Module()
    model.layers = [
        (tf.Variable(matrix), tf.Variable(bias)) for matrix, bias in weights(layer_sizes)
    ]

    @tf.function(input_signature=[tf.TensorSpec([None, layer_sizes[0]], tf.float32, name="x")])
    def predict(x: tf.Tensor) -> dict[str, tf.Tensor]:
        for matrix, bias in model.layers:
            x = tf.nn.relu(tf.matmul(x, matrix) + bias)
        return {"y": x}

    tf.saved_model.save(model, folder, signatures={"serving_default": predict})


def checked_answer(path: str) -> None:
    """From a bundle to an answer that is known to be right, as checked_answer.cc."""
    import tensorflow as tf

    from modelparity.bundle import Bundle
    from modelparity.compare import compare_responses
    from modelparity.tensors import decode_inputs, encode_outputs

    bundle = Bundle.open(path)
    (artifact,) = (entry for entry in bundle.manifest.artifacts if entry.format == "saved_model")
    model = tf.saved_model.load(str(bundle.path_of(artifact)))
    cases = list(bundle.cases())
    for case in cases:
        inputs = {name: tf.constant(array) for name, array in decode_inputs(case.request).items()}
        outputs = model.signatures[case.signature](**inputs)
        response = encode_outputs(
            {name: tensor.numpy() for name, tensor in outputs.items()}, case.request
        )
        judgement = compare_responses(case.expected, response)
        if judgement.message:
            sys.exit(judgement.message)
    print(f"{len(cases)} cases match")


def calls(folder: str) -> None:
    """Answers each line of stdin with the median microseconds of that many calls."""
    import statistics
    import time

    import tensorflow as tf

    model = tf.saved_model.load(folder)
    signature = model.signatures["serving_default"]
    x = tf.zeros([1, signature.structured_input_signature[1]["x"].shape[1]])
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            signature(x=x)
            times.append(time.perf_counter() - start)
        print(statistics.median(times) * 1e6, flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
