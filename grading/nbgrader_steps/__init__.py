"""The classes that nbgrader itself calls: preprocessors, collectors, exporters and the feedback page."""
