"""A CRM on this machine that plays Public API v2 over HTTP, as well or as badly as a test wants.

    with RemoteCrm([schema("contact", attribute("display_name"))]) as crm:
        crm.add("contact", {"display_name": "Dana"})
        crm.answer("POST /contact/_query", refusal(403, "forbidden", "No."))
        gate = crm.hold("GET /contact/")          # such requests wait until gate.set()
        ...
        assert crm.seen == ["GET /_schema/contact", "POST /contact/_query"]

It keeps no connection, answers each request in a thread of its own, and leaves no thread behind.
"""

import contextlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit
from uuid import NAMESPACE_URL, uuid5

_BASE: Final = "/api/v2"
_JOIN_LIMIT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, written byte for byte: nothing is made harmless or correct on its way."""

    status: int = 200
    body: bytes = b""
    reason: str = "Whatever"
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_echoing: bool = False
    """Put the request's `Authorization` in the place of `{key}` in the body."""

    def bytes(self, authorization: str) -> bytes:
        """Head and body."""
        body = self.body
        if self.is_echoing:
            body = body.replace(b"{key}", authorization.encode())
        head = [
            f"HTTP/1.1 {self.status} {self.reason}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def json_reply(document: object, status: int = 200, **rest: Any) -> Reply:
    """An answer that holds a document; characters are sent as they are."""
    return Reply(status, json.dumps(document, ensure_ascii=False).encode(), **rest)


def refusal(status: int, code: str, message: str, **rest: Any) -> Reply:
    """An error in the shape of the API."""
    return json_reply({"error": {"code": code, "message": message}}, status, **rest)


def attribute(api_name: str, value_type: str = "string", **rest: Any) -> dict[str, Any]:
    """An attribute of a schema that can be written, sorted and filtered."""
    type_info = {"is_array": False, "value_type": value_type} | rest.pop("type_info", {})
    row = {
        "api_name": api_name,
        "display_name": api_name.replace("_", " ").capitalize(),
        "is_creatable": True,
        "is_updatable": True,
        "is_sortable": True,
        "is_filterable": True,
        "filter_operators": ["eq", "ne"],
        "type_info": type_info,
    }
    return row | rest


def relationship(api_name: str, target: str, **rest: Any) -> dict[str, Any]:
    """A relationship of a schema."""
    row = {
        "api_name": api_name,
        "display_name": api_name.capitalize(),
        "related_object_api_name": target,
    }
    return row | rest


def schema(name: str, *parts: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A schema: its attributes and relationships are told apart by what they say."""
    relationships = [part for part in parts if "related_object_api_name" in part]
    row = {
        "api_name": name,
        "display_name": name.capitalize(),
        "is_custom": False,
        "is_junction": False,
        "attributes": [part for part in parts if part not in relationships],
        "relationships": relationships,
    }
    return row | rest


@dataclass(slots=True)
class _Plan:
    """What becomes of requests whose `METHOD /path` starts with `prefix`."""

    prefix: str
    reply: Reply | None = None
    gate: threading.Event | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True


class RemoteCrm:
    """The server; a context manager. Paths in its methods are without `/api/v2`, their parts unquoted."""

    def __init__(self, schemas: Iterable[dict[str, Any]] = (), *, port: int = 0) -> None:
        """Without a port, one that is free."""
        self.schemas: dict[str, dict[str, Any]] = {row["api_name"]: row for row in schemas}
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.seen: list[str] = []
        """`METHOD /path` of every request, in the order they came."""
        self.keys: set[str] = set()
        """Every `Authorization` that came."""
        self._plans: list[_Plan] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{_BASE}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.mend()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_JOIN_LIMIT_S)

    # What it holds

    def add(self, record_type: str, attributes: Mapping[str, Any], **rest: Any) -> str:
        """Keep a record; values stand as they are in an envelope of their type. Its id."""
        rows = self.records.setdefault(record_type, [])
        number = len(rows) + 1
        types = {
            row.get("api_name"): row.get("type_info", {}).get("value_type", "string")
            for row in self.schemas.get(record_type, {}).get("attributes", ())
        }
        row = {
            "id": str(uuid5(NAMESPACE_URL, f"{record_type}/{number}")),
            "record_type": record_type,
            "attributes": {
                name: {"value_type": types.get(name, "string"), "value": value}
                for name, value in attributes.items()
            },
        }
        rows.append(row | rest)
        return str(rows[-1]["id"])

    # How it behaves

    def answer(self, prefix: str, reply: Reply) -> None:
        """Answer requests whose `METHOD /path` starts with `prefix` by this alone."""
        with self._lock:
            self._plans.insert(0, _Plan(prefix, reply=reply))

    def hold(self, prefix: str) -> threading.Event:
        """Let requests whose `METHOD /path` starts with `prefix` wait until the event is set."""
        gate = threading.Event()
        with self._lock:
            self._plans.insert(0, _Plan(prefix, gate=gate))
        return gate

    def mend(self) -> None:
        """End every plan, and let go what waits."""
        with self._lock:
            plans, self._plans = self._plans, []
        for plan in plans:
            if plan.gate is not None:
                plan.gate.set()

    # Inside

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        crm = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 30

            def do_GET(self) -> None:
                """Answer one request."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                authorization = self.headers.get("Authorization") or ""
                reply = crm.reply_to(self.command, self.path, body, authorization)
                self.close_connection = True
                with contextlib.suppress(ConnectionError):  # whoever asked may have left
                    self.wfile.write(reply.bytes(authorization.removeprefix("Bearer ")))

            do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        return Handler

    def reply_to(self, method: str, target: str, body: bytes, authorization: str) -> Reply:
        """Note a request, wait where a gate is shut, and find the answer."""
        parts = [unquote(part) for part in urlsplit(target).path.removeprefix(_BASE).split("/")]
        call = f"{method} {'/'.join(parts)}"
        with self._lock:
            self.seen.append(call)
            self.keys.add(authorization)
            plans = [plan for plan in self._plans if call.startswith(plan.prefix)]
        for plan in plans:
            if plan.gate is not None:
                plan.gate.wait()
            if plan.reply is not None:
                return plan.reply
        return self._usual_reply(method, parts[1:], body)

    def _usual_reply(self, method: str, parts: list[str], body: bytes) -> Reply:
        match [method, *parts]:
            case ["GET", "health"]:
                return json_reply({"status": "ok"})
            case ["GET", "_schema", name] if name in self.schemas:
                return json_reply(self.schemas[name])
            case ["POST", name, "_query"] if name in self.schemas:
                return self._page(name, json.loads(body or b"{}"))
            case ["GET", name, record_id] if name in self.schemas:
                found = [row for row in self.records.get(name, ()) if row["id"] == record_id]
                if found:
                    return json_reply({"data": found[0]})
                return refusal(404, "record_not_found", "There is no such record.")
            case _:
                return refusal(404, "unknown_record_type", "There is no such record type.")

    def _page(self, name: str, question: dict[str, Any]) -> Reply:
        rows = self.records.get(name, [])
        start = int(question.get("cursor") or 0)
        end = start + int(question.get("limit") or 50)
        following = str(end) if end < len(rows) else None
        return json_reply({"data": rows[start:end], "next_cursor": following})


def small_crm(port: int = 0) -> RemoteCrm:
    """Three contacts, and accounts of which there are none."""
    crm = RemoteCrm(
        [
            schema(
                "contact",
                attribute("display_name"),
                attribute("title"),
                relationship("renewals", "renewal"),
            ),
            schema("account", attribute("display_name")),
        ],
        port=port,
    )
    for name in ("Dana Reed", "Omar Haddad", "Lena Fischer"):
        crm.add("contact", {"display_name": name, "title": "CTO"})
    return crm
