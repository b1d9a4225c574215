"""`python -m guideit` is `guideit`."""

from guideit.cli import main

main()
