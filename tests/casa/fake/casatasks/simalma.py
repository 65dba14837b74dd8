class _simalma:
    """Calls another task, as some tasks do."""

    def __call__(self, vis=""):
        import casatasks

        return casatasks.listobs(vis=vis)


simalma = _simalma()
