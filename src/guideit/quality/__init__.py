"""quality: the independent second reading that proves a release, and checks against the protocol."""
