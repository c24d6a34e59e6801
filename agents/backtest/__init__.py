"""Backtest: the pipeline's own decisions over recorded calls, in the calls' own time, asking and paging nobody."""
