"""From a result to Markdown, charts and the terminal. Nothing here decides anything."""
