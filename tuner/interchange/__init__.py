"""The bridge from and to the tools that people use today: their files, read and written.

`reading` recognises a file by its content; each format is one module: to add one is a module and a line
there. Nothing is fetched, whatever address a file holds.
"""
