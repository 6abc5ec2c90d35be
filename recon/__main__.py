"""`python -m recon` is the same as `recon`."""

from recon.cli import main

if __name__ == "__main__":
    main()
