"""Speed and memory beside peers: `make bench`."""
