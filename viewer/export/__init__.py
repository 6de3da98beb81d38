"""Pictures, films, reports and tables of runs, and runs as TensorBoard's log folders."""
