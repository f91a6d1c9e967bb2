import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

from modelparity.contract import report_pb2
from modelparity.report import html
from modelparity.report.html import to_html
from modelparity.report.testing import sample_reports

_VOID = {"meta", "link", "input"}


class _Page(HTMLParser):
    """What is on a page; it fails when elements are not nested."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        """Name and attributes, in their order."""
        self.texts = []
        """Each with the name of the element that it is in."""
        self._open = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((data.strip(), self._open[-1] if self._open else None))

    def having(self, name):
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    def text(self):
        """All that can be read."""
        return " ".join(text for text, tag in self.texts if tag not in ("style", "script"))


def _page(report, **given):
    return _Page(to_html(report, "digits", **given))


def test_every_link_leads_to_its_cells():
    page = _page(sample_reports.typical())
    ids = page.having("id")
    assert len(ids) == len(set(ids))
    links = [link for link in page.having("href") if not link.startswith("data:")]
    # 3 failures, 1 that is known, 6 rows of 2 signatures.
    assert len(links) == 3 + 1 + 12
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {name for name in page.having("aria-labelledby")} <= set(ids)


def test_the_matrix_has_words_symbols_and_how_near_it_was():
    report = sample_reports.typical()
    text = to_html(report, "digits")
    row = re.search(
        r'<tr><th scope="row"><span class="name">tfjs-chromium/webgl</span>.*?</tr>', text
    )[0]
    entries = re.findall(r'<td data-rank="(\d+)"><a class="verdict (\w+)".*?</span> (.*?)<', row)
    assert entries == [("82", "match", "match 7e-06"), ("2100", "wrong", "1/3 mismatch")]
    assert re.findall("--filled:([0-9.]+)%", row) == ["82", "100"]
    row = re.search(r'<tr><th scope="row"><span class="name">openvino-python</span>.*?</tr>', text)[
        0
    ]
    assert row.count("unsupported") == 2 and "--filled" not in row


def test_the_first_thing_said_is_whether_all_is_well():
    page = _page(sample_reports.typical())
    assert page.text().index("FAILED: 3 cells") < page.text().index("What differs")
    assert "serving_default/batch_of_1, with at least 18 % of it" in page.text()
    well = report_pb2.Report(ok=True, reference="r")
    cell = well.cells.add(runtime="r", ok=True, verdict=report_pb2.Cell.match)
    cell.outputs.append(sample_reports.output(0))
    page = _page(well)
    assert "OK" in page.text() and "What differs" not in page.text()
    assert "nearest to its tolerance" not in page.text()


def test_notes_versions_tolerances_and_stale_lines_are_there():
    text = _page(sample_reports.typical()).text()
    for said in (
        "litert-python litert embed/ones mismatch *",
        "negative index -1",
        "1.31.1",
        "default of float32; 4e-06 of atol was added",
        "185 times what is allowed there",
        "Known failures",
    ):
        assert said in text
    # Of each of the 24 outputs, and in the table of all tolerances.
    text = _page(sample_reports.typical(), rtol=1e-4).text()
    assert text.count("rtol: given on the command line") == 24 + 1 + 2


def test_what_was_located_has_a_section():
    assert "Where it begins" not in _page(sample_reports.typical()).text()
    text = _page(sample_reports.typical(), finding=sample_reports.FINDING).text()
    assert "Where it begins" in text and "model/attention/softmax" in text


def test_values_that_were_not_compared_have_no_figures():
    report = report_pb2.Report()
    cell = report.cells.add(runtime="r", verdict=report_pb2.Cell.contract_mismatch)
    cell.outputs.add(name="y", dtype="float32", shape=[3])
    page = _page(report)
    assert "float32 [3]" in page.text()
    assert "allowed" not in page.text().replace("what is allowed", "")


def test_names_and_messages_are_text():
    page, typical = _page(sample_reports.hostile()), _page(sample_reports.typical())
    # Whatever they hold, the elements and attributes are those of any report.
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in typical.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]
    assert Counter(tag for tag, _ in page.elements)["script"] == 1
    text = page.text()
    for said in ("<script>document.title", "{{ 7 * 7 }}{% raw %}", r"\x00\x07\x1b[31m\r\n\u202egn"):
        assert said in text


def test_nothing_is_asked_for():
    text = to_html(sample_reports.typical(), "digits")
    links = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s]*)""", text)
    assert {link[:1] for link in links if not link.startswith("data:")} == {"#"}
    assert "@import" not in text
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
        in text
    )


def test_many_failures_are_folded():
    text = to_html(sample_reports.large(1600), "large")
    listed, folded = text.split("10 more</summary>")
    assert listed.count('<a href="#g') == 6
    assert re.match(r'\s*<ul class="failures">', folded)


def test_of_very_many_plots_those_of_the_worst_stay(monkeypatch):
    assert "only the cells that are worst" not in to_html(sample_reports.typical(), "digits")
    monkeypatch.setattr(html, "_MOST_PLOTS", 3)
    text = to_html(sample_reports.large(300), "large")
    assert text.count("<svg ") == 3
    assert text.count("bar beyond") == 3
    assert "only the cells that are worst" in text


def test_a_page_of_thousands_stays_small():
    assert len(to_html(sample_reports.large(4000), "large")) < 9e6


def test_several_models_are_rows_and_runtimes_columns():
    report = sample_reports.models(12)
    report.cells[0].outputs[0].rtol = 0.5
    page, text = _page(report), to_html(report, "12 models")
    assert re.search(r'>model</th><th scope="col"[^>]*><span class="name">tensorflow-python', text)
    row = re.search(
        r'<th scope="row"[^>]*><span class="name">zoo/model-0010.keras</span>.*?</tr>', text
    )
    entries = re.findall(r'<a class="verdict (\w+)" href="#g\d+">.*?</span> (.*?)<', row[0])
    # Both backends are one column.
    assert entries == [("match", "match 7e-07")] * 4 + [("wrong", "1/2 mismatch")]
    assert "12 models, of which 2 differ" in page.text()
    assert "given by the case, or on the command line" in page.text()
    ids = page.having("id")
    links = {link[1:] for link in page.having("href") if link.startswith("#")}
    assert links <= set(ids) and len(ids) == len(set(ids))


def test_what_changed_has_a_section():
    assert "What changed" not in _page(sample_reports.typical()).text()
    text = _page(sample_reports.models(12)).text()
    assert "Models that are new 1 zoo/model-0000.keras" in text
    assert "not there, now mismatch" in text
    assert "Nothing has changed" not in text
    same = sample_reports.models(2)
    same.changes.Clear()
    same.changes.SetInParent()
    assert "Nothing has changed since the earlier report." in _page(same).text()


def test_names_of_models_are_text():
    report = sample_reports.hostile()
    for cell in report.cells:
        cell.model = cell.runtime
    report.changes.models_added.extend(cell.model for cell in report.cells)
    for cell in report.cells:
        report.changes.cells.add(kind="new_failure", model=cell.model, message=cell.message)
    page = _page(report)
    assert Counter(tag for tag, _ in page.elements)["script"] == 1
    assert "img" not in {tag for tag, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]


def test_thousands_of_models_fit_on_a_page():
    report = sample_reports.models(5000)
    text = to_html(report, "5000 models")
    assert len(text) < 8e6
    assert text.count('<th scope="row" role="rowheader"><span class="name">zoo/') == 5000
    assert text.count("<svg ") == html._MOST_PLOTS_OF_MODELS
    assert text.count('<details class="case') == html._MOST_DETAILED
    # All that is wrong is among those that have figures.
    assert text.count('<details class="case wrong') == 500
    assert "only the 1000 cells that are worst or nearest" in text


def test_nothing_to_show():
    page = _page(report_pb2.Report(notes=["no case"]))
    assert "FAILED" in page.text() and "no case" in page.text()
    assert "table" not in {tag for tag, _ in page.elements}
