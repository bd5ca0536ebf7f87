# SPDX-License-Identifier: GPL-3.0-or-later
"""The annotator against an endpoint that the test itself serves."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
import urllib.error

import pytest

from expclip_core.errors import InputError
from training.tead import annotator, lexicon

HANGS_UP, KEEPS_SILENT = 0, 1  # in the place of a status
GOOD = json.dumps({"expressions": {"warm": 0.4, "sad": 1}})


class _Answers(http.server.BaseHTTPRequestHandler):
    """Gives the server's `replies` in turn: (status, message content), the last one again and again."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, self.headers.get("Authorization"), body))
        status, content = self.server.replies[min(len(self.server.requests), len(self.server.replies)) - 1]
        if status == HANGS_UP:
            self.close_connection = True
            return
        if status == KEEPS_SILENT:
            time.sleep(0.4)
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps({"choices": [{"message": {"content": content}}]}).encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def served():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.requests, server.replies = [], [(200, GOOD)]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(served) -> annotator.Endpoint:
    return annotator.Endpoint(f"http://127.0.0.1:{served.server_port}/v1", "some-model", "secret", first_wait=0.0)


def test_an_answer_becomes_a_row_of_the_situations_table(served, endpoint, tmp_path):
    rows = list(annotator.annotated(["the swing is empty"], endpoint, tmp_path))
    assert rows == [("the swing is empty", "sad warm*.4")]
    assert set(lexicon.mixed(rows[0][1]).tags) >= {"sadness"}
    path, key, body = served.requests[0]
    assert (path, key, body["model"]) == ("/v1/chat/completions", "Bearer secret", "some-model")
    assert "the swing is empty" in body["messages"][-1]["content"]


@pytest.mark.parametrize(
    "malformed",
    [
        "I would say sad.",
        '{"expressions": {}}',
        '{"expressions": ["sad"]}',
        '{"expressions": {"melancholish": 0.5}}',
        '{"expressions": {"sad": 7}}',
        '{"expressions": {"sad": "very"}}',
        '{"expressions": {"sad": true}}',
    ],
)
def test_a_malformed_answer_is_asked_for_again_with_the_reason(malformed, served, endpoint, tmp_path):
    served.replies = [(200, malformed), (200, f"Here you are:\n```json\n{GOOD}\n```")]
    assert list(annotator.annotated(["x"], endpoint, tmp_path)) == [("x", "sad warm*.4")]
    assert len(served.requests) == 2
    assert len(served.requests[1][2]["messages"]) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_rate_limit_is_waited_out(status, served, endpoint, tmp_path):
    served.replies = [(status, ""), (status, ""), (200, GOOD)]
    assert list(annotator.annotated(["x"], endpoint, tmp_path)) == [("x", "sad warm*.4")]
    assert len(served.requests) == 3


def test_a_connection_that_breaks_off_is_tried_again_and_told_at_last(served, endpoint, tmp_path):
    served.replies = [(HANGS_UP, ""), (200, GOOD)]
    assert list(annotator.annotated(["x"], endpoint, tmp_path)) == [("x", "sad warm*.4")]
    served.replies = [(HANGS_UP, "")]
    with pytest.raises(InputError, match="breaks off"):
        list(annotator.annotated(["y"], endpoint, tmp_path))


def test_an_endpoint_that_does_not_answer_is_tried_again_and_told_at_last(served, endpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(annotator, "_TIMEOUT", 0.1)
    served.replies = [(KEEPS_SILENT, ""), (200, GOOD)]
    assert list(annotator.annotated(["x"], endpoint, tmp_path)) == [("x", "sad warm*.4")]
    served.replies = [(KEEPS_SILENT, "")]
    with pytest.raises(InputError, match="does not answer"):
        list(annotator.annotated(["y"], endpoint, tmp_path))


@pytest.mark.parametrize("broken", [ConnectionResetError(), BrokenPipeError(), TimeoutError()])
def test_what_breaks_while_the_question_is_sent_is_tried_again(broken, endpoint, tmp_path, monkeypatch):
    answers = iter([urllib.error.URLError(broken), GOOD])

    def posted(*_):
        if isinstance(answer := next(answers), Exception):
            raise answer
        return answer

    monkeypatch.setattr(annotator, "_posted", posted)
    assert list(annotator.annotated(["x"], endpoint, tmp_path)) == [("x", "sad warm*.4")]


def test_an_answer_in_the_cache_is_not_asked_for_again(served, endpoint, tmp_path):
    first = list(annotator.annotated(["x", "y"], endpoint, tmp_path))
    assert list(annotator.annotated(["y", "x"], endpoint, tmp_path)) == first[::-1]
    assert len(served.requests) == 2
    assert annotator.estimate(["x", "y", "z"], endpoint, tmp_path, 1.0, 1.0).startswith("1 of 3 texts")


def test_giving_up_and_refusals_are_told(served, endpoint, tmp_path):
    served.replies = [(200, "no idea")]
    with pytest.raises(InputError, match="another model"):
        list(annotator.annotated(["x"], endpoint, tmp_path))
    served.replies = [(401, "")]
    with pytest.raises(InputError, match="401"):
        list(annotator.annotated(["x"], endpoint, tmp_path))


def test_an_endpoint_that_is_not_there_is_named(tmp_path):
    endpoint = annotator.Endpoint("http://127.0.0.1:9", "m", first_wait=0.0)
    with pytest.raises(InputError, match="cannot be reached"):
        list(annotator.annotated(["x"], endpoint, tmp_path))


def test_without_yes_nothing_is_asked(served, endpoint, tmp_path, monkeypatch, capsys):
    (tmp_path / "texts.txt").write_text("x\n\ny\nx\n", encoding="utf-8")
    told = [str(tmp_path / "texts.txt"), "-o", str(tmp_path / "out.tsv"), "--cache", str(tmp_path / "cache")]
    command = ["annotator", *told, "--base-url", endpoint.base_url, "--model", "m", "--price-in", "1000"]
    monkeypatch.setattr(sys, "argv", command)
    annotator.main()
    assert not served.requests
    assert "2 of 2 texts" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", [*command, "--yes"])
    annotator.main()
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8") == "x\tsad warm*.4\ny\tsad warm*.4\n"


def test_what_is_wrong_is_one_sentence_and_leaves_the_table_as_it_was(served, endpoint, tmp_path, monkeypatch, capsys):
    (tmp_path / "texts.txt").write_text("x\ny\n", encoding="utf-8")
    (tmp_path / "out.tsv").write_text("before\tsad\n", encoding="utf-8")
    served.replies = [(200, GOOD), (401, "")]
    told = [str(tmp_path / "texts.txt"), "-o", str(tmp_path / "out.tsv"), "--cache", str(tmp_path / "cache"), "--yes"]
    monkeypatch.setattr(sys, "argv", ["annotator", *told, "--base-url", endpoint.base_url, "--model", "m"])
    with pytest.raises(SystemExit) as stopped:
        annotator.main()
    assert stopped.value.code == 2
    assert "refused with status 401" in capsys.readouterr().err
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8") == "before\tsad\n"
