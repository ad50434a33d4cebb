"""A model behind an endpoint that speaks OpenAI's chat API."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aidec.common.errors import AidecError, EvaluationError
from aidec.common.extras import extra
from aidec.evaluation.asking import NOTHING, OUTPUT, TIMEOUT, Answers, Question, failed, in_threads
from aidec.evaluation.model import Prediction
from aidec.evaluation.prompting import Prompting

if TYPE_CHECKING:
    import httpx2

MOST_PAUSE = 30.0
"""Seconds between two attempts at most."""

FATAL = (401, 403, 404)
"""What a server answers to every question: the key, the model or the address is wrong."""

PASSING = (408, 409, 425, 429)
"""What a server answers beside 5xx if the same question may be answered later."""

_UNREACHABLE, _STOPPED = "unreachable", "stopped"
_FIRST_PAUSE = 0.5
_JSON_TIMES = 8  # how much longer an answer may be as JSON


class _RefusedError(Exception):
    """There is no answer to this question, however often it is asked.

    Attributes:
        kind: what was wrong.
        detail: what the server said.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind)
        self.kind, self.detail = kind, detail


class _LaterError(Exception):
    """There was no answer, and there may be one later.

    Attributes:
        kind, detail: as for ``_RefusedError``.
        pause: seconds that the server asks to wait, or 0.
    """

    def __init__(self, kind: str, detail: str = "", pause: float = 0.0) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.pause = kind, detail, pause


@dataclass(slots=True)
class Endpoint:
    """Answers by asking a server.

    Attributes:
        url: the address of the API, such as ``http://localhost:8000/v1``.
        model: the name of the model.
        prompting: what it is asked.
        body: what a request says beside that, such as ``temperature`` and ``max_tokens``.
        key: the key of the API, if it needs one.
        jobs: how many questions are asked at once.
        timeout: seconds that one attempt may take, from the question to the end of the answer.
        most_output: bytes that an answer may have.
        retries: how often a question is asked again that a server did not answer.
    """

    url: str
    model: str
    prompting: Prompting
    body: dict[str, Any] = field(default_factory=dict)
    key: str | None = field(default=None, repr=False)
    jobs: int = 8
    timeout: float = 120.0
    most_output: int = 1 << 20
    retries: int = 5
    _client: httpx2.Client = field(init=False, repr=False)
    _stop: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def __post_init__(self) -> None:
        with extra("eval", "--endpoint needs", EvaluationError):
            import httpx2
        if not self.url.startswith(("http://", "https://")):
            raise EvaluationError(f"{self.url}: expected an address that begins with http:// or https://")
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        limits = httpx2.Limits(max_connections=self.jobs, max_keepalive_connections=self.jobs)
        is_secure = self.url.startswith("https:")  # certificates are loaded for that alone
        self._client = httpx2.Client(headers=headers, limits=limits, verify=is_secure)

    @property
    def identity(self) -> str:
        """The address, the model, what it is asked, and the limits."""
        body = json.dumps(self.body, sort_keys=True)
        return repr((self.url, self.model, self.prompting.identity, body, self.timeout, self.most_output, self.retries))

    @property
    def _address(self) -> str:
        path = "completions" if self.prompting.chat else "chat/completions"
        return self.url if self.url.endswith("/completions") else f"{self.url.rstrip('/')}/{path}"

    def answers(self, questions: Iterator[Question]) -> Answers:
        """As ``Answerer.answers``.

        Raises:
            EvaluationError: the server can't be reached, or refuses all questions.
        """
        self._stop = threading.Event()
        return in_threads(self.ask, questions, self.jobs, self._stop)

    def ask(self, question: Question) -> Prediction:
        """The answer to one question, which is asked again if there is none."""
        start = time.monotonic()
        try:
            request = self._request(question)
        except AidecError as error:
            return failed(question, "no prompt", str(error))
        for attempt in range(self.retries + 1):
            try:
                text, tokens = self._attempt(request)
            except _LaterError as error:
                problem = error
                pause = max(error.pause, _FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311
                if attempt == self.retries or self._stop.wait(min(pause, MOST_PAUSE)):
                    break
                continue
            except _RefusedError as error:
                return failed(question, error.kind, error.detail, time.monotonic() - start)
            seconds = time.monotonic() - start
            answer = text.encode("utf-8", "surrogatepass")
            if len(answer) > self.most_output:
                return failed(question, OUTPUT, seconds=seconds)
            failure = None if answer.strip() else NOTHING
            return Prediction(question.task.id, question.sample, answer, failure, seconds, tokens)
        if problem.kind == _UNREACHABLE and not self._stop.is_set():
            raise EvaluationError(f"{self._address}: it can't be reached: {problem.detail}")
        kind = _STOPPED if self._stop.is_set() else problem.kind
        return failed(question, kind, problem.detail, time.monotonic() - start)

    def _request(self, question: Question) -> bytes:
        messages = self.prompting.messages(question)
        asked = {"prompt": self.prompting.as_text(messages)} if self.prompting.chat else {"messages": messages}
        return json.dumps({"model": self.model, **asked, **self.body}).encode()

    def _attempt(self, request: bytes) -> tuple[str, int | None]:
        """The text of an answer, and the tokens that it took with the question, where the server counts them."""
        import httpx2

        deadline = time.monotonic() + self.timeout
        received = bytearray()
        try:
            with self._client.stream(
                "POST",
                self._address,
                content=request,
                headers={"Content-Type": "application/json"},
                timeout=self.timeout,
            ) as response:
                for block in response.iter_bytes():
                    received += block
                    if time.monotonic() > deadline or self._stop.is_set():
                        raise _LaterError(TIMEOUT)
                    if len(received) > self.most_output * _JSON_TIMES:
                        raise _RefusedError(OUTPUT)
        except httpx2.TimeoutException:
            raise _LaterError(TIMEOUT) from None
        except httpx2.ConnectError as error:
            raise _LaterError(_UNREACHABLE, str(error)) from None
        except httpx2.InvalidURL as error:
            raise EvaluationError(f"{self._address}: not an address: {error}") from None
        except httpx2.HTTPError as error:
            raise _LaterError("broken connection", str(error)) from None
        self._check(response.status_code, bytes(received), response.headers.get("Retry-After", ""))
        return _answer_in(bytes(received))

    def _check(self, status: int, body: bytes, wait: str) -> None:
        """Make sure that a status is that of an answer."""
        if status == 200:
            return
        detail = body[:300].decode("utf-8", "replace").strip()
        if status in FATAL:
            raise EvaluationError(f"{self._address}: status {status}: {' '.join(detail.split())}")
        if status in PASSING or status >= 500:
            raise _LaterError(f"status {status}", detail, float(wait) if wait.isdigit() else 0.0)
        raise _RefusedError(f"status {status}", detail)


def _answer_in(body: bytes) -> tuple[str, int | None]:
    """The text in an answer of either API, and the number of tokens.

    Raises:
        _LaterError: it is no such answer.
    """
    try:
        found = json.loads(body)
        choice = found["choices"][0]
        text = choice["message"]["content"] if "message" in choice else choice["text"]
        tokens = (found.get("usage") or {}).get("total_tokens")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise _broken(body) from None
    if isinstance(text, list):  # in parts
        text = "".join(part["text"] for part in text if isinstance(part, dict) and isinstance(part.get("text"), str))
    if not isinstance(text, (str, type(None))) or not isinstance(tokens, (int, type(None))):
        raise _broken(body)
    return text or "", tokens


def _broken(body: bytes) -> _LaterError:
    return _LaterError("broken answer", body[:200].decode("utf-8", "replace"))
