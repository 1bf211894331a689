"""What people are told of an import: reasons in words, files of rows not imported, pages of errors, the export."""
