"""Production logs: what REPORT lines at any scale say of functions, and what follows from it.

`fields` and `aggregates` say once what is read off a line and what is computed from it; `extraction` renders
it in the SQL of `dialects`, `archive` runs that on an embedded DuckDB, `reader` reads exactly what the
extraction leaves over, `advice` and `memory_advice` decide.
"""
