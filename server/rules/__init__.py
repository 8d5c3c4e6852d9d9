"""Pure decisions of the domain: values in, a result out. Nothing here reads a clock or a table."""
