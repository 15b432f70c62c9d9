# Install, export and package. Filled as the parts come.
