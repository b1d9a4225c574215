"""deid: private data in, clean data out; what is undecided is removed, what is not understood is held back."""
