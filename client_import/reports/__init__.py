"""Reports of an import: reasons in words, the files of rows not imported, row errors by page, and the export."""
