"""The few names of numpy that steps/casa needs, for a Python that has no numpy."""


class generic:
    pass


class ndarray:
    pass


_errors = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


def geterr():
    return dict(_errors)


def seterr(**errors):
    _errors.update(errors)
