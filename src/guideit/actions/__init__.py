"""actions: the verbs; authorise, decide, write, audit, in one transaction. The only place rooms meet."""
