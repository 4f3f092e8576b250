"""Many submissions: shards written whole, a run that goes on where it stopped, workers on one machine or many."""
