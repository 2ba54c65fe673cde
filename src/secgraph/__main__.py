"""`python -m secgraph` is the command line."""

from secgraph.cli import main

main()
