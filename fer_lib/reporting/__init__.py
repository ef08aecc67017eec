"""Floor 5: tables and arrays in, figures, tables for readers and the book out."""
