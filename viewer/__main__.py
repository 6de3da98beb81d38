"""`python -m viewer` is `epochreel`."""

from .cli import main

if __name__ == "__main__":
    main()
