"""A casatools small enough for tests: tools that can be made, and a version."""

import os
import time

time.sleep(float(os.environ.get("FAKE_CASA_START_S", "0")))


def version():
    return [6, 7, 0, 31]


def version_string():
    return "6.7.0.31"


class Tool:
    pass


class table(Tool):
    pass


class ms(Tool):
    pass


class image(Tool):
    pass


class Utils:
    def resolve(self, name):
        return name


ctsys = Utils()


class logsink:
    """Writes lines in CASA's form."""

    def __init__(self, filename="casa.log"):
        self._path = filename

    def setlogfile(self, filename="casapy.log"):
        self._path = os.path.abspath(filename)
        return True

    def logfile(self):
        return self._path

    def showconsole(self, onconsole=False):
        self.console = onconsole

    def post(self, message, priority="INFO", origin=""):
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        with open(self._path, "a") as file:
            file.write("%s\t%s\t%s\t%s\n" % (stamp, priority, origin, message))  # noqa: UP031
