"""An index of many runs: one compact Parquet data set of their lines and counts, beside them.

    from viewer.index.refreshing import refresh

    refresh(Path("runs"))  # as `epochreel index runs` does; reads what is new or differs

It is never trusted over the run: of each run it keeps what its files look like, and one that differs is read itself.
`store` says what stands where, `schema` what the tables hold.
"""
