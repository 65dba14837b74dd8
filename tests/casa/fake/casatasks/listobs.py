class _listobs:
    def __call__(self, vis="", listfile="", overwrite=False):
        if vis == "full.ms":
            raise RuntimeError("LockFile.cc : 375 Failed AlwaysAssert")
        return {"nfields": 2}


listobs = _listobs()
