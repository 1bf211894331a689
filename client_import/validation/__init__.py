"""From batches of text cells to clean rows and row errors (docs/rules.md, section 4).

``stage_part`` has each batch validated (``validate``, with the Pandera ``schema``), rejects rows that are none of the
table (``other_lines``), and writes rows and errors to columnar files. ``stage`` puts the parts of a file together.
"""

import warnings

# Pandera imports pyspark.pandas where PySpark is installed, which warns of this pandas; nothing here uses it.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
