"""Models behind an endpoint: what is asked, and what is made of answers that are late, broken or refused."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from chat_server import Deed, Reply, serving

import aidec
from aidec.common.errors import EvaluationError
from aidec.evaluation import endpoint
from aidec.evaluation.asking import Question, Turn
from aidec.evaluation.endpoint import Endpoint
from aidec.evaluation.model import Prediction, Task
from aidec.evaluation.prompting import Prompting

TASK = Task("t", aidec.compile("return 1", strip=True))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again soon."""
    monkeypatch.setattr(endpoint, "_FIRST_PAUSE", 0.01)


def ask(deed: Deed, *, timeout: float = 20.0, retries: int = 2, most: int = 1 << 20, **prompting: Any) -> Prediction:
    with serving(deed) as server:
        asked = Endpoint(server.url, "m", Prompting(**prompting), timeout=timeout, retries=retries, most_output=most)
        return asked.ask(Question(TASK, 0))


def test_the_answer_comes_with_its_tokens() -> None:
    found = ask(lambda reply: reply.say("return 1", 12))
    assert (found.completion, found.failure, found.tokens) == (b"return 1", None, 12)
    assert (found.seconds or 0) > 0
    assert ask(lambda reply: reply.say("x", None)).tokens is None
    assert (
        ask(lambda reply: reply.say([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])).completion == b"ab"
    )


def test_the_model_is_shown_the_chunk_and_what_was_wrong_before() -> None:
    turns = (Turn(b"x =", b"x =", "It is not Lua: line 1."), Turn(b"y =", b"y =", "It is not Lua: line 2."))
    with serving(lambda reply: reply.say("return 1")) as server:
        asked = Endpoint(f"{server.url}/", "lua-7b", Prompting(system="Be exact."), {"temperature": 0.5}, key="secret")
        asked.ask(Question(TASK, 0, turns))
        assert "secret" not in repr(asked) + asked.identity
    ((request, headers, path),) = server.requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert (request["model"], request["temperature"]) == ("lua-7b", 0.5)
    said = request["messages"]
    assert [message["role"] for message in said] == ["system", *["user", "assistant"] * 2, "user"]
    assert aidec.render(aidec.load(TASK.chunk), "listing") in said[1]["content"]
    assert [said[2]["content"], said[4]["content"]] == ["x =", "y ="]
    assert said[3]["content"].startswith("It is not Lua: line 1.\n")


def test_a_function_is_asked_for_with_its_upvalues_and_a_program_to_go_on_with_as_it_is() -> None:
    function = Task("f", TASK.chunk, is_function=True, upvalues=("count", "_ENV"))
    (message,) = Prompting().messages(Question(function, 0))
    assert "upvalues are called, in this order: count, _ENV.\n" in message["content"]
    program = Task("p", b"", prompt=b"-- Adds.\nlocal function add(a, b)\n")
    (message,) = Prompting().messages(Question(program, 0))
    assert message["content"].endswith("\n\n-- Adds.\nlocal function add(a, b)\n")


def test_what_looks_like_a_place_in_a_program_stays_as_it_is() -> None:
    program = Task("p", b"", prompt=b"-- {chunk} {program} {upvalues}\n")
    (message,) = Prompting().messages(Question(program, 0))
    assert message["content"].endswith("\n\n-- {chunk} {program} {upvalues}\n")


def test_a_model_that_was_trained_on_a_pack_gets_the_pack_alone_in_its_chat_format() -> None:
    with serving(lambda reply: reply.say("return 1")) as server:
        prompting = Prompting("compact", "{chunk}", chat="chatml")
        assert Endpoint(server.url, "m", prompting).ask(Question(TASK, 0)).completion == b"return 1"
    ((request, _, path),) = server.requests
    shown = aidec.render(aidec.load(TASK.chunk), "compact")
    assert path == "/v1/completions"
    assert request["prompt"] == f"<|im_start|>user\n{shown}<|im_end|>\n<|im_start|>assistant\n"


BAD: dict[str, tuple[Deed, str]] = {
    "500": (lambda reply: reply.send(b"busy", 500), "status 500"),
    "429": (lambda reply: reply.send(b"slowly", 429, Retry_After="0"), "status 429"),
    "not JSON": (lambda reply: reply.send(b'{"choices": [{"mess'), "broken answer"),
    "no choices": (lambda reply: reply.send(b'{"choices": []}'), "broken answer"),
    "a number": (lambda reply: reply.say(1), "broken answer"),
    "deep": (lambda reply: reply.send(b"[" * 100_000), "broken answer"),
    "cut off": (lambda reply: reply.send(b"{", Content_Length="99"), "broken connection"),
    "slow": (lambda reply: reply.drip(0.3), "timeout"),
    "drips": (lambda reply: reply.drip(0.02), "timeout"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_answer_is_asked_for_again(kind: str) -> None:
    deed, failure = BAD[kind]

    def second_time(reply: Reply) -> None:
        return deed(reply) if reply.number == 0 else reply.say("return 1")

    assert ask(second_time, timeout=0.2, retries=1).completion == b"return 1"
    found = ask(deed, timeout=0.2, retries=1)
    assert (found.completion, found.failure) == (b"", failure)


def test_what_will_never_be_answered_is_not_asked_for_again() -> None:
    with serving(lambda reply: reply.send(b"too long", 400)) as server:
        found = Endpoint(server.url, "m", Prompting()).ask(Question(TASK, 0))
    assert (found.failure, found.detail) == ("status 400", "too long")
    assert len(server.requests) == 1
    assert ask(lambda reply: reply.say("")).failure == "no output"
    assert ask(lambda reply: reply.say(None)).failure == "no output"
    assert ask(lambda reply: reply.say("x" * 101), most=100).failure == "too much output"
    assert ask(lambda reply: reply.send(b" " * 100_000), most=1000).failure == "too much output"


def test_what_is_wrong_with_every_question_ends_the_run() -> None:
    with pytest.raises(EvaluationError, match=r"/v1/chat/completions: status 401: no key$"):
        ask(lambda reply: reply.send(b"no\nkey", 401))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    unreachable = Endpoint(f"http://127.0.0.1:{port}", "m", Prompting(), retries=1)
    with pytest.raises(EvaluationError, match=rf"^http://127.0.0.1:{port}/chat/completions: it can't be reached: "):
        unreachable.ask(Question(TASK, 0))
    for address in ("localhost:8000", "http://[x"):
        with pytest.raises(EvaluationError):
            Endpoint(address, "m", Prompting()).ask(Question(TASK, 0))
    with pytest.raises(EvaluationError, match=r"^the prompt has no \{chunk\}"):
        Prompting(text="chunk")


def test_several_are_asked_at_once_and_no_more_than_that() -> None:
    three = threading.Barrier(3, timeout=20)

    def together(reply: Reply) -> None:
        three.wait()
        reply.say("return 1")

    with serving(together) as server:
        asked = Endpoint(server.url, "m", Prompting(text="{chunk}"), jobs=3)
        questions = [Question(Task(str(i), aidec.compile(f"return {i}")), 0) for i in range(21)]
        found = dict(asked.answers(iter(questions)))
    assert {prediction.completion for prediction in found.values()} == {b"return 1"}
    assert len(found) == 21
    assert server.most_at_once == 3


def test_an_endpoint_that_asks_for_other_things_is_another() -> None:
    same = [Endpoint("http://x", "m", Prompting()).identity for _ in range(2)]
    others = [
        Endpoint("http://x", "n", Prompting()).identity,
        Endpoint("http://x", "m", Prompting("compact")).identity,
        Endpoint("http://x", "m", Prompting(), {"temperature": 1}).identity,
    ]
    assert len({*same, *others}) == 4
