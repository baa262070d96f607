"""The model behind the fictional documents: plain decimals, no randomness, nothing shared with the runbook."""
