import time


class _visstat:
    def __call__(self, vis="", seconds=0.0):
        end = time.time() + seconds
        while time.time() < end:
            time.sleep(0.01)
        return {"mean": 1.5}


visstat = _visstat()
