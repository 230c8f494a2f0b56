"""The spool: sound on the disk whose words come later. It survives a power cut, and is bounded."""

from appliance.spool.job import Job, SpooledPiece, Ticket
from appliance.spool.spool import KEPT, Spool, SpoolFull

__all__ = ["KEPT", "Job", "Spool", "SpoolFull", "SpooledPiece", "Ticket"]
