"""From a finding to changes of the script that would cure it; proposed, never made unasked."""

from .model import Context, FieldFact, FluxFact, Proposal, ScanFact, WindowFact
from .propose import FLAGGING, KINDS, propose

__all__ = [
    "FLAGGING",
    "KINDS",
    "Context",
    "FieldFact",
    "FluxFact",
    "Proposal",
    "ScanFact",
    "WindowFact",
    "propose",
]
