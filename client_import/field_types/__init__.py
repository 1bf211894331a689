"""The field types: how the cells of a field are normalised, checked and stored (docs/rules.md, section 4).

A column of cells passes through ``characters`` (trim), ``artefacts`` (strip what spreadsheets added), ``mapped_words``
(apply value mappings) and then the ``ValueType`` of its field, which normalises and checks it. There is a module for
each kind of value; ``registry`` has them by the type names of fields.csv. ``sentences`` words the errors. All functions
take and return whole Arrow columns, are pure and may run in any thread.
"""
