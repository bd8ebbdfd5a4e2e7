"""One question to a hub, one answer in time: the client's session, without its patience.

The hub's own client asks six times within half a minute where nobody answers, and waits
without end for a server that is silent. Here every question has one try and one deadline,
which counts the look-up of the name, the connection and the answer's last byte together.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfwidgets.config import settings
from tfwidgets.models.net import bodies, failures, limits, paths, refusals
from tfwidgets.models.net.credential import Credential
from tfwidgets.models.net.endpoint import endpoint
from tfwidgets.models.net.problems import HubProblem
from tfwidgets.models.net.waiting import TooLate, in_place

if TYPE_CHECKING:
    import httpx2

LARGEST = 32_000_000
"""Most bytes of an answer. A page of a hundred models has some 300 kB."""

# Of an error's page only the beginning is of use.
_ERROR_BYTES = 64_000


@dataclass(frozen=True)
class HubClient:
    """A hub as a person reaches it: its address, how long to wait, and their token.

    Safe to use in many threads; only ``now`` belongs into the main thread.

    Attributes
    ----------
    endpoint
        Address of the hub, without a slash at its end.
    timeout
        Seconds until an answer must be there as a whole.
    """

    endpoint: str
    timeout: float
    credential: Credential = field(default_factory=Credential, repr=False, compare=False)

    @classmethod
    def now(cls) -> HubClient:
        """Return the client that the settings and the environment ask for.

        To be called in the main thread: a token may come from Colab's secrets, which any
        other thread freezes.
        """
        return cls(endpoint(), float(settings().hub_timeout), Credential.read())

    def __repr__(self) -> str:
        return f"HubClient({self.shown!r}, timeout={self.timeout:g})"

    @property
    def shown(self) -> str:
        """The endpoint as it may be shown: without a password in it."""
        return paths.shown(self.endpoint)

    @property
    def mark(self) -> str:
        """Tells this hub's answers to this person from others, without the token."""
        return f"{self.endpoint} {self.credential.mark}"

    def get(
        self,
        path_or_url: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> httpx2.Response:
        """Ask once, follow redirects, and return the whole answer.

        Parameters
        ----------
        path_or_url
            A path on this hub (``"/api/models"``) or an address. Other hosts get no token.
        params
            What follows the question mark; a list for what is there more than once.
        headers
            Further headers, ``Range`` for instance.
        timeout
            Seconds for all of it; None: the client's.

        Raises
        ------
        HubProblem
            Whatever goes wrong.
        """
        seconds = timeout or self.timeout

        def work() -> httpx2.Response:
            end = time.monotonic() + seconds
            response = self._open(path_or_url, params, headers, seconds=seconds)
            try:
                return self._read(response, path_or_url, end)
            finally:
                response.close()

        return self._within(seconds, work, lambda late: late.close())

    def json(self, path: str, params: Mapping[str, Any] | None = None) -> tuple[Any, str | None]:
        """Ask for data; return it with the address of the next page, None on the last.

        Raises
        ------
        HubProblem
            Whatever goes wrong; of kind ``"portal"`` when what came is a page for people.
        """
        return self.parsed(self.get(path, params))

    def parsed(self, response: httpx2.Response) -> tuple[Any, str | None]:
        """Read an answer as ``json`` does."""
        try:
            following = response.links.get("next", {}).get("url")
            return json.loads(response.content), following
        except (ValueError, RecursionError):
            problem = failures.no_json(self, response)
        raise problem

    @contextmanager
    def stream(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
    ) -> Iterator[httpx2.Response]:
        """Ask for a file, and give its answer to be read piece by piece.

        Until the first piece the whole time-out counts, then it counts for each piece.

        Raises
        ------
        HubProblem
            Whatever goes wrong, also within the ``with`` block.
        """
        seconds = timeout or self.timeout
        problem: HubProblem | None = None
        response = self._within(
            seconds,
            lambda: self._open(path, None, headers, seconds=seconds),
            lambda late: late.close(),
        )
        import httpx2

        try:
            # A hub sends the pages of a repository as plain text.
            if "html" in response.headers.get("Content-Type", ""):
                raise failures.portal(self)
            yield response
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            problem = failures.of_exception(self, error, path, seconds)
        finally:
            response.close()
        if problem:
            raise problem

    def _within(
        self,
        seconds: float,
        work: Callable[[], httpx2.Response],
        drop: Callable[[httpx2.Response], object],
    ) -> httpx2.Response:
        """Do the work in a thread that is left when the time is over."""
        try:
            return in_place(work, seconds, drop)
        except TooLate:
            pass
        raise failures.too_late(self, seconds)

    def _open(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float,
    ) -> httpx2.Response:
        """Send the question; return the answer, its body not yet read, if it is a good one."""
        from huggingface_hub import constants
        from huggingface_hub.utils import build_hf_headers, get_session

        if constants.is_offline_mode():
            raise failures.offline()
        if rest := limits.rest(self.mark):
            raise failures.limited(self, rest)
        self.credential.renew(seconds / 2)
        if self.credential.broken:
            raise failures.bad_token(self, None)
        try:
            session = get_session()
            # No variable holds the headers: tracebacks may show what variables hold.
            request = session.build_request(
                "GET",
                url := paths.address(self.endpoint, path),
                params=paths.given(params),
                headers=build_hf_headers(
                    token=self.credential.header if paths.owns(self.endpoint, url) else False,
                    headers=dict(headers or {}),
                ),
                timeout=seconds,
            )
            response: httpx2.Response = session.send(request, stream=True, follow_redirects=True)
            if response.is_error:
                problem = self._refused(response, path)
            else:
                return response
        except Exception as error:
            problem = failures.of_exception(self, error, path, seconds)
        # Raised here, so that it carries no error that carries the request.
        raise problem

    def _read(self, response: httpx2.Response, path: str, end: float) -> httpx2.Response:
        """Return the answer with its body."""
        try:
            body = bodies.body(response, end, LARGEST)
        except TooLate:
            raise
        except Exception as error:
            problem = failures.of_exception(self, error, path, self.timeout)
        else:
            if body is not None:
                return bodies.whole(response, body)
            problem = failures.too_large(self, LARGEST)
        raise problem

    def _refused(self, response: httpx2.Response, path: str) -> HubProblem:
        """Say why the answer is an error."""
        try:
            body = bodies.body(response, time.monotonic() + 1.0, _ERROR_BYTES) or b""
        except Exception:  # the status says enough
            body = b""
        finally:
            response.close()
        problem = refusals.of_response(self, bodies.whole(response, body), path)
        if problem.kind == "limited" and problem.wait:
            limits.block(self.mark, problem.wait)
        return problem
