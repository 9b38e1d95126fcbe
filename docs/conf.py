"""How Sphinx builds the site. `make docs` puts the pages and what is generated from the code into one folder first."""

project = "ChatMRPT"
html_title = "ChatMRPT"
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
exclude_patterns = ["conf.py"]
nitpicky = True

# Everything comes with the packages; a page asks no other host for anything.
html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
# The lexers know no such words as the console's of our examples; a block that can't be coloured stays plain.
pygments_style = "tango"
pygments_dark_style = "monokai"
