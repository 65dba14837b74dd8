"""From a finding to changes of the script that would cure it; proposed, never made unasked."""
