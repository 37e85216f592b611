"""The findings of production logs as a JSON document, for the terminal, and as Markdown."""
