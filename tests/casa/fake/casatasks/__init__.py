"""A casatasks small enough for tests; its tasks fail in the ways the real ones do."""

import os

from casatools import logsink

if os.environ.get("FAKE_CASA_BROKEN"):
    raise ImportError("measures data is not available")

__all__ = ["casalog", "flagdata", "gaincal", "listobs", "simalma", "version", "version_string", "visstat"]

casalog = logsink(os.environ.get("FAKE_CASA_LOG", os.devnull))


def version_string():
    return "6.7.0.31"


from .flagdata import flagdata  # noqa: E402
from .gaincal import gaincal  # noqa: E402
from .listobs import listobs  # noqa: E402
from .simalma import simalma  # noqa: E402
from .visstat import visstat  # noqa: E402
