"""Pure decisions of the domain: values in, a verdict out; nothing here reads a clock or a table."""
