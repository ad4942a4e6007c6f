"""Word lists, each with its reason; a package so that installers carry the YAML along."""
