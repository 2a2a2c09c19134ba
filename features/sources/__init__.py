"""Sources of deals: a CSV, Excel or Parquet file, a database or a table in memory, all read in the same way."""
