from modelparity.contract import report_pb2
from modelparity.harness.reports import finish
from modelparity.report.markdown import to_markdown
from modelparity.report.testing import sample_reports

_Cell = report_pb2.Cell


def _report(*cells, **fields):
    report = report_pb2.Report(reference="r", reference_is_recorded=True, **fields)
    for cell in cells:
        filled = {"runtime": "a", "format": "onnx", "signature": "s", "case": "1"} | cell
        report.cells.add(**({"verdict": _Cell.match, "ok": True} | filled))
    finish(report)
    return report


def test_a_model_in_one_screen():
    assert to_markdown(sample_reports.typical(), "digits") == (
        "### digits: FAILED: 3 cells\n"
        "\n"
        "- 27 cells: 1 contract_mismatch, 23 match, 1 mismatch, 2 unsupported\n"
        "- 1 as the expectations say\n"
        "- reference tensorflow-python, its recorded answers\n"
        "\n"
        "| runtime | format | embed | serving_default |\n"
        "| --- | --- | --- | --- |\n"
        "| tensorflow-python | saved_model | match 0 | match 0 |\n"
        "| tensorflow-python | frozen_graph | match 7e-08 | match 7e-08 |\n"
        "| onnxruntime-python | onnx | match 7e-07 | match 7e-07 |\n"
        "| tfjs-chromium/webgl | frozen_graph | match 7e-06 | **1/3 mismatch** |\n"
        "| litert-python | litert | **contract** | unsupported (known) |\n"
        "| openvino-python | * | **unsupported** | **unsupported** |\n"
        "\n"
        "**Failures**\n"
        "\n"
        "- tfjs-chromium: frozen_graph of serving_default: mismatch: zeros: output 'probabilities'"
        " at \\[31,2]: got 0.318, wants 0.25 within 1e-05 + 0.0001 * |r|; 128 of 1100 elements"
        " differ\n"
        "- litert-python: litert of embed: contract_mismatch: zeros: output 'y': got float32 \\[1],"
        " wants float32 \\[1,1]\n"
        "- openvino-python: unsupported: is not installed; `pip install openvino`\n"
        "\n"
        "**Stale lines of the expectations**\n"
        "\n"
        "- litert-python litert embed/ones mismatch *\n"
        "\n"
        "**Notes**\n"
        "\n"
        "- onnx: FloorDiv at 'model/half' was converted by modelparity itself\n"
        "- embed/negative: the reference refused it: negative index -1\n"
    )


def test_a_runtime_that_has_no_such_signature_has_nothing_there():
    text = to_markdown(_report({}, {"runtime": "b", "signature": "t"}), "m")
    assert "| a | onnx | match |  |\n| b | onnx |  | match |\n" in text


def test_of_several_models_those_that_differ_are_there():
    text = to_markdown(sample_reports.models(700), "700 models")
    assert text.startswith("### 700 models: FAILED: 70 cells\n\n- 700 models, of which 70 differ\n")
    assert "| zoo/model-0010.keras | match 7e-07 |" in text
    assert "model-0001.keras | match" not in text
    assert "\nAnd 20 more models differ.\n" in text
    assert "**New failures**\n\n- zoo/model-0000.keras: tfjs-chromium/webgl frozen_graph" in text
    assert text.count("\n") < 330


def test_without_a_cell_there_is_no_table():
    assert to_markdown(_report(notes=["not run, since"]), "m") == (
        "### m: FAILED\n\n- 0 cells: none\n- reference r, its recorded answers\n\n**Notes**\n\n"
        "- not run, since\n"
    )


def test_a_listed_cell_that_matches_says_so():
    text = to_markdown(_report({"ok": False}), "m")
    assert "- a: onnx of s: match: 1: is listed in the expectations, and matches now\n" in text


def test_names_and_messages_are_no_markup():
    text = to_markdown(
        _report({"signature": "a|b<i>", "ok": False, "message": "got\n| ![x](y) &amp;"}), "<b>"
    )
    assert text.startswith("### &lt;b>: FAILED")
    assert "| runtime | format | a\\|b&lt;i> |\n" in text
    assert "- a: onnx of a|b&lt;i>: match: 1: got\\n| !\\[x](y) &amp;amp;\n" in text
    assert "<" not in to_markdown(sample_reports.hostile(), "m")


def test_a_long_list_is_cut():
    cells = [
        {"signature": f"s{number}", "ok": False, "message": f"{number}"} for number in range(53)
    ]
    text = to_markdown(_report(*cells), "m")
    assert text.count("- a: onnx") == 50
    assert text.endswith("- and 3 more\n")
