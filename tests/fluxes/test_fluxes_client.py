"""The catalogue asked over HTTP, with all that can go wrong on the way."""

import gzip
import locale
import socket
import threading
import time
import zlib
from datetime import date

import pytest
from casapilot.steps.errors import UsageError
from casapilot.steps.fluxes import Addresses, Catalogue, Flux, Question, Trouble, addresses
from casapilot.steps.fluxes.catalogue import BACKUP, PRIMARY, question_url
from casapilot.steps.fluxes.votable import MOST_BYTES
from flux_kit import QUESTION, sends, votable

DEAD = "http://127.0.0.1:9/sc/flux"


def catalogue(primary, backup="", timeout_s=5.0):
    return Catalogue(Addresses(primary, backup), timeout_s=timeout_s, clock=lambda: 1795374000.0)


def test_a_question_is_sent_with_the_words_that_the_catalogue_knows(service):
    assert isinstance(catalogue(service.url).ask(QUESTION), Flux)
    assert service.asked == [
        {
            "DATE": "27-March-2013",
            "FREQUENCY": "86837309056.1692",
            "WEIGHTED": "true",
            "RESULT": "1",
            "NAME": "J1427-4206",
            "VERBOSE": "1",
            "CATALOGUE": "5",
        }
    ]


def test_a_plus_in_a_name_is_sent_as_2b_and_only_the_first_alias_goes(service):
    question = Question(" J1058+0133;PKS 1055+018; x", date(2016, 6, 12), 232.7e9)
    flux = catalogue(service.url).ask(question)
    assert "NAME=J1058%2B0133&" in service.raw[0]
    assert flux.catalogue_name == "J1058+0133"


def test_a_name_cannot_add_words_to_the_question(service):
    question = Question("J1&DATE=x#y", date(2016, 6, 12), 232.7e9)
    catalogue(service.url).ask(question)
    assert service.asked[0]["NAME"] == "J1&DATE=x#y"
    assert service.asked[0]["DATE"] == "12-June-2016"


def test_months_are_english_whatever_the_locale(service):
    try:
        locale.setlocale(locale.LC_TIME, "")
        catalogue(service.url).ask(QUESTION)
    finally:
        locale.setlocale(locale.LC_TIME, "C")
    assert service.asked[0]["DATE"] == "27-March-2013"


def test_an_answer_says_where_and_when_it_was_asked(service):
    flux = catalogue(service.url).ask(QUESTION)
    assert flux.url == question_url(service.url, QUESTION)
    assert flux.asked_at == "2026-11-22T19:00:00Z"


def test_an_address_with_words_of_its_own_keeps_them(service):
    catalogue(service.url + "?key=1").ask(QUESTION)
    assert service.asked[0]["key"] == "1" and service.asked[0]["NAME"] == "J1427-4206"


FAULTS = {
    "HTTP 404": sends(404, b"<html>"),
    "HTTP 500": sends(500),
    "HTTP 503": sends(503, b"busy"),
    "not XML": lambda words: b"<VOTABLE><RESO",
    "is empty": lambda words: b"",
    "web page": lambda words: b"<!DOCTYPE html><html></html>",
    "redirects to http://127.0.0.1:9/else": sends(302, Location="http://127.0.0.1:9/else"),
    "redirects to file:///etc/passwd": sends(301, Location="file:///etc/passwd"),
    "larger than": lambda words: b" " * (MOST_BYTES + 10),
    "not XML: no element": sends(200, votable()[:80], Content_Length="5000"),
}


def giving(fault):
    return fault if fault.__name__ == "<lambda>" else lambda words: fault


@pytest.mark.parametrize("words", FAULTS)
def test_what_goes_wrong_on_the_way_is_told_and_the_backup_is_asked(words, service, backup):
    service.answer = giving(FAULTS[words])
    alone = catalogue(service.url).ask(QUESTION)
    assert words.partition(": no element")[0] in alone.words and "127.0.0.1" in alone.words
    found = catalogue(service.url, backup.url).ask(QUESTION)
    assert isinstance(found, Flux) and found.url.startswith(backup.url)


def test_a_redirect_to_anything_but_the_same_question_is_not_followed(service, backup):
    service.answer = lambda words: sends(302, Location=backup.url)
    assert catalogue(service.url).ask(QUESTION).trouble is Trouble.REFUSED
    assert backup.asked == []


@pytest.mark.parametrize(
    ("cells", "trouble"),
    [
        ({"rows": 0}, Trouble.UNKNOWN),
        ({"FluxDensity": "null"}, Trouble.INVALID),
        ({"SourceName": "J0000-0000"}, Trouble.OTHER_SOURCE),
    ],
)
def test_what_the_catalogue_does_not_know_the_backup_is_not_asked_again(cells, trouble, service, backup):
    service.answer = lambda words: votable(**cells)
    assert catalogue(service.url, backup.url).ask(QUESTION).trouble is trouble
    assert backup.asked == []


def test_a_slow_answer_is_given_up_and_its_address_not_asked_again(service, backup):
    done = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        while not done.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    service.answer = lambda words: drip
    asking = catalogue(service.url, backup.url, timeout_s=0.4)
    try:
        assert asking.ask(QUESTION).url.startswith(backup.url)
        assert asking.ask(QUESTION).url.startswith(backup.url)
        assert len(service.asked) == 1
        alone = catalogue(service.url, timeout_s=0.4).ask(QUESTION)
        assert "no whole answer within 0.4 s" in alone.words
    finally:
        done.set()


def test_an_answer_that_never_begins_is_given_up(service):
    done = threading.Event()
    service.answer = lambda words: lambda handler: done.wait(20)
    began = time.monotonic()
    try:
        found = catalogue(service.url, timeout_s=0.3).ask(QUESTION)
    finally:
        done.set()
    assert found.trouble is Trouble.UNREACHABLE
    assert time.monotonic() - began < 15


def test_where_nobody_listens_both_addresses_are_named(backup):
    found = catalogue(DEAD, DEAD.replace("sc", "sd")).ask(QUESTION)
    assert found.trouble is Trouble.UNREACHABLE
    assert found.words.count("127.0.0.1:9: no connection") == 2


def test_a_server_that_talks_no_http_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            link, _ = server.accept()
            link.recv(1000)
            link.sendall(b"220 smtp ready\r\n")
            link.close()

        threading.Thread(target=talk, daemon=True).start()
        found = catalogue(f"http://127.0.0.1:{server.getsockname()[1]}/").ask(QUESTION)
    assert found.trouble is Trouble.BROKEN and "broke" in found.words


def test_a_redirect_to_a_mirror_is_followed(service, backup):
    def moved(words):
        query = service.raw[-1].partition("?")[2]
        return sends(302, Location=f"{backup.url}?{query}")

    service.answer = moved
    found = catalogue(service.url).ask(QUESTION)
    assert isinstance(found, Flux) and found.url.startswith(service.url) and len(backup.asked) == 1


def test_redirects_in_a_circle_end(service):
    service.answer = lambda words: sends(302, Location=service.raw[-1])
    assert catalogue(service.url).ask(QUESTION).trouble is Trouble.REFUSED
    assert len(service.raw) < 10


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_an_answer_that_a_proxy_compressed_is_read(service, pack):
    service.answer = lambda words: sends(200, pack(votable()))
    assert isinstance(catalogue(service.url).ask(QUESTION), Flux)
    service.answer = lambda words: pack(votable())[:-20]
    assert catalogue(service.url).ask(QUESTION).trouble is Trouble.BROKEN
    service.answer = lambda words: pack(b" " * (MOST_BYTES * 4))
    assert "larger than" in catalogue(service.url).ask(QUESTION).words


def test_a_connection_that_breaks_once_does_not_cost_the_next_question(service):
    def drop(handler):
        handler.connection.shutdown(socket.SHUT_RDWR)

    service.answer = lambda words: drop
    asking = catalogue(service.url)
    assert asking.ask(QUESTION).trouble is Trouble.BROKEN
    service.answer = lambda words: votable()
    assert isinstance(asking.ask(QUESTION), Flux)


def test_an_address_of_ipv6_and_a_proxy_are_asked(service, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", service.url.removesuffix("/sc/flux"))
    assert isinstance(catalogue("http://[2001:db8::1]:81/sc/flux").ask(QUESTION), Flux)
    assert service.raw[0].startswith("http://[2001:db8::1]:81/sc/flux?DATE=27-March-2013")


@pytest.mark.parametrize("hz", [0.0, 232.7, float("nan"), 1e15])
def test_a_frequency_that_is_none_of_alma_is_refused_before_it_is_sent(service, hz):
    with pytest.raises(UsageError):
        catalogue(service.url).ask(Question("J1", date(2016, 6, 12), hz))
    assert service.asked == []


def test_the_environment_goes_before_the_site_and_the_site_before_almas_own():
    assert addresses({}, {}) == Addresses(PRIMARY, BACKUP)
    site = {"flux_service": "http://site/sc/flux", "flux_service_backup": "none"}
    assert addresses({}, site) == Addresses("http://site/sc/flux", "")
    told = {"FLUX_SERVICE_URL": "http://mine/", "FLUX_SERVICE_URL_BACKUP": "http://other/"}
    assert addresses(told, site) == Addresses("http://mine/", "http://other/")
    assert addresses({"FLUX_SERVICE_URL": BACKUP}, {}).backup == ""


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "almascience.org/sc/flux",
        "http://",
        "http://[::1/sc/flux",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\u00e4",
        "http://127.0.0.1/\n",
    ],
)
def test_an_address_that_is_no_web_address_is_refused(url):
    with pytest.raises(UsageError, match="not the address"):
        addresses({"FLUX_SERVICE_URL": url}, {})
