import xml.etree.ElementTree as ET

from modelparity.contract import report_pb2
from modelparity.report.junit import to_junit

_Cell = report_pb2.Cell


def test_cells_are_tests_and_runtimes_are_suites():
    report = report_pb2.Report(
        cells=[
            _Cell(
                runtime="a",
                format="onnx",
                signature="s",
                case="1",
                run_seconds=0.5,
                ok=True,
                verdict=_Cell.match,
            ),
            _Cell(
                runtime="a",
                format="onnx",
                signature="s",
                case="2",
                verdict=_Cell.crashed,
                message="x\x00 <&>",
            ),
            _Cell(
                runtime="b",
                format="onnx",
                signature="s",
                case="1",
                ok=True,
                verdict=_Cell.unsupported,
                message="int64",
            ),
            _Cell(runtime="b", format="onnx", signature="s", case="2", verdict=_Cell.match),
        ],
        stale_expectations=["b onnx s/3 crashed *"],
    )
    root = ET.fromstring(to_junit(report))
    assert (root.get("tests"), root.get("failures")) == ("5", "3")
    suites = {suite.get("name"): suite for suite in root}
    assert {name: suite.get("failures") for name, suite in suites.items()} == {
        "a": "1",
        "b": "1",
        "expectations": "1",
    }
    first, second = suites["a"]
    assert (first.get("classname"), first.get("name"), first.get("time")) == (
        "a.onnx",
        "s/1",
        "0.500000",
    )
    assert len(first) == 0
    failure = second.find("failure")
    assert (failure.get("type"), failure.get("message")) == (
        "crashed",
        r"x\x00 <&>",
    )
    known, unexpected = suites["b"]
    assert known.find("failure") is None
    assert known.find("system-out").text == "known: unsupported: int64"
    assert "matches now" in unexpected.find("failure").get("message")
    assert suites["expectations"][0].get("name") == "b onnx s/3 crashed *"
