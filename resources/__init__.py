"""What an import runs on, as Dagster resources: the job store, the clients database, the drop folder.

Each has the few settings that say where it is, and reads the others when it is used: a wrong setting is an error of the
run, and the definitions load all the same.
"""
