import os
import sys


class _gaincal:
    """gaincal ---- Determine gains"""

    def __call__(self, vis="", caltable="", field="", append=False):
        assert os.path.exists(vis), "the vis parameter must be a path that exists"
        if field != "none":
            os.makedirs(caltable, exist_ok=True)
            with open(os.path.join(caltable, "table.dat"), "a") as file:
                file.write("solutions\n")
        sys.stdout.write("solved %s\n" % field)  # noqa: UP031
        return {"solve_tables": [caltable]}


gaincal = _gaincal()
