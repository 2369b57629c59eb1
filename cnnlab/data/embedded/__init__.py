"""Data sets inside the package, made by authoring/make_datasets.py; their licences lie beside them."""
