"""What people decide: the ledger, the queue that feeds it, the sheet to rate on, and the way back to training."""
