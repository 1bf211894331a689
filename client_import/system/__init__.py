"""What the program uses of the machine: processes, disks, folders, text from outside. It knows nothing of imports."""
