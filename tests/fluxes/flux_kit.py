"""Answers as the calibrator catalogue gives them, and a server on this machine that gives them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from casapilot.steps.fluxes import Question

QUESTION = Question("J1427-4206", date(2013, 3, 27), 86837309056.169219970703125)

COLUMNS = (
    "StatusCode",
    "Clarification",
    "SourceName",
    "Frequency",
    "Date",
    "FluxDensity",
    "FluxDensityError",
    "SpectralIndex",
    "SpectralIndexError",
    "DataConditions",
    "Nearest Measurement Date",
    "Verbose",
    "Version",
)
CELLS = {
    "StatusCode": "0",
    "Clarification": "",
    "SourceName": "J1427-4206",
    "Frequency": "8.683730905616922E10",
    "Date": "2013-03-27",
    "FluxDensity": "4.5",
    "FluxDensityError": "0.2",
    "SpectralIndex": "-0.6",
    "SpectralIndexError": "0.05",
    "DataConditions": "511",
    "Nearest Measurement Date": "3.0",
    "Verbose": "weighted mean",
    "Version": "2021-01",
}


def votable(
    columns=tuple(name for name in COLUMNS if name != "Clarification"), rows=1, cells_of=None, **cells
):
    """An answer; `cells` by the names of columns with _ for blanks; `cells_of` names those of a row."""
    values = CELLS | {name.replace("_", " "): value for name, value in cells.items()}
    fields = "".join(f'<FIELD name="{name}" datatype="char" arraysize="*"/>' for name in columns)
    row = "".join(f"<TD>{escape(values[name])}</TD>" for name in cells_of or columns)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<VOTABLE version="1.2" xmlns="http://www.ivoa.net/xml/VOTable/v1.2">'
        f"<RESOURCE><TABLE>{fields}<DATA><TABLEDATA>{f'<TR>{row}</TR>' * rows}</TABLEDATA></DATA>"
        "</TABLE></RESOURCE></VOTABLE>\n"
    ).encode()


def echo(words: dict[str, str], **cells) -> bytes:
    """The answer to what was asked: the source asked for, at its frequency, with a flux by its name."""
    hz = float(words["FREQUENCY"])
    known = {"J1058+0133": 3.8, "J1037-2934": 0.9, "J1427-4206": 4.5}
    jy = known.get(words["NAME"], 1.0) * (hz / 233e9) ** -0.6
    answer = {"SourceName": words["NAME"], "Frequency": f"{hz:.9E}", "FluxDensity": f"{jy:.6f}"}
    answer |= {"FluxDensityError": f"{0.03 * jy:.6f}", "Date": ""}
    return votable(**answer | cells)


class Service:
    """A catalogue at 127.0.0.1: `answer` gets the words of a question and gives what is to be sent."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, str]], object] = echo
        self.asked: list[dict[str, str]] = []
        self.raw: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.raw.append(self.path)
                words = {name: each[0] for name, each in parse_qs(urlsplit(self.path).query).items()}
                service.asked.append(words)
                answer = service.answer(words)
                if callable(answer):
                    answer(self)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/sc/flux"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def sends(code: int, body: bytes = b"", **headers: str):
    """What is to be sent with another status, or headers."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send
