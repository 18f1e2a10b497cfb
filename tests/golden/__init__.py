"""Eight functions whose derivative was also written by hand: the bar for what transad emits."""
