"""How the cells of each type of field are put into normal form, checked and stored: a module for each kind of value.

``registry`` has them by the names that fields.csv calls them. All of it is pure and may run in any thread.
"""
