"""The one training loop, checkpoints, cards for new weights."""
