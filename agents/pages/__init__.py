"""Pages: the templates, style sheets and scripts of the console and the demo, and how they are rendered."""
