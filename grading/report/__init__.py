"""Make the instructor's page and tables of a batch."""
