"""Says before a model runs what stands between it and each runtime.

    model = read("my_model")  # facts: signatures and operators, of the file alone
    for prediction in predict(model, runtimes.RUNTIMES):
        print(prediction.runtime, prediction.format, prediction.verdict)

Readers make facts of a file, rules make obstacles of facts and of what was measured (`knowledge`), and
what remains of a runtime is a verdict. Neither the model nor TensorFlow is loaded.
"""

from modelparity.check.predictions import Prediction, Verdict, predict
from modelparity.check.reader import read

__all__ = ["Prediction", "Verdict", "predict", "read"]
