"""Sphinx settings of the book; copied beside the pages when it is built."""

project = "Attention in facial expression recognition"
author = "the contributors"
html_title = "Attention in facial expression recognition"
extensions = ["myst_nb"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_show_copyright = False
# everything a page needs lies beside it: system fonts, no analytics, no remote scripts
html_theme_options = {"navigation_with_keys": True}
nb_execution_mode = "off"
nb_output_stderr = "remove"
nb_merge_streams = True
nb_ipywidgets_js = {}
suppress_warnings = ["mystnb.unknown_mime_type"]
