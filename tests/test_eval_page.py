"""The page of a report: all failures are in it, it sorts, filters and opens them, and needs nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aidec.evaluation.levels import static_score
from aidec.evaluation.model import Prediction, Scored, Task
from aidec.evaluation.outputs import Results
from aidec.evaluation.page import MAX_FAILURES, MAX_LINES, Failure, failed_of, failure_of, html_report
from aidec.evaluation.report import Settings, report_of
from aidec.lua import compile_source

SOURCE = b"local function add(a, b)\n    return a + b\nend\nprint(add(1, 2))\n"
RIGHT, OTHER, BROKEN = SOURCE, SOURCE.replace(b"+", b"-"), b"</script><b>'"


def results_of(codes: list[bytes], source: bytes = SOURCE) -> Results:
    found = []
    for number, code in enumerate(codes):
        tags = ("size:1-9" if number % 2 else "size:10-99", "closure" if number % 3 else "goto")
        task = Task(f"<task {number}>", compile_source(source, strip=True), source, tags=tags)
        found.append((task, [[Scored(Prediction(task.id, 0, code), code, static_score(task, code))]]))
    return found


def failures_of(results: Results) -> list[Failure]:
    return [failure_of(*each) for each in failed_of(results)]


def page_of(results: Results) -> str:
    return html_report(report_of(results, Settings("a <system>")), results)


def data_of(page: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(re.findall(r'id="data">(.*)</script>', page)[0])
    return found


def test_a_failure_shows_the_first_difference() -> None:
    (failure,) = failures_of(results_of([RIGHT, OTHER]))
    assert (failure.level, failure.kind) == ("same_bytecode", "instruction: SUB, expected ADD")
    assert failure.note == "function 0: instruction 1: SUB 2 0 1, expected ADD 2 0 1"
    assert failure.function == "0"
    assert failure.listing[:2] == [("1 ADD 2 0 1", "1 SUB 2 0 1", False), ("2 RETURN 2 2", "2 RETURN 2 2", True)]
    assert failure.groups == ["stripped: yes", "size: 1-9", "tag: closure"]


def test_what_does_not_compile_stands_beside_nothing() -> None:
    (failure,) = failures_of(results_of([BROKEN]))
    assert failure.level == "parses"
    assert {right for _, right, _ in failure.listing} == {""}


def test_a_long_text_is_cut_and_its_listing_stands_around_the_difference() -> None:
    source = b"".join(b"print(%d)\n" % number for number in range(1000))
    (failure,) = failures_of(results_of([source.replace(b"print(700)", b"print(-700)")], source))
    assert failure.code.splitlines()[-1] == "... 601 more lines"
    assert len(failure.listing) == MAX_LINES
    assert sum(not same for _, _, same in failure.listing) == 1


def test_data_ends_no_script_and_names_are_text() -> None:
    page = page_of(results_of([OTHER, BROKEN]))
    assert [failure["task"] for failure in data_of(page)] == ["<task 0>", "<task 1>"]
    assert page.count("</script>") == 2
    assert "<b>'" not in page
    assert "<h1>a &lt;system&gt;</h1>" in page
    assert "default-src 'none'" in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []


def test_a_page_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_FAILURES >= 1000
    monkeypatch.setattr("aidec.evaluation.page.MAX_FAILURES", 1)
    page = page_of(results_of([OTHER, BROKEN]))
    assert "The page holds the first 1 failures; 1 more are in scores.jsonl." in page
    assert len(data_of(page)) == 1


def test_a_report_without_failures_says_so() -> None:
    page = page_of(results_of([RIGHT]))
    assert "<p>None.</p>" in page
    assert data_of(page) == []


SCRIPT = """<script>
const said = [], count = document.getElementById("count");
const clusters = () => Array.from(document.querySelectorAll("details.cluster > summary"), each => each.textContent);
const until = test => new Promise(done => {
  const look = () => { if (test()) done(); else setTimeout(look, 10); };
  look();
});
const set = async (name, value) => {
  form.reset();
  await until(() => count.textContent === "1,002 of 1,002");
  form[name].value = value;
  form.dispatchEvent(new Event("input"));
};
(async () => {
  said.push(clusters());
  document.querySelector("a[data-kind='size: 1-9']").click();
  await until(() => count.textContent !== "1,002 of 1,002");
  said.push(count.textContent);
  for (const kind of ["size", "tag"]) { await set("by", kind); said.push(clusters()); }
  await set("text", "<task 3>");
  said.push(clusters());
  await until(() => document.querySelector("details.failure"));
  document.querySelector("details.failure").open = true;
  await until(() => document.querySelector("tr.other"));
  said.push(Array.from(document.querySelectorAll("pre"), each => each.textContent));
  said.push(document.querySelector("tr.other").textContent);
  const sizes = () => Array.from(document.querySelectorAll("#groups tbody tr"), row => row.cells[1].textContent);
  const head = document.querySelectorAll("#groups thead button")[1];
  head.click(); said.push(sizes()); head.click(); said.push(sizes());
  const out = document.createElement("output");
  out.textContent = JSON.stringify(said);
  document.body.replaceChildren(out);
})();
</script>"""


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_a_browser_sorts_filters_and_opens_a_thousand_failures(tmp_path: Path) -> None:
    ((task, samples),) = results_of([OTHER])
    ((broken_task, broken),) = results_of([BROKEN])
    many = [(Task(f"<task {i}>", task.chunk, SOURCE, tags=("size:1-9", "arithmetic")), samples) for i in range(1000)]
    rest = [(Task("broken", broken_task.chunk, SOURCE, tags=("size:10-99",)), broken) for _ in range(2)]
    path = tmp_path / "page.html"
    path.write_text(page_of([*many, *rest]).replace("</body>", SCRIPT + "</body>"))
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    command = ["chromium", *options, "--virtual-time-budget=20000", "--dump-dom", path.as_uri()]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
    first, count, by_size, by_tag, found, texts, other, down, up = json.loads(
        re.findall(r"<output>(.*)</output>", printed)[0]
    )
    assert first == ["1,000 same_bytecode: instruction: SUB, expected ADD", "2 parses: unexpected symbol near '...'"]
    assert count == "1,000 of 1,002"
    assert by_size == ["1,000 size: 1-9", "2 size: 10-99"]
    assert by_tag == ["1,000 tag: arithmetic", "2 tag: none"]
    assert found == ["1 same_bytecode: instruction: SUB, expected ADD"]
    assert texts == [SOURCE.decode(), OTHER.decode()]
    assert other == "1 ADD 2 0 11 SUB 2 0 1"
    assert down == sorted(down, key=lambda text: -int(text.replace(",", "")))
    assert up == down[::-1]
    assert len(set(up)) > 1
