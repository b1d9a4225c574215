"""trial: the vocabulary; frozen values, and the reader of trial.toml. No input or output of its own."""
