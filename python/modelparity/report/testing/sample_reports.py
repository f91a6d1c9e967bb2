"""Reports with all that a report can have.

    typical()      every verdict, every figure, what differs and what is known to
    hostile()      names and messages that would like to be markup, control characters, or the whole page
    large(cells)   as many cells as are asked for, one in a hundred of them wrong
    models(count)  as many models as are asked for, merged, with what changed since an earlier run

`python -m modelparity.report.testing.sample_reports FOLDER` writes them as pages.
"""

import pathlib
import sys

from modelparity.contract import report_pb2
from modelparity.harness.reports import ALL, finish
from modelparity.report.changes import changes
from modelparity.report.html import to_html
from modelparity.report.merging import merge

_Cell = report_pb2.Cell
_ZERO, _INFINITE = -400, 400

FINDING = (
    "onnxruntime-python leaves tensorflow-python 2.21.0 at node 'model/attention/softmax' (Softmax)\n\n"
    "alone       2.1e-02 off, where 1.1e-05 is allowed\n"
)


def typical() -> report_pb2.Report:
    """A model with two signatures in five runtimes, most of which are right."""
    report = _report()
    for runtime, format_name, version, power in (
        ("tensorflow-python", "saved_model", "2.21.0", 0),
        ("tensorflow-python", "frozen_graph", "2.21.0", -8),
        ("onnxruntime-python", "onnx", "1.31.1", -7),
        ("tfjs-chromium/webgl", "frozen_graph", "4.22.0", -6),
    ):
        for signature in ("serving_default", "embed"):
            for case in ("zeros", "batch_of_1", "batch_of_33"):
                cell = _cell(report, runtime, format_name, signature, case)
                cell.runtime_version = version
                cell.load_seconds, cell.run_seconds = 0.25, 0.00125
                cell.outputs.append(output(power))
                if signature == "embed":
                    cell.outputs.append(_exact("labels", "int64"))
    wrong = next(each for each in report.cells if each.runtime == "tfjs-chromium/webgl")
    wrong.verdict, wrong.ok = _Cell.mismatch, False
    wrong.message = (
        "output 'probabilities' at [31,2]: got 0.318, wants 0.25 within 1e-05 + 0.0001 * |r|;"
        " 128 of 1100 elements differ"
    )
    del wrong.outputs[:]
    wrong.outputs.append(output(-3, failures=128))
    _special_values(wrong.outputs.add())
    contract = _cell(report, "litert-python", "litert", "embed", "zeros", _Cell.contract_mismatch)
    contract.message = "output 'y': got float32 [1], wants float32 [1,1]"
    contract.outputs.add(name="y", dtype="float32", shape=[1])
    known = _cell(report, "litert-python", "litert", "serving_default", ALL, _Cell.unsupported)
    known.message = "operator FlexErf: LiteRT runs it with Flex only"
    known.ok = True
    missing = _cell(report, "openvino-python", ALL, ALL, ALL, _Cell.unsupported)
    missing.message = "is not installed; `pip install openvino`"
    report.stale_expectations.append("litert-python litert embed/ones mismatch *")
    report.notes.append("onnx: FloorDiv at 'model/half' was converted by modelparity itself")
    report.notes.append("embed/negative: the reference refused it: negative index -1")
    finish(report)
    return report


def hostile() -> report_pb2.Report:
    """Nothing in a model's names or messages may become part of the page."""
    report = _report()
    for text in (
        "<script>document.title = 'taken'</script>",
        "\"'><img src=x onerror=\"document.title='taken'\">",
        "</title></style></details></table>{{ 7 * 7 }}{% raw %}",
        "\x00\x07\x1b[31m\r\n\u202egnihsab\u2066",
        "a|b`c*d_e[f](g)",
        "très 日本語 🧪 " + "long" * 250,
    ):
        cell = _cell(report, text, text, text, text, _Cell.mismatch)
        cell.runtime_version = cell.message = text
        cell.outputs.append(output(-3, failures=3))
        cell.outputs[0].name = cell.outputs[0].dtype = text
        cell.outputs[0].reference_value.string_value = text
        cell.outputs[0].candidate_value.string_value = text
        report.stale_expectations.append(text)
        report.notes.append(text)
    finish(report)
    return report


def large(cells: int) -> report_pb2.Report:
    """Of what differs, the first is a needle."""
    report = _report()
    for number in range(cells):
        cell = _cell(
            report, f"runtime-{number // 16}", "onnx", f"s{number % 4}", f"c{number // 4 % 4}"
        )
        cell.outputs.append(output(-7))
        if number % 100 == 0:
            cell.verdict, cell.ok = _Cell.mismatch, False
            cell.message = f"output 'y': wrong by {number}" if number else "needle"
            cell.outputs[0].CopyFrom(output(-2, failures=1))
    finish(report)
    return report


def models(count: int) -> report_pb2.Report:
    """Each has six cells; of every tenth one is wrong, and one is since the earlier run, as is one more model."""
    now = merge((f"{number}", _of_model(number, wrong=number % 10 == 0)) for number in range(count))
    then = merge((f"{number}", _of_model(number, wrong=number == 10)) for number in range(1, count))
    now.changes.CopyFrom(changes(now, then))
    return now


def _of_model(number: int, wrong: bool) -> report_pb2.Report:
    report = _report()
    report.model = f"zoo/model-{number:04}.keras"
    report.notes.append("onnx: FloorDiv at 'model/half' was converted by modelparity itself")
    for runtime, format_name in (
        ("tensorflow-python", "saved_model"),
        ("tensorflow-c", "saved_model"),
        ("onnxruntime-python", "onnx"),
        ("litert-python", "litert"),
        ("tfjs-chromium/wasm", "frozen_graph"),
        ("tfjs-chromium/webgl", "frozen_graph"),
    ):
        cell = _cell(report, runtime, format_name, "serving_default", "zeros")
        cell.outputs.append(output(-7))
    if wrong:
        cell.verdict, cell.ok = _Cell.mismatch, False
        cell.message = f"output 'probabilities' at [31,2]: got {number}, wants 0.25"
        cell.outputs[0].CopyFrom(output(-2, failures=1))
    finish(report)
    return report


def output(power: int, failures: int = 0) -> report_pb2.OutputComparison:
    """An output of 1100 floats whose errors are some 10^power of the reference, or 0 for 0."""
    off = bool(power)
    result = report_pb2.OutputComparison(
        name="probabilities",
        dtype="float32",
        shape=[110, 10],
        max_abs=7.2 * 10**power * off,
        max_rel=2.5 * 10**power * off,
        max_ulp=12 * off,
        mean_abs=1.1 * 10 ** (power - 1) * off,
        p50_abs=4 * 10 ** (power - 2) * off,
        p90_abs=3.1 * 10 ** (power - 1) * off,
        p99_abs=5 * 10**power * off,
        worst_index=[31, 2],
        atol=1e-5 + 4e-6,
        noise_atol=4e-6,
        rtol=1e-4,
        match=not failures,
        failures=failures,
        cosine=0.999999912,
        noise_abs=4e-6,
        oracle_abs=3.1e-7,
        reference_oracle_abs=5.2e-7,
    )
    result.reference_value.number_value = 0.25
    result.candidate_value.number_value = 0.25 + 7.2 * 10**power * off
    result.errors.add(decade=_ZERO, count=140 if off else 1100)
    counts = [12, 214, 431, 220, 83] if off else []
    for step, count in enumerate(counts):
        result.errors.add(decade=power - 4 + step, count=count)
    for step in range(6):
        error = 7.2 * 10.0 ** (power - max(5 - step - 1, 0)) * off
        result.magnitudes.add(decade=step - 5, count=200, max_abs=error)
    result.magnitudes.add(decade=_ZERO, count=40, max_abs=10.0 ** (power - 4) * off)
    return result


def _special_values(result: report_pb2.OutputComparison) -> None:
    result.name, result.dtype, result.rtol, result.atol = "logits", "float16", 2e-3, 0.5
    result.shape.extend([64, 10])
    result.max_abs = result.max_rel = result.max_ulp = result.mean_abs = float("inf")
    result.worst_index.extend([3, 7])
    result.reference_value.string_value = "NaN"
    result.candidate_value.number_value = 1.5
    result.failures, result.nan_disagreements, result.infinity_disagreements = 7, 4, 3
    for decade, count in ((_ZERO, 600), (-3, 33), (_INFINITE, 7)):
        result.errors.add(decade=decade, count=count)
    for decade, error in ((-1, 4e-3), (0, 2e-3), (_INFINITE, float("inf"))):
        result.magnitudes.add(decade=decade, count=200, max_abs=error)


def _exact(name: str, dtype: str) -> report_pb2.OutputComparison:
    result = report_pb2.OutputComparison(name=name, dtype=dtype, shape=[33], match=True)
    result.max_abs = result.max_rel = result.mean_abs = 0
    result.worst_index.append(0)
    result.reference_value.number_value = result.candidate_value.number_value = 7
    result.errors.add(decade=_ZERO, count=33)
    result.magnitudes.add(decade=0, count=33)
    return result


def _report() -> report_pb2.Report:
    return report_pb2.Report(reference="tensorflow-python", reference_is_recorded=True)


def _cell(report, runtime, format_name, signature, case, verdict=_Cell.match) -> report_pb2.Cell:
    return report.cells.add(
        runtime=runtime,
        format=format_name,
        signature=signature,
        case=case,
        verdict=verdict,
        ok=verdict == _Cell.match,
    )


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, report in (
        ("typical", typical()),
        ("hostile", hostile()),
        ("large", large(4000)),
        ("models", models(5000)),
        ("some_models", models(12)),
    ):
        page = to_html(report, name, finding=FINDING)
        (folder / f"{name}.html").write_text(page, "utf-8")
