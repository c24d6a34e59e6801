"""Rows: every fault of the report, in its order."""

from tests.chaos import rows_brokers, rows_kills, rows_points, rows_vendors

ROWS = [*rows_kills.ROWS, *rows_points.ROWS, *rows_brokers.ROWS, *rows_vendors.ROWS]
